package bench

import (
	"fmt"
	"io"
	"strconv"
	"text/tabwriter"
)

// Report is what was measured, and where.
type Report struct {
	Machine   Machine  `json:"machine"`
	LoadAfter string   `json:"load_after"` // as the kernel has it: the averages of 1, 5 and 15 minutes
	Figures   []Figure `json:"figures"`
}

// Figure is one measured value.
type Figure struct {
	Section string  `json:"section"`
	Name    string  `json:"name"`
	Value   float64 `json:"value"`
	Unit    string  `json:"unit"`
	Goal    string  `json:"goal,omitempty"` // "≤ 100": what the project set itself on two quiet cores
	Met     *bool   `json:"met,omitempty"`  // nil without a goal
}

// goal is a bound that a figure is to keep; the zero value is none.
type goal struct {
	most, least float64
	none        bool // nothing at all
}

func (g goal) words() string {
	switch {
	case g.none:
		return "0"
	case g.most > 0:
		return "≤ " + number(g.most)
	case g.least > 0:
		return "≥ " + number(g.least)
	}
	return ""
}

func (g goal) met(value float64) *bool {
	if g == (goal{}) {
		return nil
	}
	met := (!g.none || value == 0) && (g.most == 0 || value <= g.most) && value >= g.least
	return &met
}

// add puts a figure into the report.
func (b *bench) add(name string, value float64, unit string, g goal) {
	f := Figure{b.current, name, value, unit, g.words(), g.met(value)}
	b.report.Figures = append(b.report.Figures, f)
	b.Say(fmt.Sprintf("%s: %s: %s %s", f.Section, f.Name, number(f.Value), f.Unit))
}

// number writes a value with the digits that mean something.
func number(v float64) string {
	digits := 0
	for size := v; size < 100 && digits < 2; size *= 10 {
		digits++
	}
	return strconv.FormatFloat(v, 'f', digits, 64)
}

// Print writes the report as a table for people.
func (r Report) Print(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "%s\n%d cores (%s), %d MiB, %s, %s\nload before %s, after %s\n\n", m.Date, m.Cores, m.CPU, m.MemoryMiB, m.OS, m.Go, m.Load, r.LoadAfter)
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, f := range r.Figures {
		mark := ""
		if f.Met != nil {
			mark = map[bool]string{true: "met", false: "missed"}[*f.Met]
		}
		fmt.Fprintf(table, "%s\t%s\t%s %s\t%s\t%s\n", f.Section, f.Name, number(f.Value), f.Unit, f.Goal, mark)
	}
	return table.Flush()
}

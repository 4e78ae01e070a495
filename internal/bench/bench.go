// Package bench measures Talkit on the machine at hand: the real binary as a
// child process with a data folder of its own, all over loopback. It takes
// nothing from the environment but where programs and engines are.
package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"talkit"
)

// Options say what is measured, and how much of it.
type Options struct {
	Sections []string      // of Sections; none means all
	Binary   string        // talkit itself
	Data     string        // a folder to work in, which is made; "" for a temporary one that is removed
	Clients  int           // that list at the same time
	For      time.Duration // how long each kind of list is asked for, and webhooks come steadily
	Few      int           // transcripts of the small lists
	Rows     int           // transcripts of the large list
	Upload   int64         // bytes
	Backlog  int           // deliveries
	Rate     int           // steady deliveries a second
	Speech   string        // a folder with long_dev.mp3 and manifest.tsv
	Engines  string        // where the speech engine is installed
	Model    string

	// Say, if set, hears what is being done.
	Say func(what string)
}

// section is one subject of the report.
type section struct {
	name    string
	measure func(b *bench, ctx context.Context) error
}

// sections are in the order of the report. Speech comes first, as what follows
// leaves the machine's disk busy for a while.
var sections = []section{
	{"start", (*bench).start},
	{"speech", (*bench).speech},
	{"live", (*bench).live},
	{"names", (*bench).names},
	{"webhooks", (*bench).webhooks},
	{"upload", (*bench).upload},
	{"list", (*bench).list},
}

// Sections are the names of what can be measured.
func Sections() []string {
	names := make([]string, len(sections))
	for i, s := range sections {
		names[i] = s.name
	}
	return names
}

// bench is a run under way.
type bench struct {
	Options
	report  Report
	current string // section
	folders int
}

// Run measures. A section that fails does not keep the others from being
// measured: the report holds what was, beside an error.
func Run(ctx context.Context, o Options) (Report, error) {
	for _, name := range o.Sections {
		if !slices.Contains(Sections(), name) {
			return Report{}, talkit.Errorf(talkit.Invalid, "There is no section %q; there are %s.", name, strings.Join(Sections(), ", "))
		}
	}
	if o.Say == nil {
		o.Say = func(string) {}
	}
	b := &bench{Options: o, report: Report{Machine: thisMachine()}}
	if err := b.makeData(); err != nil {
		return b.report, err
	}
	if o.Data == "" {
		defer os.RemoveAll(b.Data)
	}
	err := b.measure(ctx)
	b.report.LoadAfter = load()
	return b.report, err
}

func (b *bench) measure(ctx context.Context) error {
	var failures []error
	for _, s := range sections {
		if ctx.Err() != nil || (len(b.Sections) > 0 && !slices.Contains(b.Sections, s.name)) {
			continue
		}
		b.current = s.name
		if err := s.measure(b, ctx); err != nil {
			failures = append(failures, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(append(failures, ctx.Err())...)
}

func (b *bench) makeData() (err error) {
	if b.Data == "" {
		b.Data, err = os.MkdirTemp("", "talkit-bench-")
		return err
	}
	return os.MkdirAll(b.Data, 0o700)
}

// folder makes a fresh folder within that of the run.
func (b *bench) folder() (string, error) {
	b.folders++
	path := filepath.Join(b.Data, fmt.Sprintf("%s-%d-%d", b.current, b.folders, os.Getpid()))
	return path, os.Mkdir(path, 0o700)
}

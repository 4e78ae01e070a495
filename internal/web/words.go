package web

import (
	"fmt"
	"html/template"
	"strings"
	"time"
	"unicode/utf8"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// words are what templates can say beside what they are given.
func (s *Web) words() template.FuncMap {
	return template.FuncMap{
		"static":   s.static.path,
		"icon":     s.icon,
		"initials": initials,
		"letter":   letter,
		"fullname": fullName,
		"length":   length,
		"bytes":    bytesInWords,
		"seconds":  func(ms int64) float64 { return float64(ms) / 1000 },
		"timeleft": timeLeft,
		"percent":  func(part float64) int { return int(part*100 + 0.5) },
		"dict":     dict,
		"plural":   plural,
		"join":     strings.Join,
		"split":    strings.Split,
		"times":    func(a, b float64) float64 { return a * b },
		"took":     took, "hostof": hostOf,
		"lasttook": lastTook,
		"lastcode": lastCode,
		"failedof": failedOf,
		"grants":   grantWords,
		"may":      mayWords,
		"bounds":   boundWords,
		"usedfor":  usedWords,
		"browser":  browserInWords,
	}
}

// icon is a picture of the sprite, for eyes alone: words stand beside it.
func (s *Web) icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + s.static.path("icons.svg") + `#` + template.HTMLEscapeString(name) + `"></use></svg>`)
}

// dict makes the data of a part from names and values in turn.
func dict(pairs ...any) (map[string]any, error) {
	if len(pairs)%2 != 0 {
		return nil, fmt.Errorf("dict: %d arguments", len(pairs))
	}
	m := map[string]any{}
	for i := 0; i < len(pairs); i += 2 {
		name, ok := pairs[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: %v is no name", pairs[i])
		}
		m[name] = pairs[i+1]
	}
	return m, nil
}

func fullName(u talkit.User) string {
	if name := strings.TrimSpace(u.FirstName + " " + u.LastName); name != "" {
		return name
	}
	return u.Email
}

func initials(u talkit.User) string {
	var out string
	for _, name := range []string{u.FirstName, u.LastName} {
		if r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name)); r != utf8.RuneError {
			out += strings.ToUpper(string(r))
		}
	}
	if out == "" && u.Email != "" {
		out = strings.ToUpper(u.Email[:1])
	}
	return out
}

// letter is the first of a name.
func letter(name string) string {
	r, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
	return strings.ToUpper(string(r))
}

func plural(n any, one, many string) string {
	if fmt.Sprint(n) == "1" {
		return fmt.Sprint(n, " ", one)
	}
	return fmt.Sprint(n, " ", many)
}

// length is how long sound is: "47 s", "6 min 12 s", "1 h 5 min".
func length(seconds float64) string {
	d := time.Duration(seconds * float64(time.Second)).Round(time.Second)
	h, m, s := int(d.Hours()), int(d.Minutes())%60, int(d.Seconds())%60
	switch {
	case h > 0:
		return fmt.Sprintf("%d h %d min", h, m)
	case m > 0 && s > 0:
		return fmt.Sprintf("%d min %d s", m, s)
	case m > 0:
		return fmt.Sprintf("%d min", m)
	}
	return fmt.Sprintf("%d s", s)
}

func bytesInWords(n int64) string {
	for _, unit := range []struct {
		size int64
		name string
	}{{1 << 40, "TiB"}, {1 << 30, "GiB"}, {1 << 20, "MiB"}, {1 << 10, "KiB"}} {
		if n >= unit.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.size), unit.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// took is how long something took: 84 ms, 15.0 s. Seconds may come as a number.
func took(t any) string {
	d, ok := t.(time.Duration)
	if seconds, number := t.(float64); number {
		d, ok = time.Duration(seconds*float64(time.Second)), true
	}
	switch {
	case !ok:
		return ""
	case d < time.Second:
		return fmt.Sprintf("%d ms", d.Milliseconds())
	}
	return fmt.Sprintf("%.1f s", d.Seconds())
}

// lastTook is how long the last attempt of a delivery took.
func lastTook(d wire.Delivery) string {
	if len(d.Attempts) == 0 {
		return "–"
	}
	return took(d.Attempts[len(d.Attempts)-1].Duration)
}

// lastCode is what the last attempt was answered with, "" for nothing.
func lastCode(d wire.Delivery) string {
	if n := len(d.Attempts); n > 0 && d.Attempts[n-1].StatusCode != nil {
		return fmt.Sprint(*d.Attempts[n-1].StatusCode)
	}
	return ""
}

// failedOf counts the failed attempts of a day.
func failedOf(h app.WebhookHealth) (n int) {
	for _, hour := range h.ByHour {
		n += hour.Failed
	}
	return n
}

// Times are shown in the zone of who looks. These are methods of the view, so
// that templates write {{$.Clock .CreatedOn}}; they take a talkit.Time, or a
// time as the API shows it.

// moment is that time where the person is.
func (v view) moment(t any) time.Time {
	switch t := t.(type) {
	case talkit.Time:
		return t.Std().In(v.zone)
	case *string:
		if t != nil {
			return v.moment(*t)
		}
	case string:
		if at, err := time.Parse(time.RFC3339, t); err == nil {
			return at.In(v.zone)
		}
	}
	return time.Time{}
}

// Clock is the time of day.
func (v view) Clock(t any) string { return v.moment(t).Format("15:04") }

// Day is "Today", "Yesterday" or the date.
func (v view) Day(t any) string { return dayOf(v.moment(t), time.Now().In(v.zone)) }

func dayOf(at, now time.Time) string {
	switch {
	case sameDay(at, now):
		return "Today"
	case sameDay(at, now.AddDate(0, 0, -1)):
		return "Yesterday"
	case at.Year() == now.Year():
		return at.Format("Monday, 2 January")
	}
	return at.Format("2 January 2006")
}

func sameDay(a, b time.Time) bool {
	return a.Year() == b.Year() && a.YearDay() == b.YearDay()
}

// When is day and time of day.
func (v view) When(t any) string {
	if at := v.moment(t); at.IsZero() || at.Unix() == 0 {
		return "never"
	}
	return v.Day(t) + ", " + v.Clock(t)
}

// Then is When within a sentence.
func (v view) Then(t any) string {
	when := v.When(t)
	if day, clock, _ := strings.Cut(when, ", "); day == "Today" || day == "Yesterday" {
		return strings.ToLower(day) + ", " + clock
	}
	return when
}

// Exact is the time to the second, with its zone, for logs.
func (v view) Exact(t any) string { return v.moment(t).Format("2006-01-02 15:04:05 MST") }

// Stamp is day and time in few signs, for logs on phones.
func (v view) Stamp(t any) string {
	at, now := v.moment(t), time.Now().In(v.zone)
	switch {
	case sameDay(at, now):
		return at.Format("15:04:05")
	case at.Year() == now.Year():
		return at.Format("2 Jan 15:04")
	}
	return at.Format("2 Jan 2006")
}

// In is how far ahead a time is: "in 4 min".
func (v view) In(t any) string {
	rest := time.Until(v.moment(t)).Round(time.Second)
	switch {
	case rest <= 0:
		return "now"
	case rest < time.Minute:
		return fmt.Sprintf("in %d s", int(rest.Seconds()))
	case rest < time.Hour:
		return fmt.Sprintf("in %d min", int(rest.Minutes()))
	case rest > 48*time.Hour:
		return fmt.Sprintf("in %d days", int(rest.Hours()/24))
	}
	return fmt.Sprintf("in %d h", int(rest.Hours()))
}

// ISO is for <time datetime>.
func (v view) ISO(t any) string { return v.moment(t).UTC().Format(time.RFC3339) }

package speech

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// ErrDamaged is wrapped by errors that say that an engine's files are not what
// they were when it was installed.
var ErrDamaged = errors.New("the speech engine's files are damaged")

// Status is how an engine stands at a moment.
type Status struct {
	Loaded  bool          // its model is in memory, or the server that has it answers
	Device  string        // where it computed last: "cpu int8", "at gpu.example.com"; "" where it never did
	InHand  int           // pieces it is at
	Sound   time.Duration // that it has recognised since it was made,
	Busy    time.Duration // and how long single pieces took, added up
	Fault   string        // the last one, in words for the operator; "" for none
	FaultOn time.Time
}

// Reporter is an engine that tells how it stands.
type Reporter interface {
	Engine
	Status() Status
}

// Report is one engine with its status.
type Report struct {
	Info
	Status
}

// Reports are of the engines that were made and tell, by their model.
func (e *Engines) Reports() (reports []Report) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for _, engine := range e.made {
		if reporter, ok := engine.(Reporter); ok {
			reports = append(reports, Report{engine.Info(), reporter.Status()})
		}
	}
	slices.SortFunc(reports, func(a, b Report) int { return strings.Compare(a.Model, b.Model) })
	return reports
}

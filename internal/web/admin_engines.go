package web

import (
	"cmp"
	"fmt"
	"slices"

	"talkit"
	"talkit/internal/app"
)

// engineRow is a model as an operator sees it: what is installed here, and what
// this machine or another did with it.
type engineRow struct {
	app.EngineState
	Bytes     int64 // 0: it is not on this machine
	Installed bool
	Whole     bool
}

// engineRows joins what is installed with what the engines say of themselves.
func (s *Web) engineRows(v *visit) ([]engineRow, error) {
	states, err := s.App.Engines(v.r.Context(), v.who)
	if err != nil {
		return nil, err
	}
	var rows []engineRow
	for _, state := range states {
		rows = append(rows, engineRow{EngineState: state})
	}
	if s.Models != nil {
		rows = withModels(rows, s.Models())
	}
	slices.SortStableFunc(rows, func(a, b engineRow) int {
		return cmp.Or(cmp.Compare(a.Machine, b.Machine), cmp.Compare(a.Model, b.Model))
	})
	return rows, nil
}

func withModels(rows []engineRow, models []Model) []engineRow {
	for _, m := range models {
		i := slices.IndexFunc(rows, func(r engineRow) bool { return r.Machine == m.Machine && r.Model == m.Name })
		if i < 0 {
			i = len(rows)
			rows = append(rows, engineRow{EngineState: app.EngineState{Machine: m.Machine, Model: m.Name}})
		}
		rows[i].Bytes, rows[i].Installed, rows[i].Whole = m.Bytes, true, m.Whole
	}
	return rows
}

// Size is how large the model is on the disk.
func (r engineRow) Size() string {
	if r.Bytes == 0 {
		return "–"
	}
	return bytesInWords(r.Bytes)
}

// Pace is how fast it was here.
func (r engineRow) Pace() string {
	if r.Speed == 0 {
		return "–"
	}
	return fmt.Sprintf("%.1f s a second", r.Speed)
}

// At is what it does now.
func (r engineRow) At() string {
	switch {
	case r.InHand == 1:
		return "At a piece"
	case r.InHand > 1:
		return fmt.Sprintf("At %d pieces", r.InHand)
	}
	return "Loaded"
}

// Failed tells whether its last fault is fresh: of the last day.
func (r engineRow) Failed() bool { return r.Fault != "" && talkit.Now().Sub(r.FaultOn).Hours() < 24 }

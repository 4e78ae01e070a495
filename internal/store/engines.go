package store

import (
	"context"

	"talkit"
)

// EngineState is how the engine of a model stands on a machine.
type EngineState struct {
	Machine string      `db:"machine"`
	Model   string      `db:"model"`
	Name    string      `db:"name"`
	Device  string      `db:"device"` // where it computed last: "cpu int8"
	Workers int         `db:"workers"`
	Loaded  bool        `db:"loaded"`
	InHand  int         `db:"in_hand"` // pieces it is at
	SoundMS int64       `db:"sound_ms"`
	BusyMS  int64       `db:"busy_ms"` // of its workers, added up
	Fault   string      `db:"fault"`   // the last one, for operators
	FaultOn talkit.Time `db:"fault_on"`
	SeenOn  talkit.Time `db:"seen_on"`
}

// EngineStates reads those of all machines, by model.
func (q queries) EngineStates(ctx context.Context) ([]EngineState, error) {
	return many[EngineState](ctx, q, `SELECT machine, model, name, device, workers, loaded, in_hand, sound_ms, busy_ms, fault, fault_on, seen_on
		FROM engines ORDER BY model, machine`)
}

// SetEngineState keeps how an engine stands now. Its sound and time are added to
// what is known, and the sum is halved when it is more than most.
func (tx *Tx) SetEngineState(ctx context.Context, s EngineState, mostBusyMS int64) error {
	_, err := tx.exec(ctx, `INSERT INTO engines (machine, model, name, device, workers, loaded, in_hand, sound_ms, busy_ms, fault, fault_on, seen_on)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (machine, model) DO UPDATE SET name = excluded.name, workers = excluded.workers, loaded = excluded.loaded,
			in_hand = excluded.in_hand, seen_on = excluded.seen_on,
			device = CASE WHEN excluded.device = '' THEN engines.device ELSE excluded.device END,
			fault = CASE WHEN excluded.fault_on = 0 THEN engines.fault ELSE excluded.fault END,
			fault_on = CASE WHEN excluded.fault_on = 0 THEN engines.fault_on ELSE excluded.fault_on END,
			sound_ms = engines.sound_ms + excluded.sound_ms, busy_ms = engines.busy_ms + excluded.busy_ms`,
		s.Machine, s.Model, s.Name, s.Device, s.Workers, s.Loaded, s.InHand, s.SoundMS, s.BusyMS, s.Fault, s.FaultOn, s.SeenOn)
	if err != nil {
		return err
	}
	_, err = tx.exec(ctx, `UPDATE engines SET sound_ms = sound_ms / 2, busy_ms = busy_ms / 2 WHERE machine = ? AND model = ? AND busy_ms > ?`,
		s.Machine, s.Model, mostBusyMS)
	return err
}

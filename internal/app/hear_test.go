package app

import (
	"context"
	"testing"

	"talkit"
)

func begin(t *testing.T, a *App, person int64) (end func()) {
	t.Helper()
	end, err := a.BeginHearing(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: person})
	if err != nil {
		t.Fatal(err)
	}
	return end
}

// A person's sounds are read a few at a time, so that they hold few files;
// others need not wait for that.
func TestHearingsOfAPerson(t *testing.T) {
	t.Parallel()
	a := &App{Ear: &Ear{Workers: 2}}
	ada := talkit.Caller{Kind: talkit.CallerUser, UserID: 1}
	var ends []func()
	for range personAtOnce {
		ends = append(ends, begin(t, a, 1))
	}
	came := make(chan func(), maxPersonHearings)
	for range maxPersonHearings - personAtOnce {
		go func() { came <- begin(t, a, 1) }()
	}
	for a.hearings.turns.left() < maxPersonHearings-personAtOnce {
	}
	if len(came) > 0 {
		t.Error("one more is read than may be")
	}
	begin(t, a, 2)()
	if _, err := a.BeginHearing(t.Context(), ada); talkit.KindOf(err) != talkit.TooMany {
		t.Errorf("one more than may wait: %v", err)
	}
	for _, end := range ends {
		end()
		end() // once only
	}
	for range maxPersonHearings - personAtOnce {
		(<-came)()
	}
	if a.hearings.all != 0 || len(a.hearings.person) != 0 || len(a.hearings.turns.inHand) != 0 {
		t.Errorf("left over: %+v %+v", &a.hearings, a.hearings.turns)
	}
	gone, cancel := context.WithCancel(t.Context())
	for range personAtOnce {
		begin(t, a, 1)
	}
	cancel()
	if _, err := a.BeginHearing(gone, ada); talkit.KindOf(err) != talkit.Unavailable || a.hearings.person[1] != personAtOnce {
		t.Errorf("who is gone: %v, %d under way", err, a.hearings.person[1])
	}
}

// A large machine is kept busy by one person too: it may be a Talkit.
func TestHearingsKeepAllWorkersBusy(t *testing.T) {
	t.Parallel()
	a := &App{Ear: &Ear{Workers: 3 * personAtOnce}}
	for range 3 * personAtOnce {
		begin(t, a, 1)
	}
}

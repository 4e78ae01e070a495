package e2e_test

import (
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/server"
	"talkit/internal/store"
)

// TestEnginesOfTheServer: an operator sees which models are installed, which is
// loaded, how fast it is, and what went wrong last, on every machine.
func TestEnginesOfTheServer(t *testing.T) {
	t.Parallel()
	w := setup(t, serve(t, loopback))
	yes := true
	w.change(w.owner, app.UserChange{Admin: &yes})
	b := browse(t, w.site)
	b.signIn(w.owner)
	for _, px := range []int64{1280, 360} {
		b.width(px)
		err := w.App.SetEngines(t.Context(), []store.EngineState{ // they are believed for a minute
			{Machine: server.Machine(), Model: "base", Name: "whisper base", Device: "cpu int8", Workers: 2, Loaded: true, InHand: 2, SoundMS: 50_000, BusyMS: 10_000},
			{Machine: "the-other-machine.example.org", Model: "small", Name: "whisper small", Device: "cuda float16", Workers: 2,
				Fault: "the speech process stood still and was killed", FaultOn: talkit.Now()},
			{Machine: server.Machine(), Model: "whisper-1", Name: "openai whisper-1", Device: "at gpu.example.com:8000", Workers: 2},
		})
		if err != nil {
			t.Fatal(err)
		}
		b.open("/admin")
		for _, words := range []string{"At 2 pieces", "cpu int8", "10.0 s a second", "stood still and was killed", "at gpu.example.com:8000", "Not in use"} {
			b.see(words)
		}
		b.axe()
	}
}

package app

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// TestPeaks: a waveform is kept with the decoded sound, for its person alone,
// and goes with the recording.
func TestPeaks(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		ada, bob := newDiary(t, a), newDiary(t, a)
		r := storetest.RowsOf(t, db).Recording(ada.user)
		if peaks, err := a.FetchPeaks(ctx, ada.who, r.ID); err != nil || peaks.Data == nil || len(peaks.Data) != 0 {
			t.Errorf("before it was decoded: %v, %v", peaks, err)
		}
		key, err := a.StoreWork(ctx, strings.NewReader("decoded sound"))
		if err != nil {
			t.Fatal(err)
		}
		want := []byte{0, 7, 255}
		if err := a.Prepare(ctx, r.Run.ID, Prepared{WorkKey: key, Duration: time.Second, Peaks: want, ByHand: true}); err != nil {
			t.Fatal(err)
		}
		if got, err := a.Peaks(ctx, ada.who, r.ID); err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %v, %v", got, err)
		}
		if _, err := a.Peaks(ctx, bob.who, r.ID); !talkit.IsNotFound(err) {
			t.Errorf("another's: %v", err)
		}
		if err := a.DeleteRecording(ctx, ada.who, r.ID); err != nil {
			t.Fatal(err)
		}
		if peaks, err := db.Peaks(ctx, r.ID); err != nil || peaks != nil {
			t.Errorf("of what was erased: %v, %v", peaks, err)
		}
	})
}

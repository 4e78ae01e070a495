package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// keep says how long the sound of the diary is kept.
func (d diary) keep(days int) {
	d.user.AudioDays = days
	storetest.RowsOf(d.t, d.a.DB).Do(func(tx *store.Tx) error { return tx.SetUser(d.t.Context(), d.user) })
}

// sound adds a recording with real sound, of a status, sent so long ago.
func (d diary) sound(status talkit.RecordingStatus, ago time.Duration) int64 {
	d.t.Helper()
	key := blob.NewKey()
	if _, err := d.a.Blobs.Put(d.t.Context(), key, strings.NewReader("sound")); err != nil {
		d.t.Fatal(err)
	}
	id := d.add("", "", func(r *talkit.Recording) {
		r.Status, r.Audio.Key, r.CreatedOn = status, key, talkit.Now().Add(-ago)
	})
	storetest.RowsOf(d.t, d.a.DB).Do(func(tx *store.Tx) error { return tx.SetPeaks(d.t.Context(), id, []byte{1}) })
	return id
}

// audible tells which of the recordings still have their sound.
func (d diary) audible(ids ...int64) (left []int64) {
	d.t.Helper()
	for _, id := range ids {
		peaks, err := d.a.Peaks(d.t.Context(), d.who, id)
		if err != nil {
			d.t.Fatal(err)
		}
		sound, err := d.a.RecordingAudio(d.t.Context(), d.who, id)
		if (err == nil) != (len(peaks) > 0) {
			d.t.Errorf("recording %d: sound %v, %d peaks", id, err, len(peaks))
		}
		if err == nil {
			sound.Close()
			left = append(left, id)
		} else if !talkit.IsNotFound(err) {
			d.t.Error(err)
		}
	}
	return left
}

func TestSoundIsLetGo(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		const day = 24 * time.Hour
		all := []talkit.RecordingStatus{talkit.RecordingQueued, talkit.RecordingProcessing, talkit.RecordingReview, talkit.RecordingCompleted, talkit.RecordingFailed}
		for days, kept := range map[int]map[time.Duration]int{ // how many of all statuses keep their sound, by age
			talkit.KeepAudio:        {0: 5, 5000 * day: 5},
			talkit.UntilTranscribed: {0: 4, 5000 * day: 4},
			7:                       {0: 5, 7*day - time.Minute: 5, 7*day + time.Minute: 2},
		} {
			d := newDiary(t, a)
			ids := map[time.Duration][]int64{}
			for age := range kept {
				for _, status := range all {
					ids[age] = append(ids[age], d.sound(status, age))
				}
			}
			d.keep(days)
			for range 2 {
				if err := a.Sweep(ctx); err != nil {
					t.Fatal(err)
				}
				for age, want := range kept {
					if got := d.audible(ids[age]...); len(got) != want {
						t.Errorf("%d days, after %v: %v of %v are kept, want %d", days, age, got, ids[age], want)
					}
				}
			}
		}
		entries, _, err := db.Audit(ctx, talkit.Page{Limit: 100})
		var told []string
		for _, e := range entries {
			told = append(told, fmt.Sprint(e.Actor, " ", e.Action, " ", e.Thing, " ", e.Detail))
		}
		slices.Sort(told)
		want := []string{"server audio.expired user recordings=2", "server audio.expired user recordings=3"}
		if err != nil || !slices.Equal(told, want) {
			t.Errorf("the log tells %q, %v, want %q", told, err, want)
		}
	})
}

// TestWithoutSound: a recording whose sound was let go has none in any answer,
// and cannot be tried again.
func TestWithoutSound(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		a, ctx := testApp(t, db), t.Context()
		d := newDiary(t, a)
		d.keep(1)
		failed := d.sound(talkit.RecordingFailed, 25*time.Hour)
		tr := storetest.RowsOf(t, db).Transcript(d.user)
		storetest.RowsOf(t, db).Do(func(tx *store.Tx) error {
			r, err := tx.Recording(ctx, tr.RecordingID)
			r.Status, r.TranscriptID = talkit.RecordingCompleted, &tr.ID
			if err != nil {
				return err
			}
			return tx.SetRecording(ctx, r)
		})
		d.keep(talkit.UntilTranscribed)
		if err := a.letGo(ctx); err != nil {
			t.Fatal(err)
		}
		d.keep(1)
		if err := a.letGo(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Retry(ctx, d.who, failed); talkit.KindOf(err) != talkit.Conflict || !strings.Contains(err.Error(), "no longer kept") {
			t.Errorf("retried: %v", err)
		}
		shown, err := a.FetchRecording(ctx, d.who, tr.RecordingID)
		if err != nil || shown.Audio != nil {
			t.Errorf("its person sees %+v, %v", shown.Audio, err)
		}
		plugin := talkit.Caller{Kind: talkit.CallerInstallation, UserID: d.user.ID, Person: d.user, Installation: &talkit.Installation{ID: 1,
			Permissions: talkit.Permissions{talkit.ResourceTranscript: talkit.AccessRead, talkit.ResourceAudio: talkit.AccessRead}}}
		fetched, err := a.FetchTranscript(ctx, plugin, tr.ID)
		listed, err2 := a.ListTranscripts(ctx, plugin, "", talkit.Page{Limit: 1})
		if err != nil || err2 != nil || fetched.Audio != nil || fetched.Text == "" || listed.Data[0].Audio != nil {
			t.Errorf("plugins see %+v, %v, %+v, %v", fetched, err, listed, err2)
		}
		if _, err := a.TranscriptAudio(ctx, plugin, tr.ID); !talkit.IsNotFound(err) {
			t.Errorf("plugins hear: %v", err)
		}
	})
}

// TestMuchSoundIsLetGo in more than one sweep, each with one entry in the log.
func TestMuchSoundIsLetGo(t *testing.T) {
	t.Parallel()
	db := storetest.Open(t, storetest.SQLite(t))
	a := testApp(t, db)
	d := newDiary(t, a)
	d.keep(talkit.UntilTranscribed)
	storetest.RowsOf(t, db).Do(func(tx *store.Tx) error {
		for range letGoMost + 1 {
			r := storetest.NewRecording(d.user)
			r.Status = talkit.RecordingCompleted
			if err := tx.AddRecording(t.Context(), &r); err != nil {
				return err
			}
		}
		return nil
	})
	left := func() (n int) {
		list, err := a.ListRecordings(t.Context(), d.who, talkit.Page{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range list.Data {
			if r.Audio != nil {
				n++
			}
		}
		return n
	}
	for _, want := range []int{1, 0, 0} {
		if err := a.letGo(t.Context()); err != nil {
			t.Fatal(err)
		}
		if got := left(); got != want {
			t.Errorf("%d have sound, want %d", got, want)
		}
	}
}

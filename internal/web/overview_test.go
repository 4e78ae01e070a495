package web

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// sampled keeps points of what waits, by how long ago they were taken.
func (s *site) sampled(points map[time.Duration]float64) {
	s.t.Helper()
	now := talkit.Now()
	s.rows.Do(func(tx *store.Tx) error {
		for ago, value := range points {
			if err := tx.SetSample(s.t.Context(), store.Sample{Name: app.SampleWaiting, TakenOn: now.Add(-ago), Value: value}); err != nil {
				return err
			}
		}
		return nil
	})
}

// tileOf is what the overview shows under a name.
func tileOf(t *testing.T, page, label string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, `<dt class="label">`+label+`</dt>`)
	if !ok {
		t.Fatalf("no %q in %s", label, page)
	}
	tile, _, _ := strings.Cut(rest, "<dt ")
	return tile
}

var heights = regexp.MustCompile(`[\d.]+,([\d.]+)`)

// pictured wants a picture with these heights, from the left, and these words
// for who cannot see it.
func pictured(t *testing.T, tile, words string, want ...string) {
	t.Helper()
	_, points, ok := strings.Cut(tile, ` points="`)
	points, _, _ = strings.Cut(points, `"`)
	if !ok || !strings.Contains(tile, "<polyline ") {
		t.Fatalf("no line in %s", tile)
	}
	var got []string
	for _, point := range heights.FindAllStringSubmatch(points, -1) {
		got = append(got, point[1])
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("the line goes %q, want the heights %q", points, want)
	}
	if !strings.Contains(tile, `aria-label="`+words+`"`) {
		t.Errorf("want %q in %s", words, tile)
	}
}

// TestTheOverviewLooksBack: each sample is a point of the line, in the order of
// time, the largest at the top; words say the same; and one taken now joins them.
func TestTheOverviewLooksBack(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		boss := s.person().may("admin")
		const label, grows = "Recordings waiting", "The picture grows by a point every ten minutes."
		pictured(t, tileOf(t, boss.sees("/admin"), label), grows)
		s.sampled(map[time.Duration]float64{time.Hour: 2, 2 * time.Hour: 4, 3 * time.Hour: 0})
		pictured(t, tileOf(t, boss.sees("/admin"), label), "Between 0 and 4 in this time, now 2.", "31.0", "1.0", "16.0")
		boss.recording(nil)
		if err := s.App.Sample(t.Context()); err != nil {
			t.Fatal(err)
		}
		page := boss.sees("/admin")
		pictured(t, tileOf(t, page, label), "Between 0 and 4 in this time, now 1.", "31.0", "1.0", "16.0", "23.5")
		pictured(t, tileOf(t, page, "Database"), grows, "1.0")
		pictured(t, tileOf(t, page, "Webhook lag, p95"), grows) // nothing was sent
	})
}

// TestSamplesAreKeptForThirtyDays: the overview shows as much of them as was
// chosen, and the next sample takes the old ones away.
func TestSamplesAreKeptForThirtyDays(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		s := siteOn(t, db)
		boss := s.person().may("admin")
		const day = 24 * time.Hour
		s.sampled(map[time.Duration]float64{30*day + time.Minute: 1, 30*day - time.Hour: 2, 6 * day: 3, time.Hour: 4})
		if err := s.App.Sample(t.Context()); err != nil {
			t.Fatal(err)
		}
		kept, err := db.Samples(t.Context(), app.SampleWaiting, 0)
		if err != nil {
			t.Fatal(err)
		}
		var values []float64
		for _, k := range kept {
			values = append(values, k.Value)
		}
		if len(values) != 4 || values[0] != 2 {
			t.Errorf("kept are %v", values)
		}
		for span, points := range map[string]int{"": 2, "?span=week": 3, "?span=month": 4} {
			tile := tileOf(t, boss.sees("/admin"+span), "Recordings waiting")
			if got := heights.FindAllString(tile, -1); len(got) != points {
				t.Errorf("%q shows %q, want %d points", span, got, points)
			}
		}
	})
}

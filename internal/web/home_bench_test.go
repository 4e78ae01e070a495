package web

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// BenchmarkHome is the page of a person with 10,000 notes of 80 words.
func BenchmarkHome(b *testing.B) {
	p := newSite(b).person()
	p.many(10_000)
	for name, path := range map[string]string{
		"first": "/app", "type": "/app?type=meeting", "middle": "/app?before=5000", "search": "/app?q=harbour", "two words": "/app?q=the+review", "days": "/app?from=2020-01-01&until=2030-01-01",
	} {
		b.Run(name, func(b *testing.B) {
			size := 0
			for b.Loop() {
				w := p.get(path)
				if w.Code != http.StatusOK {
					b.Fatalf("GET %s: %d", path, w.Code)
				}
				size = w.Body.Len()
			}
			b.ReportMetric(float64(size), "bytes")
		})
	}
}

// many makes so many notes, an hour apart.
func (b browser) many(count int) {
	b.t.Helper()
	types := []talkit.TranscriptType{talkit.Note, talkit.Meeting, talkit.Task, talkit.Letter}
	now := talkit.Now()
	b.rows.Do(func(tx *store.Tx) error {
		for i := range count {
			r := storetest.NewRecording(b.User)
			r.Name, r.Type, r.Status = "", types[i%4], talkit.RecordingCompleted
			r.CreatedOn = now - talkit.Time(count-i)*3600*1_000_000
			r.UpdatedOn = r.CreatedOn
			if err := tx.AddRecording(b.t.Context(), &r); err != nil {
				return err
			}
			text := fmt.Sprintf("Note %d of the %s. ", i, []string{"office", "harbour", "garden"}[i%3])
			for range 8 {
				text += "They want to move the review to the second week. "
			}
			if err := tx.AddRevision(b.t.Context(), &talkit.Revision{RecordingID: r.ID, UserID: &b.ID, Text: text, CreatedOn: r.CreatedOn}); err != nil {
				return err
			}
		}
		return nil
	})
}

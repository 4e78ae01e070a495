package store_test

import (
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// BenchmarkTranscripts lists 20 transcripts of 100 words, of 10,000 of one user.
func BenchmarkTranscripts(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	user := storetest.RowsOf(b, db).User()
	last := publishMany(b, db, user, 10_000)
	for name, after := range map[string]int64{"first": 0, "last": last - 20} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			before := processorTime(b)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					list, err := db.Transcripts(b.Context(), user.ID, talkit.Page{Limit: 20, AfterID: after})
					if err != nil || len(list.Items) != 20 || list.Total != 10_000 {
						b.Fatal(len(list.Items), list.Total, err)
					}
				}
			})
			b.ReportMetric(float64(processorTime(b)-before)/float64(b.N), "cpu-ns/op")
		})
	}
}

// processorTime is what this process used so far: a figure that says something
// on a busy machine too.
func processorTime(b *testing.B) time.Duration {
	var used unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// publishMany publishes n transcripts and returns the id of the last.
func publishMany(b *testing.B, db *store.DB, user talkit.User, n int) (last int64) {
	b.Helper()
	words := strings.Repeat("several plain words ", 34)
	err := db.InTx(b.Context(), func(tx *store.Tx) error {
		for range n {
			rec := storetest.NewRecording(user)
			rec.Metadata = talkit.Metadata{"case": "4/11", "room": "12"}
			if err := tx.AddRecording(b.Context(), &rec); err != nil {
				return err
			}
			tr := storetest.NewTranscript(rec)
			tr.Text = words[:len(words)-20*2]
			if err := tx.AddTranscript(b.Context(), &tr); err != nil {
				return err
			}
			last = tr.ID
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
	return last
}

// BenchmarkGroup commits small changes of many callers.
func BenchmarkGroup(b *testing.B) {
	db := storetest.Open(b, storetest.SQLite(b))
	b.SetParallelism(32)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			err := db.InGroup(b.Context(), func(tx *store.Tx) error { return addEntry(b.Context(), tx) })
			if err != nil {
				b.Fatal(err)
			}
		}
	})
}

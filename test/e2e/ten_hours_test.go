package e2e_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/jobs"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// Ten hours of speech, as the queue cuts and an engine hears them.
const (
	tenHours      = 10 * time.Hour
	tenHourPieces = 1250
	wordsOfPiece  = 75
)

// TestATextOfTenHours: a server joins, publishes, tells of and shows the text
// of ten hours in about the memory that it has anyway.
func TestATextOfTenHours(t *testing.T) {
	t.Parallel()
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	told := make(chan int64, 10)
	s.plugin(killEmail, killReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		told <- n
	}))
	s.call("PUT", "/vocabulary", key, `{"words":["Talkit"],"replacements":[{"heard":"word007","write":"Bond"}]}`)
	before := server.resident(t)
	id := s.heardTenHours()
	if r := s.settled(key, id); r.Status != "completed" {
		t.Fatalf("it is %s", r.Status)
	}
	server.flat(t, "a text of ten hours, joined and published", before)
	for n := int64(0); n < tenHourPieces*wordsOfPiece; n = <-told {
	}
	server.flat(t, "plugins told of it", before)
	s.readTenHours(t, server, key, id, before)
}

// TestTenHours: the memory of a server stays about what it is through the whole
// life of ten hours of sound, with an engine that answers at once.
func TestTenHours(t *testing.T) {
	t.Parallel()
	needLong(t)
	sound := tenHoursOfSound(t)
	engine := killReceiver(t, answersAtOnce())
	s := killSetup(t, "TALKIT_OPENAI_URL="+engine)
	server := s.serve()
	key := s.user(killEmail)
	told := make(chan int64, 10)
	s.plugin(killEmail, killReceiver(t, func(_ http.ResponseWriter, r *http.Request) {
		n, _ := io.Copy(io.Discard, r.Body)
		told <- n
	}))
	s.call("PUT", "/vocabulary", key, `{"words":["Talkit"],"replacements":[{"heard":"word007","write":"Bond"}]}`)
	before := server.resident(t)
	id := s.submitted(key, killUpload{sound: sound})
	server.flat(t, "ten hours, uploaded", before)
	killUntil(t, 20*time.Minute, "they are decoded", func() bool { return s.recording(key, id).Progress > 0 })
	server.flat(t, "decoded", before)
	killUntil(t, 20*time.Minute, "they are text", func() bool { return s.recording(key, id).Status == "completed" })
	server.flat(t, "recognised, joined and published", before)
	for n := int64(0); n < tenHourPieces*wordsOfPiece; n = <-told {
	}
	s.readTenHours(t, server, key, id, before)
}

// tenHoursOfSound is speech, over and over.
func tenHoursOfSound(t *testing.T) io.Reader {
	t.Helper()
	folder := killSpeech(t)
	if folder == "" {
		killLeaveOut(t, "recorded speech beside the repository")
	}
	path := filepath.Join(t.TempDir(), "long.mp3")
	made := exec.Command("ffmpeg", "-v", "error", "-stream_loop", "-1", "-i", filepath.Join(folder, "long_dev.mp3"),
		"-t", fmt.Sprint(tenHours.Seconds()), "-c", "copy", path)
	if out, err := made.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	return file
}

// answersAtOnce is a speech server that hears the same in every piece.
func answersAtOnce() http.HandlerFunc {
	type word struct {
		Word  string  `json:"word"`
		Start float64 `json:"start"`
		End   float64 `json:"end"`
	}
	var segments []map[string]any
	var words []word
	text := ""
	for _, heard := range []talkit.Segment{spokenFrom(0, 7), spokenFrom(7, 7)} {
		text += " " + heard.Text
		segments = append(segments, map[string]any{"start": heard.Start, "end": heard.End, "text": " " + heard.Text, "avg_logprob": -0.1})
		for _, w := range heard.Words {
			words = append(words, word{w.Word, w.Start, w.End})
		}
	}
	said := map[string]any{"language": "english", "text": text, "segments": segments, "words": words}
	return func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/json")
		json.NewEncoder(w).Encode(said)
	}
}

// readTenHours reads a long text in all ways that there are, several at a time.
func (s *killServer) readTenHours(t *testing.T, server *killProcess, key string, id, before int64) {
	t.Helper()
	for _, way := range []string{"transcript", "segments", "export.json", "export.txt", "captions.vtt", "captions.srt", "revisions"} {
		var readers sync.WaitGroup
		for range 4 {
			readers.Go(func() {
				if text := s.call("GET", fmt.Sprintf("/recordings/%d/%s", id, way), key, ""); len(text) < tenHourPieces*wordsOfPiece {
					t.Errorf("%s: %d bytes", way, len(text))
				}
			})
		}
		readers.Wait()
		server.flat(t, way, before)
	}
}

// heardTenHours puts a recording beside the server of which every piece was
// heard, and nothing is joined yet.
func (s *killServer) heardTenHours() (id int64) {
	s.t.Helper()
	ctx, t := s.t.Context(), s.t
	db, err := store.Open(ctx, filepath.Join(s.data, "talkit.db"), jobs.Migrate)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	queue, err := jobs.New(jobs.Options{Dialect: store.SQLite, DB: db.Writer(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	db.UseQueue(queue)
	user, err := db.UserByEmail(ctx, killEmail)
	if err != nil {
		t.Fatal(err)
	}
	rows := storetest.RowsOf(t, db)
	lengths := make([]int64, tenHourPieces)
	for i := range lengths {
		lengths[i] = int64(tenHours.Seconds()) * talkit.BytesPerSecond / tenHourPieces
	}
	r := storetest.NewRecording(user)
	r.Audio.Key, r.Audio.DurationMS = blob.NewKey(), tenHours.Milliseconds()
	rows.Do(func(tx *store.Tx) error { return tx.AddRecording(ctx, &r) })
	run := rows.Run(r, lengths...)
	rows.Do(func(tx *store.Tx) error { return hearAll(ctx, tx, run) })
	return r.ID
}

// hearAll finishes all pieces of a run.
func hearAll(ctx context.Context, tx *store.Tx, run talkit.Run) error {
	for left := run.PiecesLeft; left > 0; {
		p, err := tx.ClaimPiece(ctx, 1, talkit.Now())
		if err != nil {
			return err
		}
		from, to := p.Place()
		p.Segments = talkit.Segments{}
		for _, half := range []float64{from, (from + to) / 2} {
			p.Segments = append(p.Segments, spokenFrom(half, (to-from)/2))
		}
		if left, _, err = tx.FinishPiece(ctx, p.Piece, 1, talkit.Now()); err != nil {
			return err
		}
	}
	tx.Enqueue(talkit.FinishJob{RunID: run.ID})
	return nil
}

// spokenFrom is a segment of half the words of a piece.
func spokenFrom(from, length float64) talkit.Segment {
	s := talkit.Segment{Start: from, End: from + length}
	const words = wordsOfPiece/2 + 1
	for i := range words {
		at := talkit.RoundMillis(from + length*float64(i)/words)
		s.Words = append(s.Words, talkit.Word{Word: fmt.Sprintf(" word%03d", (int(at)+i)%1000), Start: at, End: at + 0.25, Probability: 0.987})
		s.Text += s.Words[i].Word
	}
	s.Text = strings.TrimSpace(s.Text)
	return s
}

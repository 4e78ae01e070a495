package bench

import (
	"bufio"
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"talkit/internal/speech"
	"talkit/internal/speech/whisper"
	"talkit/internal/transcribe"
)

// groups are the kinds of clips in the speech test data, by how their names begin.
var groups = []struct {
	prefix, what string
	goal         goal
}{
	{"lj_", "clean read sentences", goal{most: 8}},
	{"hifi_", "fragments of audio books", goal{most: 5}},
	{"son_", "a sonnet of Shakespeare", goal{}},
	{"misc_", "a speech of Kennedy's", goal{}},
	{"fmt_", "one sentence in many formats", goal{}},
}

// clip is a line of the manifest.
type clip struct{ name, said string }

// manifest reads what is said in which file.
func manifest(folder string) ([]clip, error) {
	file, err := os.Open(filepath.Join(folder, "manifest.tsv"))
	if err != nil {
		return nil, err
	}
	defer file.Close()
	var clips []clip
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		clips = append(clips, clip{columns[0], columns[len(columns)-1]})
	}
	return clips, lines.Err()
}

// listener is an engine that is warm.
type listener struct {
	engine *whisper.Engine
	end    func() error
}

func (b *bench) listen(ctx context.Context) (listener, error) {
	engine := whisper.New(whisper.Options{Dir: b.Engines, Model: b.Model, Workers: runtime.NumCPU(), Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	l := listener{engine, func() error { stop(); return <-ended }}
	if _, err := engine.Recognize(ctx, speech.Piece{PCM: make([]byte, 32000)}); err != nil {
		_ = l.end()
		return l, err
	}
	return l, nil
}

// hear goes the way of talkit transcribe.
func (l listener) hear(ctx context.Context, path string) (heard, error) {
	began := time.Now()
	result, err := transcribe.File(ctx, l.engine, path, transcribe.Options{})
	return heard{time.Since(began).Seconds(), result.Segments.Text()}, err
}

// accuracy measures the share of wrong words in each group,
// and that nothing is heard where nobody speaks.
func (b *bench) accuracy(ctx context.Context, l listener, clips []clip) error {
	for _, g := range groups {
		wrong, words := 0, 0
		for _, c := range clips {
			if !strings.HasPrefix(c.name, g.prefix) {
				continue
			}
			h, err := l.hear(ctx, filepath.Join(b.Speech, c.name))
			if err != nil {
				return err
			}
			w, of := WordErrors(c.said, h.Text)
			wrong, words = wrong+w, words+of
		}
		if words > 0 {
			b.add("words wrong, "+g.what, 100*float64(wrong)/float64(words), "%", g.goal)
		}
	}
	return b.silence(ctx, l)
}

func (b *bench) silence(ctx context.Context, l listener) error {
	files, err := filepath.Glob(filepath.Join(b.Speech, "nospeech_*"))
	if err != nil {
		return err
	}
	slices.Sort(files)
	words := 0
	for _, file := range files {
		h, err := l.hear(ctx, file)
		if err != nil {
			return err
		}
		words += len(strings.Fields(h.Text))
	}
	b.add("words heard where nobody speaks", float64(words), "", goal{none: true})
	return nil
}

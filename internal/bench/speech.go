package bench

import (
	"bufio"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"talkit"
	"talkit/internal/speech"
	"talkit/internal/speech/install"
	"talkit/internal/speech/whisper"
	"talkit/internal/transcribe"
)

// longFile is what speech is measured on.
const longFile = "long_dev.mp3"

// speech measures a long file, ours against faster-whisper's own transcribe,
// all with their model loaded already.
func (b *bench) speech(ctx context.Context) error {
	path := filepath.Join(b.Speech, longFile)
	said, err := reference(filepath.Join(b.Speech, "manifest.tsv"), longFile)
	if err != nil {
		return talkit.Errorf(talkit.NotFound, "There is no %s with its text in manifest.tsv to measure speech on: name its folder with --speech.", path).Because(err)
	}
	if err := install.Present(b.Engines, b.Model); err != nil {
		return err
	}
	ours, err := b.ours(ctx, path)
	if err != nil {
		return err
	}
	one, err := b.theirs(ctx, path, 1)
	if err != nil {
		return err
	}
	two, err := b.theirs(ctx, path, 2)
	if err != nil {
		return err
	}
	b.add("talkit, "+longFile, ours.Seconds, "s", goal{})
	b.add("faster-whisper, 1 thread", one.Seconds, "s", goal{})
	b.add("faster-whisper, 2 threads", two.Seconds, "s", goal{})
	b.add("talkit against 1 thread", one.Seconds/ours.Seconds, "× as fast", goal{least: 1.7})
	b.add("talkit against 2 threads", two.Seconds/ours.Seconds, "× as fast", goal{least: 1})
	b.add("talkit's word error rate", rate(said, ours.Text), "%", goal{most: 7})
	b.add("faster-whisper's word error rate", rate(said, one.Text), "%", goal{})
	return nil
}

func rate(said, heard string) float64 {
	wrong, words := wordErrors(said, heard)
	return 100 * float64(wrong) / float64(words)
}

// reference reads what is said in a file.
func reference(manifest, name string) (string, error) {
	file, err := os.Open(manifest)
	if err != nil {
		return "", err
	}
	defer file.Close()
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		columns := strings.Split(lines.Text(), "\t")
		if columns[0] == name {
			return columns[len(columns)-1], nil
		}
	}
	return "", errors.Join(lines.Err(), errors.New(name+" is not in "+manifest))
}

// heard is what came of a file.
type heard struct {
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"`
}

// ours goes the way of talkit transcribe.
func (b *bench) ours(ctx context.Context, path string) (h heard, err error) {
	engine := whisper.New(whisper.Options{Dir: b.Engines, Model: b.Model, Workers: runtime.NumCPU(), Log: slog.New(slog.DiscardHandler)})
	ctx, stop := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	defer func() { stop(); err = errors.Join(err, <-ended) }()
	if _, err := engine.Recognize(ctx, speech.Piece{PCM: make([]byte, 32000)}); err != nil {
		return h, err
	}
	b.Say("speech: talkit is listening to " + longFile)
	began := time.Now()
	result, err := transcribe.File(ctx, engine, path, transcribe.Options{})
	return heard{time.Since(began).Seconds(), result.Segments.Text()}, err
}

//go:embed theirs.py
var theirs string

// theirs has faster-whisper do it alone, with the same model and settings.
func (b *bench) theirs(ctx context.Context, path string, threads int) (h heard, err error) {
	b.Say(fmt.Sprintf("speech: faster-whisper is listening to it on %d threads", threads))
	python := exec.CommandContext(ctx, install.Python(b.Engines), "-I", "-", install.ModelDir(b.Engines, b.Model), path, strconv.Itoa(threads))
	python.Env = append(environment(), "HF_HUB_OFFLINE=1")
	python.Stdin = strings.NewReader(theirs)
	out, err := python.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return h, fmt.Errorf("faster-whisper: %w: %s", err, exit.Stderr)
	}
	if err != nil {
		return h, err
	}
	return h, json.Unmarshal(out, &h)
}

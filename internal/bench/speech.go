package bench

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"talkit"
	"talkit/internal/speech/install"
)

// longFile is what speech is measured on.
const longFile = "long_dev.mp3"

// speech measures how right and how fast the text is: by group of the test
// data, on a long file against faster-whisper's own transcribe, and for notes
// that are sent to a server.
func (b *bench) speech(ctx context.Context) error {
	path := filepath.Join(b.Speech, longFile)
	clips, said, err := b.clips()
	if err != nil {
		return err
	}
	if err := install.Present(b.Engines, b.Model); err != nil {
		return err
	}
	l, err := b.listen(ctx)
	if err != nil {
		return err
	}
	b.Say("speech: talkit is listening to " + longFile)
	ours, err := l.hear(ctx, path)
	if err == nil {
		err = b.accuracy(ctx, l, clips)
	}
	if err = errors.Join(err, l.end()); err != nil {
		return err
	}
	if err := b.against(ctx, path, said, ours); err != nil {
		return err
	}
	return b.notes(ctx)
}

// clips are all that the test data has a text for, and what is said in the long file.
func (b *bench) clips() (all []clip, said string, err error) {
	all, err = manifest(b.Speech)
	at := slices.IndexFunc(all, func(c clip) bool { return c.name == longFile })
	if err != nil || at < 0 {
		return nil, "", talkit.Errorf(talkit.NotFound, "There is no %s with its text in manifest.tsv to measure speech on: name its folder with --speech.",
			filepath.Join(b.Speech, longFile)).Because(err)
	}
	return all, all[at].said, nil
}

// against compares what talkit made of the long file with faster-whisper alone,
// all with their model loaded already.
func (b *bench) against(ctx context.Context, path, said string, ours heard) error {
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
	wrong, words := WordErrors(said, heard)
	return 100 * float64(wrong) / float64(words)
}

// heard is what came of a file.
type heard struct {
	Seconds float64 `json:"seconds"`
	Text    string  `json:"text"`
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

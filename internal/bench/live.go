package bench

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"time"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/dictate"
	"talkit/internal/speech/install"
	"talkit/wire"
)

const (
	liveModel = "tiny.en"
	liveChunk = talkit.BytesPerSecond / 10
)

// live has the long file dictated to a server, as fast as it was spoken: how
// soon words show, how soon after the end the text is there, and whether it is as
// good as that of the same file sent whole. The server does all that it does for
// a dictation meanwhile, on the same cores.
func (b *bench) live(ctx context.Context) error {
	path := filepath.Join(b.Speech, longFile)
	_, said, err := b.clips()
	if err != nil {
		return err
	}
	if err := errors.Join(install.Present(b.Engines, b.Model), install.Present(b.Engines, liveModel)); err != nil {
		return err
	}
	sound := new(recorded)
	if _, err := audio.Decode(ctx, path, sound); err != nil {
		return err
	}
	return b.served(ctx, func(d dictating, _ string) error {
		b.Say("live: " + longFile + " is sent whole")
		whole, _, err := d.send(ctx, path)
		if err != nil {
			return err
		}
		heard, err := d.timedWords(ctx, whole)
		if err != nil {
			return err
		}
		b.Say(fmt.Sprintf("live: it is dictated, for %.0f seconds", float64(len(*sound))/talkit.BytesPerSecond))
		dictation, shown, ended, err := d.dictate(ctx, *sound)
		if err != nil {
			return err
		}
		if err := d.completed(ctx, dictation); err != nil {
			return err
		}
		b.add("from the end of a dictation until its text", time.Since(ended).Seconds(), "s", goal{})
		if err := b.words(shown, heard); err != nil {
			return err
		}
		return d.compare(ctx, said, dictation, whole)
	})
}

// recorded keeps all sound that is written to it.
type recorded []byte

func (s *recorded) Write(p []byte) (int, error) {
	*s = append(*s, p...)
	return len(p), nil
}

// words reports how soon words showed after they were said.
func (b *bench) words(shown *screen, said []wire.Word) error {
	tentative, confirmed := shown.delays(said)
	if len(confirmed) == 0 {
		return errors.New("bench: no live word was confirmed")
	}
	b.add("from word to tentative, median", quantile(tentative, 50), "s", goal{most: 1.5})
	b.add("from word to tentative, 95 %", quantile(tentative, 95), "s", goal{})
	b.add("from word to confirmed, median", quantile(confirmed, 50), "s", goal{most: 3.5})
	b.add("from word to confirmed, 95 %", quantile(confirmed, 95), "s", goal{})
	b.add("words found again", 100*float64(len(confirmed))/float64(len(said)), "%", goal{})
	return nil
}

// compare tells how wrong the text of a dictation is beside that of the file.
func (d dictating) compare(ctx context.Context, said string, dictation, whole int64) error {
	live, err := d.text(ctx, dictation)
	if err != nil {
		return err
	}
	file, err := d.text(ctx, whole)
	if err != nil {
		return err
	}
	d.add("words wrong in the text of the dictation", rate(said, live), "%", goal{most: 7})
	d.add("… and of the file sent whole", rate(said, file), "%", goal{most: 7})
	d.add("points between them", max(0, rate(said, live)-rate(said, file)), "", goal{most: 1})
	return nil
}

// dictate speaks sound as fast as it was spoken, and notes what it is shown and
// when the last of it was sent.
func (d dictating) dictate(ctx context.Context, pcm []byte) (id int64, shown *screen, ended time.Time, err error) {
	sound, err := dictate.NewSound()
	if err != nil {
		return 0, nil, ended, err
	}
	defer sound.Remove()
	refused := make(chan string, 1)
	shown = &screen{}
	dictation := dictate.Dictation{
		Server: &dictate.Server{URL: "http://" + d.server.address, Key: d.key, HTTP: http.DefaultClient},
		Sound:  sound,
		Start:  dictate.Start{Language: "en"},
		Started: func(s dictate.Started) {
			if !s.Live {
				refused <- s.Detail
			}
		},
		Words: shown.words,
		Lost:  func(error) {},
	}
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	go func() {
		defer sound.End()
		shown.began = time.Now()
		for n := 0; n < len(pcm); n += liveChunk {
			chunk := pcm[n:min(n+liveChunk, len(pcm))]
			came := shown.began.Add(time.Duration(n+len(chunk)) * time.Second / talkit.BytesPerSecond)
			if err := sleepUntil(ctx, came); err != nil {
				return
			}
			if _, err := sound.Write(chunk); err != nil {
				stop(err)
				return
			}
		}
		ended = time.Now()
	}()
	recording, err := dictation.Run(ctx)
	select {
	case why := <-refused:
		return 0, nil, ended, errors.New("bench: no live words: " + why)
	default:
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	return recording.ID, shown, ended, err
}

func sleepUntil(ctx context.Context, moment time.Time) error {
	select {
	case <-time.After(time.Until(moment)):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"

	"talkit"
	"talkit/internal/caption"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/internal/speech"
	"talkit/internal/transcribe"
	"talkit/wire"
)

type transcribeCmd struct {
	Files         []string `arg:"" type:"existingfile" help:"Sound files."`
	Format        string   `enum:"txt,json,srt,vtt" default:"txt" help:"txt, json, srt or vtt (${default})."`
	Language      string   `help:"ISO 639-1, like en; detected if left out."`
	JSON          bool     `name:"json" help:"The same as --format json."`
	config.Config `group:"Settings"`
}

// Run prints the text of each file. A bad file prints nothing, and fails the
// command once the others are done.
func (t *transcribeCmd) Run(c *command) error {
	if err := t.Complete(); err != nil {
		return err
	}
	if t.JSON {
		t.Format = "json"
	}
	engine, err := server.NewEngine(t.Config, slog.New(slog.NewTextHandler(c.errors, &slog.HandlerOptions{Level: slog.LevelWarn})), "")
	if err != nil {
		return err
	}
	if engine.Info().ByHand {
		return errors.New("a person is no engine for this: choose TALKIT_ENGINE=whisper")
	}
	if err := engine.Ready(c); err != nil {
		return err
	}
	return c.withEngine(engine, func(ctx context.Context) error { return t.all(ctx, c, engine) })
}

// withEngine keeps engine alive while f runs.
func (c *command) withEngine(engine speech.Engine, f func(context.Context) error) error {
	ctx, stop := context.WithCancel(c)
	ended := make(chan error, 1)
	go func() { ended <- engine.Run(ctx) }()
	err := f(ctx)
	stop()
	return errors.Join(err, <-ended)
}

func (t *transcribeCmd) all(ctx context.Context, c *command, engine speech.Engine) error {
	failed := 0
	var heard []transcribed
	for _, file := range t.Files {
		bar := newSoundBar(c.errors, filepath.Base(file))
		result, err := transcribe.File(ctx, engine, file, transcribe.Options{Language: t.Language, Progress: bar.show})
		bar.end()
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			fmt.Fprintf(c.errors, "talkit: %s: %s\n", file, server.Words(err))
			failed++
			continue
		}
		heard = append(heard, transcribed{file, result.Language, talkit.RoundMillis(result.Duration.Seconds()),
			result.Segments.Text(), wire.Maker{}.Segments(result.Segments)})
		if err := t.print(c.out, result); err != nil {
			return err
		}
	}
	if err := t.printJSON(c, heard); err != nil {
		return err
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d files could not be turned into text", failed, len(t.Files))
	}
	return nil
}

// transcribed is what --format json prints for a file.
type transcribed struct {
	File     string         `json:"file"`
	Language string         `json:"language"`
	Duration float64        `json:"duration"`
	Text     string         `json:"text"`
	Segments []wire.Segment `json:"segments"`
}

// printJSON prints one document: a file's, or a list where several were named.
func (t *transcribeCmd) printJSON(c *command, heard []transcribed) error {
	switch {
	case t.Format != "json":
		return nil
	case len(t.Files) > 1:
		return c.printJSON(append([]transcribed{}, heard...))
	case len(heard) == 1:
		return c.printJSON(heard[0])
	}
	return nil
}

// print writes what is not JSON as soon as it is there.
func (t *transcribeCmd) print(out io.Writer, r transcribe.Result) error {
	var err error
	switch t.Format {
	case "json":
	case "srt":
		_, err = io.WriteString(out, caption.SRT(r.Segments))
	case "vtt":
		_, err = io.WriteString(out, caption.WebVTT(r.Segments))
	default:
		if text := r.Segments.Text(); text != "" {
			_, err = fmt.Fprintln(out, text)
		}
	}
	return err
}

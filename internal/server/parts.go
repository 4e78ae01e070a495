// Package server is the only wiring: settings become parts, parts a running
// server. Tests start the same.
package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/audio"
	"talkit/internal/auth"
	"talkit/internal/blob"
	"talkit/internal/config"
	"talkit/internal/jobs"
	"talkit/internal/mail"
	"talkit/internal/store"
	"talkit/wire"
)

// Parts are what commands and the server work with.
type Parts struct {
	Config config.Config
	Log    *slog.Logger
	DB     *store.DB
	Blobs  blob.Store
	Queue  *jobs.Queue
	App    *app.App
}

// deliverWorkers is how many deliveries are in flight at the same time.
const deliverWorkers = 256

// Open puts the parts together, on data that is made or brought up to date.
// Beside a running server this is safe.
func Open(ctx context.Context, c config.Config, log *slog.Logger) (*Parts, error) {
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder (TALKIT_DATA): %w", err)
	}
	sealer, err := auth.LoadSealer(string(c.SecretKey), c.Data)
	if err != nil {
		return nil, err
	}
	p := &Parts{Config: c, Log: log}
	if err := p.openData(ctx); err != nil {
		p.Close()
		return nil, err
	}
	p.App = &app.App{DB: p.DB, Blobs: p.Blobs, Sealer: sealer, Wire: wire.Maker{URL: c.URL}, Log: log,
		Changes: app.NewChanges(), MaxUpload: int64(c.MaxUpload), Probe: probe}
	p.useSpeech(NewEngines(c, log))
	if err := p.useMail(); err != nil {
		p.Close()
		return nil, err
	}
	return p, nil
}

func (p *Parts) useMail() error {
	if p.Config.SMTPURL == "" {
		return nil
	}
	mailer, err := mail.New(string(p.Config.SMTPURL), p.Config.URL)
	if err == nil {
		p.App.Mail = mailer.Send
	}
	return err
}

func (p *Parts) openData(ctx context.Context) (err error) {
	c := p.Config
	address := filepath.Join(c.Data, "talkit.db")
	if c.DatabaseURL != "" {
		address = string(c.DatabaseURL)
	}
	if p.DB, err = store.Open(ctx, address, jobs.Migrate); err != nil {
		return err
	}
	p.Queue, err = jobs.New(jobs.Options{Dialect: p.DB.Dialect, DB: p.DB.Writer(), DSN: string(c.DatabaseURL), Logger: p.Log,
		Workers: jobs.Workers{Speech: speechWorkers(c), Deliver: deliverWorkers}})
	if err != nil {
		return err
	}
	p.DB.UseQueue(p.Queue)
	p.Blobs, err = blob.Open(string(c.StorageURL), filepath.Join(c.Data, "audio"))
	return err
}

// Close frees all parts.
func (p *Parts) Close() error {
	var errs []error
	if p.App != nil {
		p.App.Close()
	}
	if p.Blobs != nil {
		errs = append(errs, p.Blobs.Close())
	}
	if p.DB != nil {
		errs = append(errs, p.DB.Close())
	}
	return errors.Join(errs...)
}

func probe(ctx context.Context, path string) (talkit.Audio, error) {
	format, err := audio.Probe(ctx, path)
	return talkit.Audio{ContentType: format.ContentType, DurationMS: format.Duration.Milliseconds()}, err
}

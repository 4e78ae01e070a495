package main

import (
	"errors"
	"fmt"
	"log/slog"

	"talkit/internal/config"
	"talkit/internal/server"
)

type serveCmd struct {
	config.Config `group:"Settings"`
	NoWork        bool `help:"Leave the workers out: talkit work does them elsewhere."`
}

// Run serves until it is told to stop.
func (s *serveCmd) Run(c *command) error {
	if err := s.Complete(); err != nil {
		return err
	}
	log := c.logger(&s.Config)
	warn(log, &s.Config)
	running, err := server.New(c, s.Config, server.Role{Serve: true, Work: !s.NoWork}, log)
	if err != nil {
		return err
	}
	log.Info("serving", "url", running.URL(), "listen", running.Addr().String(), "data", s.Data, "database", running.DB.Dialect)
	if err := c.greet(running); err != nil {
		return errors.Join(err, running.Close())
	}
	return running.Run(c)
}

// greet gives the link to set up with, where nobody runs the server yet.
func (c *command) greet(running *server.Server) error {
	link, err := running.App.SetupLink(c)
	if err != nil || link == "" {
		return err
	}
	fmt.Fprintf(c.errors, "\nNobody runs this server yet. Set it up in a browser, within the hour:\n\n  %s\n\nThe link works once; a new start makes a new one. Without a browser:\n\n  ./talkit user create --admin --developer --email you@example.com --first-name Ada --last-name Lovelace%s\n\n",
		link, elsewhere(running.Config.Data))
	return nil
}

// warn says which settings have no effect yet.
func warn(log *slog.Logger, settings *config.Config) {
	for _, warning := range settings.Warnings() {
		log.Warn(warning)
	}
}

// elsewhere is the flag for a data folder that is not the usual one.
func elsewhere(data string) string {
	if data == "./talkit-data" {
		return ""
	}
	return " --data " + data
}

type workCmd struct {
	config.Config `group:"Settings"`
}

// Run works until it is told to stop.
func (w *workCmd) Run(c *command) error {
	if err := w.Complete(); err != nil {
		return err
	}
	log := c.logger(&w.Config)
	warn(log, &w.Config)
	running, err := server.New(c, w.Config, server.Role{Work: true}, log)
	if err != nil {
		return err
	}
	log.Info("working", slog.String("data", w.Data), slog.Any("database", running.DB.Dialect))
	return running.Run(c)
}

package main

import (
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
	c.greet(running)
	return running.Run(c)
}

// greet says how to begin, where nobody may run the server yet.
func (c *command) greet(running *server.Server) {
	has, err := running.DB.HasOperator(c)
	if err != nil || has {
		return
	}
	fmt.Fprintf(c.errors, "\nNobody runs this server yet. Begin with:\n\n  ./talkit user create --admin --developer --email you@example.com --first-name Ada --last-name Lovelace%s\n\nThe API is described at %s/docs\n\n",
		elsewhere(running.Config.Data), running.URL())
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

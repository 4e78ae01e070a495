// Command talkit is all of Talkit: the server, its workers, and what an
// operator or a person does from a terminal.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/internal/telemetry"
)

var cli struct {
	Serve      serveCmd      `cmd:"" help:"Serve the API and the pages, and work the queue."`
	Work       workCmd       `cmd:"" help:"Work the queue alone: for more machines on one PostgreSQL and one S3."`
	User       userCmd       `cmd:"" help:"People: create, list, change, disable."`
	Vocabulary vocabularyCmd `cmd:"" help:"A person's own words: show, set, add, remove."`
	Key        keyCmd        `cmd:"" help:"Bearer keys of people and developers."`
	Plugin     pluginCmd     `cmd:"" help:"Install and uninstall plugins for people."`
	CRM        crmCmd        `cmd:"" name:"crm" help:"Customer systems that notes can be filed under."`
	Engine     engineCmd     `cmd:"" help:"The local speech engine: install, list, remove."`
	Transcribe transcribeCmd `cmd:"" help:"Turn sound files into text; needs no server and no data folder."`
	Dictate    dictateCmd    `cmd:"" help:"Speak into a server's ear, from a microphone or standard input, and see the words as they come."`
	Doctor     doctorCmd     `cmd:"" help:"Check database, storage, ffmpeg, engine, clock, disk, and certificate and mail where they are set, and say how to mend each."`
	Bench      benchCmd      `cmd:"" help:"Measure the project's own figures on this machine."`
	Config     configCmd     `cmd:"" help:"Print the settings in force, secrets hidden."`
	Version    versionCmd    `cmd:"" help:"Print the version."`
}

// command is what every command is run with.
type command struct {
	context.Context
	out, errors io.Writer
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	parser := kong.Must(&cli, append(config.Options(),
		kong.Name("talkit"),
		kong.Description("Talkit turns what people dictate into text, and hands it to the tools they work with."),
		kong.ShortUsageOnError(),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}))...)
	chosen, err := parser.Parse(os.Args[1:])
	if err != nil {
		parser.Stdout = os.Stderr // kong would print the usage where a program reads JSON
		parser.FatalIfErrorf(err)
	}
	err = chosen.Run(&command{ctx, os.Stdout, os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, "talkit:", server.Words(err))
		os.Exit(1)
	}
}

// printJSON writes one JSON document to standard output.
func (c *command) printJSON(v any) error {
	encoder := json.NewEncoder(c.out)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(v)
}

// open puts the parts together; its log is for what went wrong alone.
func (c *command) open(settings *config.Config) (*server.Parts, error) {
	if err := settings.Complete(); err != nil {
		return nil, err
	}
	return server.Open(c, *settings, c.warnings())
}

// warnings is a log for what went wrong alone.
func (c *command) warnings() *slog.Logger {
	return slog.New(slog.NewTextHandler(c.errors, &slog.HandlerOptions{Level: slog.LevelWarn}))
}

// onData runs f on the parts, for a command that touches data.
func (c *command) onData(settings *config.Config, f func(p *server.Parts) error) error {
	parts, err := c.open(settings)
	if err != nil {
		return err
	}
	defer parts.Close()
	return f(parts)
}

// onPerson is onData for a command about somebody.
func (c *command) onPerson(settings *config.Config, email string, f func(p *server.Parts, person talkit.User) error) error {
	return c.onData(settings, func(p *server.Parts) error {
		person, err := p.App.UserByEmail(c, email)
		if err != nil {
			return err
		}
		return f(p, person)
	})
}

// logger is the server's.
func (c *command) logger(settings *config.Config) *slog.Logger {
	return telemetry.NewLogger(c.errors, settings.Log)
}

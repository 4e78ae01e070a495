package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"talkit/internal/bench"
	"talkit/internal/config"
	"talkit/internal/speech/install"
)

type benchCmd struct {
	Sections []string      `arg:"" optional:"" enum:"start,speech,live,names,webhooks,upload,list" help:"What to measure: start, speech, live, names, webhooks, upload, list; all if left out."`
	Data     string        `placeholder:"FOLDER" help:"A folder to work in, which is kept; by default a temporary one (a million transcripts need 2 GB)."`
	Clients  int           `default:"8" help:"Clients that list at the same time (${default})."`
	For      time.Duration `default:"5s" help:"How long each kind of list is asked for, and webhooks come steadily (${default})."`
	Few      int           `default:"10000" help:"Transcripts of the small lists (${default})."`
	Rows     int           `default:"1000000" help:"Transcripts of the large list (${default})."`
	Upload   config.Size   `default:"512MiB" help:"Size of the upload (${default})."`
	Backlog  int           `default:"10000" help:"Webhooks in the backlog (${default})."`
	Rate     int           `default:"100" help:"Webhooks a second when they come steadily (${default})."`
	Speech   string        `placeholder:"FOLDER" help:"Folder with long_dev.mp3 and manifest.tsv; by default ../shared/testdata/speech, where it is."`
	Engines  string        `env:"TALKIT_ENGINES" placeholder:"FOLDER" help:"Where the speech engine is installed."`
	Model    string        `env:"TALKIT_MODEL" default:"base" help:"Its model (${default})."`
	JSON     bool          `name:"json" help:"Print JSON."`
}

// Run measures, and prints what was measured even where something failed.
func (b *benchCmd) Run(c *command) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	if b.Speech == "" {
		b.Speech = filepath.Join("..", "shared", "testdata", "speech")
	}
	if b.Engines == "" {
		b.Engines = install.DefaultDir()
	}
	report, failed := bench.Run(c, bench.Options{Sections: b.Sections, Binary: binary, Data: b.Data, Clients: b.Clients, For: b.For,
		Few: b.Few, Rows: b.Rows, Upload: int64(b.Upload), Backlog: b.Backlog, Rate: b.Rate, Speech: b.Speech, Engines: b.Engines, Model: b.Model,
		Say: func(what string) { fmt.Fprintln(c.errors, what) }})
	if b.JSON {
		err = c.printJSON(report)
	} else {
		err = report.Print(c.out)
	}
	if failed != nil {
		return failed
	}
	return err
}

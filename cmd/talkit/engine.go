package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/internal/speech/install"
)

type engineCmd struct {
	Install engineInstallCmd `cmd:"" help:"Put the engine and a model on this machine; safe to repeat."`
	List    engineListCmd    `cmd:"" help:"Show what is installed or another server has, how fast it is and what is loaded."`
	Remove  engineRemoveCmd  `cmd:"" help:"Take a model away, and with the last one the engine."`
}

type engineInstallCmd struct {
	config.Config `group:"Settings"`
	Repository    string `placeholder:"OWNER/NAME" help:"For a model that Talkit does not know: its repository on the model hub."`
	Revision      string `placeholder:"COMMIT" help:"The commit to take, 40 hexadecimal digits."`
	SHA256        string `name:"sha256" placeholder:"HASH" help:"What its model.bin must be; left out, the hub is asked, and nothing installed."`
}

// Run installs the model of --model.
func (e *engineInstallCmd) Run(c *command) error {
	if err := e.Complete(); err != nil {
		return err
	}
	bar := &stepBar{out: c.errors}
	defer bar.end()
	if err := install.Install(c, e.Engines, e.Model, e.from(), bar.show); err != nil {
		return err
	}
	bar.end()
	fmt.Fprintf(c.errors, "The engine and the model %s are in %s.\n", e.Model, e.Engines)
	return nil
}

func (e *engineInstallCmd) from() install.Source {
	return install.Source{Hub: e.ModelHub, Repository: e.Repository, Revision: e.Revision, SHA256: e.SHA256}
}

type engineListCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// listedModel is a model as --json prints it.
type listedModel struct {
	install.Model
	Elsewhere bool     `json:"elsewhere"` // the speech server of the settings has it, not this machine
	Speed     *float64 `json:"speed"`     // seconds of sound in a second; null: not known yet
	Loaded    bool     `json:"loaded"`
	InHand    int      `json:"in_hand"` // pieces that a server is at
	Device    string   `json:"device"`
	Fault     string   `json:"fault"` // the last one
}

// Run lists the models, and what a server on this machine does with them.
func (e *engineListCmd) Run(c *command) error {
	if err := e.Complete(); err != nil {
		return err
	}
	models, err := install.List(e.Engines)
	if err != nil {
		return err
	}
	listed := e.list(models, e.states(c))
	if e.JSON {
		return c.printJSON(listed)
	}
	if len(listed) == 0 {
		fmt.Fprintln(c.errors, e.nothing())
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MODEL\tSIZE\tSPEED\tSTATE\tLAST FAULT")
	for _, l := range listed {
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\n", l.Name, l.size(), l.pace(), l.state(), cmp.Or(l.Fault, "-"))
	}
	return table.Flush()
}

// list joins what is installed with what a server on this machine says, also of
// models that the speech server of the settings has.
func (e *engineListCmd) list(models []install.Model, states []app.EngineState) []listedModel {
	listed := make([]listedModel, 0, len(models))
	for _, m := range models {
		listed = append(listed, listedModel{Model: m})
	}
	for _, s := range states {
		if s.Machine != server.Machine() {
			continue
		}
		i := slices.IndexFunc(listed, func(l listedModel) bool { return l.Name == s.Model })
		if i < 0 && e.EngineName() == "openai" && strings.HasPrefix(s.Name, "openai ") {
			i = len(listed)
			listed = append(listed, listedModel{Model: install.Model{Name: s.Model, Whole: true}, Elsewhere: true})
		}
		if i < 0 {
			continue // it was taken away
		}
		l := &listed[i]
		l.Loaded, l.InHand, l.Device, l.Fault = s.Loaded, s.InHand, s.Device, s.Fault
		if s.Speed > 0 {
			l.Speed = &s.Speed
		}
	}
	return listed
}

// nothing says why the list is empty.
func (e *engineListCmd) nothing() string {
	switch e.EngineName() {
	case "openai":
		return "Nothing is installed, and nothing needs to be: another server recognises speech (TALKIT_OPENAI_URL). It is listed once talkit serve runs with these settings; talkit doctor asks it."
	case "manual":
		return "Nothing is installed, and nothing needs to be: a person writes the texts (TALKIT_ENGINE=manual)."
	}
	return "Nothing is installed. Install the engine with talkit engine install."
}

// states are what servers say of their engines, none where there is no data yet:
// a list makes none.
func (e *engineListCmd) states(c *command) []app.EngineState {
	if _, err := os.Stat(filepath.Join(e.Data, "talkit.db")); err != nil && e.DatabaseURL == "" {
		return nil
	}
	parts, err := server.Open(c, e.Config, c.warnings())
	if err != nil {
		fmt.Fprintln(c.errors, "What servers do with them is not known:", server.Words(err))
		return nil
	}
	defer parts.Close()
	states, err := parts.App.Engines(c, talkit.Operator)
	if err != nil {
		fmt.Fprintln(c.errors, "What servers do with them is not known:", server.Words(err))
	}
	return states
}

func (l listedModel) size() string {
	if l.Elsewhere {
		return "-"
	}
	return fmt.Sprintf("%d MB", l.Bytes/1_000_000)
}

func (l listedModel) pace() string {
	if l.Speed == nil {
		return "-"
	}
	return fmt.Sprintf("%.1f s/s", *l.Speed)
}

func (l listedModel) state() string {
	switch {
	case !l.Whole:
		return "damaged: install it again"
	case l.Elsewhere && l.InHand > 0:
		return fmt.Sprintf("answers (%s), at %d pieces", l.Device, l.InHand)
	case l.Elsewhere && l.Loaded:
		return fmt.Sprintf("answers (%s)", l.Device)
	case l.Elsewhere:
		return fmt.Sprintf("not in use (%s)", l.Device)
	case l.InHand > 0:
		return fmt.Sprintf("loaded (%s), at %d pieces", l.Device, l.InHand)
	case l.Loaded:
		return fmt.Sprintf("loaded (%s)", l.Device)
	}
	return "ready"
}

type engineRemoveCmd struct {
	config.Config `group:"Settings"`
}

// Run removes the model of --model.
func (e *engineRemoveCmd) Run(c *command) error {
	if err := e.Complete(); err != nil {
		return err
	}
	return install.Remove(c, e.Engines, e.Model)
}

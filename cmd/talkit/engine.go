package main

import (
	"fmt"
	"text/tabwriter"

	"talkit/internal/config"
	"talkit/internal/speech/install"
)

type engineCmd struct {
	Install engineInstallCmd `cmd:"" help:"Put the engine and a model on this machine; safe to repeat."`
	List    engineListCmd    `cmd:"" help:"Show what is installed."`
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

// Run lists the models.
func (e *engineListCmd) Run(c *command) error {
	if err := e.Complete(); err != nil {
		return err
	}
	models, err := install.List(e.Engines)
	if err != nil {
		return err
	}
	if e.JSON {
		if models == nil {
			models = []install.Model{}
		}
		return c.printJSON(models)
	}
	if len(models) == 0 {
		fmt.Fprintln(c.errors, "Nothing is installed. Install the engine with talkit engine install.")
		return nil
	}
	table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "MODEL\tSIZE\tSTATE")
	for _, m := range models {
		state := map[bool]string{true: "ready", false: "damaged: remove it and install it again"}[m.Whole]
		fmt.Fprintf(table, "%s\t%d MB\t%s\n", m.Name, m.Bytes/1_000_000, state)
	}
	return table.Flush()
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

package main

import (
	"fmt"

	"talkit/internal/config"
	"talkit/internal/server"
)

type doctorCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// Run checks everything; it fails if anything needs mending.
func (d *doctorCmd) Run(c *command) error {
	if err := d.Complete(); err != nil {
		return err
	}
	findings := server.Examine(c, d.Config, c.warnings())
	ill := 0
	for _, f := range findings {
		if !f.OK {
			ill++
		}
	}
	if d.JSON {
		if err := c.printJSON(findings); err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			fmt.Fprintf(c.out, "%-9s %-4s %s\n", f.Check, map[bool]string{true: "ok", false: "MEND"}[f.OK], f.Words)
		}
	}
	if ill > 0 {
		return fmt.Errorf("%d of %d checks need mending", ill, len(findings))
	}
	return nil
}

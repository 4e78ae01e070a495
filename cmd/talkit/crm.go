package main

import (
	"fmt"
	"text/tabwriter"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
	"talkit/wire"
)

type crmCmd struct {
	Add  crmAddCmd  `cmd:"" help:"Add a customer system that notes can be filed under."`
	List crmListCmd `cmd:"" help:"List them."`
}

type crmAddCmd struct {
	config.Config `group:"Settings"`
	Name          string `arg:"" help:"What it is called."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run adds one.
func (a *crmAddCmd) Run(c *command) error {
	return c.onData(&a.Config, func(parts *server.Parts) error {
		added, err := parts.App.AddCRMIntegration(c, talkit.Operator, a.Name)
		if err != nil {
			return err
		}
		if a.JSON {
			return c.printJSON(parts.App.Wire.CRMIntegration(added))
		}
		fmt.Fprintf(c.out, "CRM integration %d, %s, was added.\n", added.ID, added.Name)
		return nil
	})
}

type crmListCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// Run lists all.
func (l *crmListCmd) Run(c *command) error {
	return c.onData(&l.Config, func(parts *server.Parts) error {
		all := []wire.CRMIntegration{}
		for page, more := (talkit.Page{Limit: 100}), true; more; {
			list, err := parts.App.CRMIntegrations(c, page)
			if err != nil {
				return err
			}
			for _, integration := range list.Data {
				all = append(all, integration)
				page.AfterID = integration.ID
			}
			more = list.HasMore
		}
		if l.JSON {
			return c.printJSON(all)
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tNAME")
		for _, integration := range all {
			fmt.Fprintf(table, "%d\t%s\n", integration.ID, integration.Name)
		}
		return table.Flush()
	})
}

package main

import (
	"fmt"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
)

type pluginCmd struct {
	Install   pluginInstallCmd   `cmd:"" help:"Install a plugin for a person, granting all it asks for."`
	Uninstall pluginUninstallCmd `cmd:"" help:"Take a person's installation away."`
}

type pluginInstallCmd struct {
	config.Config `group:"Settings"`
	Plugin        int64  `required:"" placeholder:"ID" help:"Which plugin."`
	User          string `required:"" placeholder:"E-MAIL" help:"For whom."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run installs; repeated, it gives the same installation.
func (p *pluginInstallCmd) Run(c *command) error {
	return c.onPerson(&p.Config, p.User, func(parts *server.Parts, person talkit.User) error {
		i, err := parts.App.Install(c, talkit.Operator, p.Plugin, person)
		if err != nil {
			return err
		}
		if p.JSON {
			return c.printJSON(struct {
				ID       int64  `json:"id"`
				UUID     string `json:"uuid"`
				PluginID int64  `json:"plugin_id"`
				UserID   int64  `json:"user_id"`
			}{i.ID, i.UUID, i.PluginID, i.UserID})
		}
		fmt.Fprintln(c.out, i.UUID)
		return nil
	})
}

type pluginUninstallCmd struct {
	config.Config `group:"Settings"`
	Plugin        int64  `required:"" placeholder:"ID" help:"Which plugin."`
	User          string `required:"" placeholder:"E-MAIL" help:"Whose installation."`
}

// Run uninstalls.
func (p *pluginUninstallCmd) Run(c *command) error {
	return c.onPerson(&p.Config, p.User, func(parts *server.Parts, person talkit.User) error {
		return parts.App.UninstallOf(c, talkit.Operator, p.Plugin, person)
	})
}

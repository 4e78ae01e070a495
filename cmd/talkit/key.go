package main

import (
	"fmt"
	"text/tabwriter"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key and print it, once."`
	List   keyListCmd   `cmd:"" help:"List a person's living keys, without their values."`
	Revoke keyRevokeCmd `cmd:"" help:"End a key at once."`
}

type keyCreateCmd struct {
	config.Config `group:"Settings"`
	User          string `required:"" placeholder:"E-MAIL" help:"Whose key."`
	Kind          string `required:"" enum:"user,developer" help:"user: a person's own, for scripts; developer: for the plugins they own."`
	Name          string `help:"What it is for."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run prints the key alone.
func (k *keyCreateCmd) Run(c *command) error {
	return c.onPerson(&k.Config, k.User, func(parts *server.Parts, person talkit.User) error {
		value, err := parts.App.CreateKey(c, talkit.Operator, person, talkit.KeyKind(k.Kind), k.Name)
		if err != nil {
			return err
		}
		if k.JSON {
			return c.printJSON(map[string]string{"key": value})
		}
		fmt.Fprintln(c.out, value)
		return nil
	})
}

type keyListCmd struct {
	config.Config `group:"Settings"`
	User          string `required:"" placeholder:"E-MAIL" help:"Whose keys."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// shownKey is a key as --json prints it.
type shownKey struct {
	ID        int64  `json:"id"`
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Last4     string `json:"last4"`
	CreatedOn string `json:"created_on"`
}

// Run lists them.
func (k *keyListCmd) Run(c *command) error {
	return c.onPerson(&k.Config, k.User, func(parts *server.Parts, person talkit.User) error {
		keys, err := parts.DB.KeysOf(c, person.ID)
		if err != nil {
			return err
		}
		shown := make([]shownKey, len(keys))
		for i, key := range keys {
			shown[i] = shownKey{key.ID, string(key.Kind), key.Name, key.Last4, key.CreatedOn.String()}
		}
		if k.JSON {
			return c.printJSON(shown)
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tKIND\tENDS IN\tNAME\tCREATED")
		for _, key := range shown {
			fmt.Fprintf(table, "%d\t%s\t%s\t%s\t%s\n", key.ID, key.Kind, key.Last4, key.Name, key.CreatedOn)
		}
		return table.Flush()
	})
}

type keyRevokeCmd struct {
	config.Config `group:"Settings"`
	ID            int64 `arg:"" help:"Which key, as talkit key list shows it."`
}

// Run ends the key.
func (k *keyRevokeCmd) Run(c *command) error {
	return c.onData(&k.Config, func(parts *server.Parts) error {
		return parts.App.RevokeKey(c, talkit.Operator, k.ID)
	})
}

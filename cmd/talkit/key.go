package main

import (
	"fmt"

	"talkit"
	"talkit/internal/config"
)

type keyCmd struct {
	Create keyCreateCmd `cmd:"" help:"Make a key and print it, once."`
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
	parts, err := c.open(&k.Config)
	if err != nil {
		return err
	}
	defer parts.Close()
	person, err := parts.App.UserByEmail(c, k.User)
	if err != nil {
		return err
	}
	value, err := parts.App.CreateKey(c, talkit.Operator, person, talkit.KeyKind(k.Kind), k.Name)
	if err != nil {
		return err
	}
	if k.JSON {
		return c.printJSON(map[string]string{"key": value})
	}
	fmt.Fprintln(c.out, value)
	return nil
}

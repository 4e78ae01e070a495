package main

import (
	"errors"
	"fmt"

	"talkit"
	"talkit/internal/config"
	"talkit/internal/server"
)

type userDeleteCmd struct {
	config.Config `group:"Settings"`
	Email         string `required:"" help:"Whom."`
	Yes           bool   `help:"Really: nothing of it can be brought back."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run shuts the person out; the server erases what they have.
func (u *userDeleteCmd) Run(c *command) error {
	if !u.Yes {
		return errors.New("this erases a person's recordings, transcripts and plugins for good; say --yes if you mean it")
	}
	return c.onPerson(&u.Config, u.Email, func(parts *server.Parts, person talkit.User) error {
		if err := parts.App.DeleteUser(c, talkit.Operator, person.ID); err != nil {
			return err
		}
		if u.JSON {
			person.Disabled, person.DeletedOn = true, talkit.Now()
			return c.printJSON(showUser(person))
		}
		fmt.Fprintf(c.out, "User %d, %s, is shut out. The server erases what they have, and then the account.\n", person.ID, person.Email)
		return nil
	})
}

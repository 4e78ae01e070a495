package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/config"
	"talkit/internal/server"
)

type userCmd struct {
	Create  userCreateCmd  `cmd:"" help:"Make an active person at once."`
	List    userListCmd    `cmd:"" help:"List everyone."`
	Change  userChangeCmd  `cmd:"" help:"Change what a person may do, and how their notes are kept."`
	Link    userLinkCmd    `cmd:"" help:"Make a one-time link at which a person signs in and sets a password."`
	Disable userDisableCmd `cmd:"" help:"Shut a person out at once; --undo lets them in again."`
	Delete  userDeleteCmd  `cmd:"" help:"Delete a person's account for good, with all they have."`
}

// shownUser is a person as --json prints them.
type shownUser struct {
	ID        int64  `json:"id"`
	Email     string `json:"email"`
	FirstName string `json:"first_name"`
	LastName  string `json:"last_name"`
	Developer bool   `json:"developer"`
	Admin     bool   `json:"admin"`
	Disabled  bool   `json:"disabled"`
	Deleted   bool   `json:"deleted"` // and not erased yet
	CreatedOn string `json:"created_on"`
}

func showUser(u talkit.User) shownUser {
	return shownUser{u.ID, u.Email, u.FirstName, u.LastName, u.Developer, u.Admin, u.Disabled, u.DeletedOn != 0, u.CreatedOn.String()}
}

type userCreateCmd struct {
	config.Config `group:"Settings"`
	Email         string `required:"" help:"E-mail address."`
	FirstName     string `required:""`
	LastName      string `required:""`
	Developer     bool   `help:"May build plugins."`
	Admin         bool   `help:"May run the server."`
	PasswordStdin bool   `help:"Read a password from standard input; without one there is none yet."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run makes the person.
func (u *userCreateCmd) Run(c *command) error {
	person := app.NewUser{Email: u.Email, FirstName: u.FirstName, LastName: u.LastName, Developer: u.Developer, Admin: u.Admin}
	if u.PasswordStdin {
		line, err := io.ReadAll(io.LimitReader(os.Stdin, 4096))
		if err != nil {
			return err
		}
		person.Password = strings.TrimRight(string(line), "\r\n")
	}
	return c.onData(&u.Config, func(parts *server.Parts) error {
		made, err := parts.App.CreateUser(c, talkit.Operator, person)
		if err != nil {
			return err
		}
		if u.JSON {
			return c.printJSON(showUser(made))
		}
		fmt.Fprintf(c.out, "User %d, %s, is active.\n", made.ID, made.Email)
		return nil
	})
}

type userLinkCmd struct {
	config.Config `group:"Settings"`
	Email         string `required:"" help:"Whose."`
	Mail          bool   `help:"Have the server mail it to them; it is printed nowhere then."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run prints the link, once.
func (u *userLinkCmd) Run(c *command) error {
	return c.onPerson(&u.Config, u.Email, func(parts *server.Parts, person talkit.User) error {
		if u.Mail {
			return u.mail(c, parts, person)
		}
		life := talkit.RecoveryLife
		if person.PasswordHash == "" {
			life = talkit.InvitationLife
		}
		link, err := parts.App.MakeLink(c, talkit.Operator, person.ID, life)
		if err != nil {
			return err
		}
		if u.JSON {
			return c.printJSON(map[string]string{"url": link, "expires_on": talkit.Now().Add(life).String()})
		}
		fmt.Fprintln(c.out, link)
		return nil
	})
}

// mail leaves the link to the server: a running one sends it at once.
func (u *userLinkCmd) mail(c *command, parts *server.Parts, person talkit.User) error {
	if err := parts.App.MailLink(c, talkit.Operator, person); err != nil {
		return err
	}
	if u.JSON {
		return c.printJSON(map[string]string{"mailed_to": person.Email})
	}
	fmt.Fprintf(c.out, "The server mails a link to %s.\n", person.Email)
	return nil
}

type userListCmd struct {
	config.Config `group:"Settings"`
	JSON          bool `name:"json" help:"Print JSON."`
}

// Run lists everyone.
func (u *userListCmd) Run(c *command) error {
	return c.onData(&u.Config, func(parts *server.Parts) error {
		shown := []shownUser{}
		page := talkit.Page{Limit: 100}
		for {
			list, err := parts.DB.Users(c, page)
			if err != nil {
				return err
			}
			for _, person := range list.Items {
				shown = append(shown, showUser(person))
				page.AfterID = person.ID
			}
			if !list.HasMore {
				break
			}
		}
		if u.JSON {
			return c.printJSON(shown)
		}
		table := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
		fmt.Fprintln(table, "ID\tE-MAIL\tNAME\tROLES")
		for _, p := range shown {
			fmt.Fprintf(table, "%d\t%s\t%s %s\t%s\n", p.ID, p.Email, p.FirstName, p.LastName, roles(p))
		}
		return table.Flush()
	})
}

func roles(u shownUser) string {
	var names []string
	for _, role := range []struct {
		name string
		has  bool
	}{{"admin", u.Admin}, {"developer", u.Developer}, {"disabled", u.Disabled && !u.Deleted}, {"being deleted", u.Deleted}} {
		if role.has {
			names = append(names, role.name)
		}
	}
	return strings.Join(names, ", ")
}

type userDisableCmd struct {
	config.Config `group:"Settings"`
	Email         string `required:"" help:"Whom."`
	Undo          bool   `help:"Let them in again."`
	JSON          bool   `name:"json" help:"Print JSON."`
}

// Run shuts the person out.
func (u *userDisableCmd) Run(c *command) error {
	return c.onData(&u.Config, func(parts *server.Parts) error {
		disabled := !u.Undo
		person, err := parts.App.ChangeUser(c, talkit.Operator, u.Email, app.UserChange{Disabled: &disabled})
		if err != nil {
			return err
		}
		if u.JSON {
			return c.printJSON(showUser(person))
		}
		fmt.Fprintf(c.out, "User %d, %s, is %s.\n", person.ID, person.Email, map[bool]string{true: "disabled", false: "active"}[person.Disabled])
		return nil
	})
}

type userChangeCmd struct {
	config.Config `group:"Settings"`
	Email         string  `required:"" help:"Whom."`
	Developer     *bool   `negatable:"" help:"May build plugins."`
	Admin         *bool   `negatable:"" help:"May run the server."`
	Review        *bool   `negatable:"" help:"Keep transcripts back until the person releases them."`
	Language      *string `placeholder:"CODE" help:"The language they speak, like en; empty to have it detected."`
	Dictated      *bool   `name:"dictated-punctuation" negatable:"" help:"\"Comma\", \"new paragraph\" and the like are punctuation and layout (English)."`
	Hints         *bool   `negatable:"" help:"Tell the speech engine the words of their vocabulary."`
	ReviewBelow   *int    `placeholder:"PERCENT" help:"Keep transcripts of less confidence back until the person releases them; 0 for none."`
	CRM           *int64  `name:"crm" placeholder:"ID" help:"The CRM integration their notes are filed under; 0 for none."`
	JSON          bool    `name:"json" help:"Print JSON."`
}

// Run changes the person.
func (u *userChangeCmd) Run(c *command) error {
	return c.onData(&u.Config, func(parts *server.Parts) error {
		change := app.UserChange{Developer: u.Developer, Admin: u.Admin, Review: u.Review, CRMIntegrationID: u.CRM,
			SpeechChange: app.SpeechChange{Language: u.Language, Dictated: u.Dictated, Hints: u.Hints, ReviewBelow: u.ReviewBelow}}
		person, err := parts.App.ChangeUser(c, talkit.Operator, u.Email, change)
		if err != nil {
			return err
		}
		if u.JSON {
			return c.printJSON(showUser(person))
		}
		fmt.Fprintf(c.out, "User %d, %s, was changed: %s.\n", person.ID, person.Email, change)
		return nil
	})
}

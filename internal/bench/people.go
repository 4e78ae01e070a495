package bench

import (
	"context"
	"log/slog"
	"time"

	"talkit"
	"talkit/client"
	"talkit/internal/app"
	"talkit/internal/config"
	"talkit/internal/server"
)

// people are who takes part: one person who dictates and builds the plugin
// that they installed.
type people struct {
	parts    *server.Parts
	user     talkit.User
	userKey  string
	pluginID int64
	uuid     string // of the installation
	secret   string // of the plugin
}

// open makes a data folder with its people. The caller closes the parts.
func (b *bench) open(ctx context.Context, data string) (people, error) {
	parts, err := server.Open(ctx, config.Config{Data: data, URL: "http://127.0.0.1"}, slog.New(slog.DiscardHandler))
	if err != nil {
		return people{}, err
	}
	p := people{parts: parts}
	if err := p.make(ctx); err != nil {
		parts.Close()
		return people{}, err
	}
	return p, nil
}

func (p *people) make(ctx context.Context) (err error) {
	a := p.parts.App
	p.user, err = a.CreateUser(ctx, talkit.Operator, app.NewUser{Email: "bench@example.org", FirstName: "Ada", LastName: "Byron", Developer: true})
	if err != nil {
		return err
	}
	if p.userKey, err = a.CreateKey(ctx, talkit.Operator, p.user, talkit.UserKey, "bench"); err != nil {
		return err
	}
	name, description := "Notes", "Files notes where they belong."
	plugin, err := a.CreatePlugin(ctx, p.developer(), app.PluginChange{Name: &name, Description: &description, Permissions: talkit.Permissions{
		talkit.ResourceUser: talkit.AccessRead, talkit.ResourceTranscript: talkit.AccessRead, talkit.ResourceAudio: talkit.AccessRead}})
	if err != nil {
		return err
	}
	p.pluginID = plugin.ID
	key, err := a.CreateSecretKey(ctx, p.developer(), plugin.ID, "")
	if err != nil {
		return err
	}
	p.secret = key.Value
	i, err := a.Install(ctx, talkit.Operator, plugin.ID, p.user)
	p.uuid = i.UUID
	return err
}

func (p *people) developer() talkit.Caller {
	return talkit.Caller{Kind: talkit.CallerDeveloper, UserID: p.user.ID, From: "bench"}
}

func (p *people) person() talkit.Caller {
	return talkit.Caller{Kind: talkit.CallerUser, UserID: p.user.ID, From: "bench"}
}

// token is good for as long as a token may be.
func (p *people) token() string {
	return client.Token(p.uuid, p.secret, time.Now(), client.MaxTokenLife)
}

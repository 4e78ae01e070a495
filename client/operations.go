package client

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strconv"

	"talkit/wire"
)

// User fetches a User: the one who installed the plugin, and no other. It
// needs the credential of an installation and the permission user: read.
func (c *Client) User(ctx context.Context, id int64) (wire.User, error) {
	return get[wire.User](ctx, c, fmt.Sprintf("/users/%d", id), nil)
}

// Installation fetches the installation whose credential this is.
func (c *Client) Installation(ctx context.Context) (wire.PluginInstallation, error) {
	return get[wire.PluginInstallation](ctx, c, "/installation", nil)
}

// Transcripts fetches a page of the Transcripts of the installation's user.
func (c *Client) Transcripts(ctx context.Context, page Page) (wire.List[wire.Transcript], error) {
	return get[wire.List[wire.Transcript]](ctx, c, "/transcripts", page.query())
}

// AllTranscripts follows the list from afterID on, "" for its beginning. Keep
// the last id seen, and begin after it the next time: every Transcript then
// comes exactly once.
func (c *Client) AllTranscripts(ctx context.Context, afterID string) iter.Seq2[wire.Transcript, error] {
	return all(afterID, func(page Page) (wire.List[wire.Transcript], error) { return c.Transcripts(ctx, page) },
		func(t wire.Transcript) string { return t.ID })
}

// FindTranscripts fetches a page of those Transcripts that have all the words,
// in name or text. The last word may be the beginning of one.
func (c *Client) FindTranscripts(ctx context.Context, words string, page Page) (wire.List[wire.Transcript], error) {
	query := page.query()
	query.Set("q", words)
	return get[wire.List[wire.Transcript]](ctx, c, "/transcripts", query)
}

// Transcript fetches a Transcript of the installation's user.
func (c *Client) Transcript(ctx context.Context, id string) (wire.Transcript, error) {
	return get[wire.Transcript](ctx, c, "/transcripts/"+url.PathEscape(id), nil)
}

// Segments fetches the timed words of a Transcript.
func (c *Client) Segments(ctx context.Context, transcriptID string) ([]wire.Segment, error) {
	list, err := get[wire.SegmentList](ctx, c, "/transcripts/"+url.PathEscape(transcriptID)+"/segments", nil)
	return list.Data, err
}

// Plugins fetches a page of the developer's Plugins. This and what follows
// needs a developer's key.
func (c *Client) Plugins(ctx context.Context, page Page) (wire.List[wire.Plugin], error) {
	return get[wire.List[wire.Plugin]](ctx, c, "/plugins", page.query())
}

// AllPlugins follows the whole list.
func (c *Client) AllPlugins(ctx context.Context) iter.Seq2[wire.Plugin, error] {
	return all("", func(page Page) (wire.List[wire.Plugin], error) { return c.Plugins(ctx, page) },
		func(p wire.Plugin) string { return decimal(p.ID) })
}

// Plugin fetches a Plugin.
func (c *Client) Plugin(ctx context.Context, id int64) (wire.Plugin, error) {
	return get[wire.Plugin](ctx, c, fmt.Sprintf("/plugins/%d", id), nil)
}

// CreateSecretKey makes a secret key for a Plugin. Its value is shown here and
// never again.
func (c *Client) CreateSecretKey(ctx context.Context, pluginID int64, description string) (wire.PluginSecretKey, error) {
	return call[wire.PluginSecretKey](ctx, c, http.MethodPost, fmt.Sprintf("/plugins/%d/secret_keys", pluginID), nil,
		map[string]string{"description": description})
}

// Installations fetches a page of the installations of a Plugin.
func (c *Client) Installations(ctx context.Context, pluginID int64, page Page) (wire.List[wire.PluginInstallation], error) {
	return get[wire.List[wire.PluginInstallation]](ctx, c, fmt.Sprintf("/plugins/%d/installations", pluginID), page.query())
}

// AllInstallations follows the whole list.
func (c *Client) AllInstallations(ctx context.Context, pluginID int64) iter.Seq2[wire.PluginInstallation, error] {
	return all("", func(page Page) (wire.List[wire.PluginInstallation], error) {
		return c.Installations(ctx, pluginID, page)
	},
		func(i wire.PluginInstallation) string { return decimal(i.ID) })
}

// Webhooks fetches a page of the webhooks of a Plugin.
func (c *Client) Webhooks(ctx context.Context, pluginID int64, page Page) (wire.List[wire.PluginWebhook], error) {
	return get[wire.List[wire.PluginWebhook]](ctx, c, fmt.Sprintf("/plugins/%d/webhooks", pluginID), page.query())
}

// AllWebhooks follows the whole list.
func (c *Client) AllWebhooks(ctx context.Context, pluginID int64) iter.Seq2[wire.PluginWebhook, error] {
	return all("", func(page Page) (wire.List[wire.PluginWebhook], error) { return c.Webhooks(ctx, pluginID, page) },
		func(w wire.PluginWebhook) string { return decimal(w.ID) })
}

func decimal(id int64) string { return strconv.FormatInt(id, 10) }

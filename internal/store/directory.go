package store

import (
	"context"

	"talkit"
)

// ListedPlugin is a plugin with its developer, as people see it.
type ListedPlugin struct {
	talkit.Plugin
	SortName  string      `db:"sort_name"`
	Developer talkit.User `db:"developer"` // id, names, e-mail and whether they are disabled
}

const listedColumns = `p.id, p.user_id, p.name, p.description, p.permissions, p.published, p.unlisted, p.disabled, p.crm_integration_id,
	p.logo_key, p.setup_uri, p.created_on, p.updated_on, LOWER(p.name) AS sort_name,
	d.id AS "developer.id", d.first_name AS "developer.first_name", d.last_name AS "developer.last_name",
	d.email AS "developer.email", d.disabled AS "developer.disabled"`

// PluginWithDeveloper reads a plugin.
func (q queries) PluginWithDeveloper(ctx context.Context, id int64) (ListedPlugin, error) {
	return one[ListedPlugin](ctx, q, "plugin", "SELECT "+listedColumns+" FROM plugins p JOIN users d ON d.id = p.user_id WHERE p.id = ?", id)
}

// DirectoryPage asks for a part of the directory, in the order of names.
type DirectoryPage struct {
	Search    string // text in name or description, "" for all
	AfterName string // the SortName and id of the last one already seen
	AfterID   int64
	Limit     int
}

// Directory reads the published plugins whose tokens work. (CROSS JOIN has
// SQLite begin with plugins, whose index is in the order that is asked for; a
// row comparison it would not look up in an index of an expression.)
func (q queries) Directory(ctx context.Context, p DirectoryPage) ([]ListedPlugin, bool, error) {
	query := "SELECT " + listedColumns + ` FROM plugins p CROSS JOIN users d
		WHERE p.published AND NOT p.unlisted AND NOT p.disabled AND LOWER(p.name) >= ? AND (LOWER(p.name) > ? OR p.id > ?) AND d.id = p.user_id AND NOT d.disabled`
	args := []any{p.AfterName, p.AfterName, p.AfterID}
	if p.Search != "" {
		query += " AND (LOWER(p.name) LIKE ? ESCAPE '!' OR LOWER(p.description) LIKE ? ESCAPE '!')"
		args = append(args, likeAnywhere(p.Search), likeAnywhere(p.Search))
	}
	rows, err := many[ListedPlugin](ctx, q, query+" ORDER BY LOWER(p.name), p.id LIMIT ?+0", append(args, p.Limit+1)...)
	if err != nil || len(rows) <= p.Limit {
		return rows, false, err
	}
	return rows[:p.Limit], true, nil
}

// InstalledPlugin is one with what a person granted it.
type InstalledPlugin struct {
	ListedPlugin
	Installation talkit.Installation `db:"installation"`
}

// InstalledPlugins reads all that a person has installed, in the order of names.
func (q queries) InstalledPlugins(ctx context.Context, userID int64) ([]InstalledPlugin, error) {
	return many[InstalledPlugin](ctx, q, "SELECT "+listedColumns+`,
		i.id AS "installation.id", i.uuid AS "installation.uuid", i.plugin_id AS "installation.plugin_id", i.user_id AS "installation.user_id",
		i.permissions AS "installation.permissions", i.disabled AS "installation.disabled", i.used_on AS "installation.used_on",
		i.used_for AS "installation.used_for", i.created_on AS "installation.created_on", i.updated_on AS "installation.updated_on"
		FROM installations i JOIN plugins p ON p.id = i.plugin_id JOIN users d ON d.id = p.user_id
		WHERE i.user_id = ? ORDER BY LOWER(p.name), p.id`, userID)
}

package talkit

// Installation is a plugin installed by a user: it permits the plugin to read
// that user's data within the permissions granted.
type Installation struct {
	ID          int64       `db:"id"`
	UUID        string      `db:"uuid"`
	PluginID    int64       `db:"plugin_id"`
	UserID      int64       `db:"user_id"`
	Permissions Permissions `db:"permissions"` // granted when installing
	Disabled    bool        `db:"disabled"`
	CreatedOn   Time        `db:"created_on"`
	UpdatedOn   Time        `db:"updated_on"`
}

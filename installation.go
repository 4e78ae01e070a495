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
	UsedOn      Time        `db:"used_on"`  // when its plugin last read or did something, 0 for never
	UsedFor     string      `db:"used_for"` // what that was: "transcripts"
	CreatedOn   Time        `db:"created_on"`
	UpdatedOn   Time        `db:"updated_on"`
}

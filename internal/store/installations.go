package store

import (
	"context"

	"talkit"
)

const installationColumns = "id, uuid, plugin_id, user_id, permissions, disabled, used_on, used_for, created_on, updated_on"

// Installation reads one.
func (q queries) Installation(ctx context.Context, id int64) (talkit.Installation, error) {
	return one[talkit.Installation](ctx, q, "installation", "SELECT "+installationColumns+" FROM installations WHERE id = ?", id)
}

// InstallationOf reads a user's installation of a plugin.
func (q queries) InstallationOf(ctx context.Context, userID, pluginID int64) (talkit.Installation, error) {
	return one[talkit.Installation](ctx, q, "installation",
		"SELECT "+installationColumns+" FROM installations WHERE user_id = ? AND plugin_id = ?", userID, pluginID)
}

// InstallationsOfPlugin reads a part of a plugin's installations.
func (q queries) InstallationsOfPlugin(ctx context.Context, pluginID int64, p talkit.Page) (talkit.List[talkit.Installation], error) {
	total, err := q.total(ctx, installationsOfPlugin, pluginID)
	if err != nil {
		return talkit.List[talkit.Installation]{}, err
	}
	return listed[talkit.Installation](ctx, q, p, total,
		"SELECT "+installationColumns+" FROM installations WHERE plugin_id = ?", "id", pluginID)
}

// LivingInstallationsOfUser reads those whose plugins are to be told of what
// happens to the user, in the order of the plugins.
func (q queries) LivingInstallationsOfUser(ctx context.Context, userID int64) ([]talkit.Installation, error) {
	return many[talkit.Installation](ctx, q, `SELECT i.id, i.uuid, i.plugin_id, i.user_id, i.permissions, i.disabled, i.created_on, i.updated_on
		FROM installations i JOIN plugins p ON p.id = i.plugin_id
		WHERE i.user_id = ? AND NOT i.disabled AND NOT p.disabled ORDER BY i.plugin_id`, userID)
}

// InstallationBearer is an installation with what decides whether its tokens work.
type InstallationBearer struct {
	talkit.Installation
	PluginDisabled    bool        `db:"plugin_disabled"`
	DeveloperDisabled bool        `db:"developer_disabled"`
	User              talkit.User `db:"user"` // id, names and whether they are disabled
}

// InstallationByUUID reads the installation that a token names.
func (q queries) InstallationByUUID(ctx context.Context, uuid string) (InstallationBearer, error) {
	return one[InstallationBearer](ctx, q, "installation", `SELECT i.id, i.uuid, i.plugin_id, i.user_id, i.permissions, i.disabled,
		i.created_on, i.updated_on, p.disabled AS plugin_disabled, d.disabled AS developer_disabled,
		u.id AS "user.id", u.first_name AS "user.first_name", u.last_name AS "user.last_name", u.disabled AS "user.disabled"
		FROM installations i JOIN plugins p ON p.id = i.plugin_id JOIN users u ON u.id = i.user_id JOIN users d ON d.id = p.user_id
		WHERE i.uuid = ?`, uuid)
}

// AddInstallation sets i's id.
func (tx *Tx) AddInstallation(ctx context.Context, i *talkit.Installation) error {
	if err := tx.count(ctx, installationsOfPlugin, i.PluginID, 1); err != nil {
		return err
	}
	var err error
	i.ID, err = tx.insert(ctx, `INSERT INTO installations (uuid, plugin_id, user_id, permissions, disabled, created_on, updated_on)
		VALUES (?, ?, ?, ?, ?, ?, ?)`, i.UUID, i.PluginID, i.UserID, i.Permissions, i.Disabled, i.CreatedOn, i.UpdatedOn)
	if duplicate(err) {
		return talkit.Errorf(talkit.Conflict, "This plugin is installed by this user already.").Because(err)
	}
	return err
}

// SetInstallation changes what was granted.
func (tx *Tx) SetInstallation(ctx context.Context, i talkit.Installation) error {
	return tx.change(ctx, "installation", "UPDATE installations SET permissions = ?, disabled = ?, updated_on = ? WHERE id = ?",
		i.Permissions, i.Disabled, i.UpdatedOn, i.ID)
}

// DeleteInstallation takes an installation away.
func (tx *Tx) DeleteInstallation(ctx context.Context, i talkit.Installation) error {
	if err := tx.change(ctx, "installation", "DELETE FROM installations WHERE id = ?", i.ID); err != nil {
		return err
	}
	if err := tx.dropCounters(ctx, i.ID, recordingsOfInstallation); err != nil {
		return err
	}
	return tx.count(ctx, installationsOfPlugin, i.PluginID, -1)
}

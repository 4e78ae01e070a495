package store_test

import (
	"context"
	"testing"

	"talkit"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

func TestDirectory(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		rows := storetest.RowsOf(t, db)
		dev, gone := rows.User(), rows.User()
		add := func(owner talkit.User, name, description string, change func(*talkit.Plugin)) int64 {
			p := rows.Plugin(owner)
			p.Name, p.Description, p.Published = name, description, true
			if change != nil {
				change(&p)
			}
			do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetPlugin(ctx, p) })
			return p.ID
		}
		zebra, apple := add(dev, "zebra", "100% stripes", nil), add(dev, "Apple", "fruit_", nil)
		again := add(dev, "apple", "more fruit", nil)
		add(dev, "hidden", "", func(p *talkit.Plugin) { p.Published = false })
		add(dev, "off", "", func(p *talkit.Plugin) { p.Disabled = true })
		unlisted := add(dev, "taken off", "", nil)
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUnlisted(ctx, unlisted, true, 1) })
		add(gone, "orphan", "", nil)
		gone.Disabled = true
		do(t, db, func(ctx context.Context, tx *store.Tx) error { return tx.SetUser(ctx, gone) })

		find := func(p store.DirectoryPage) (ids []int64, last store.ListedPlugin, more bool) {
			t.Helper()
			list, more, err := db.Directory(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			for _, p := range list {
				ids, last = append(ids, p.ID), p
			}
			return ids, last, more
		}
		ids, last, more := find(store.DirectoryPage{Limit: 10})
		same(t, "all, by name", ids, []int64{apple, again, zebra})
		same(t, "more than all", more, false)
		same(t, "whose the last is", last.Developer, talkit.User{ID: dev.ID, FirstName: dev.FirstName, LastName: dev.LastName, Email: dev.Email})
		ids, last, more = find(store.DirectoryPage{Limit: 1})
		same(t, "the first", ids, []int64{apple})
		same(t, "more than one", more, true)
		ids, _, more = find(store.DirectoryPage{Limit: 2, AfterName: last.SortName, AfterID: last.ID})
		same(t, "after the first", ids, []int64{again, zebra})
		same(t, "more after the last", more, false)
		for search, want := range map[string][]int64{"APPLE": {apple, again}, "fruit": {apple, again}, "fruit_": {apple}, "0%": {zebra}, "%": {zebra}, "!": nil} {
			ids, _, _ = find(store.DirectoryPage{Limit: 10, Search: search})
			same(t, "search for "+search, ids, want)
		}
	})
}

func TestInstalledPlugins(t *testing.T) {
	storetest.Each(t, func(t *testing.T, db *store.DB) {
		ctx := t.Context()
		rows := storetest.RowsOf(t, db)
		dev, user := rows.User(), rows.User()
		p := rows.Plugin(dev)
		i := rows.Installation(p, user)
		rows.Installation(p, dev)
		list := read(db.InstalledPlugins(ctx, user.ID)).must(t)
		same(t, "how many", len(list), 1)
		same(t, "what was granted", list[0].Installation, i)
		same(t, "the plugin", list[0].Plugin, p)
		same(t, "whose it is", list[0].Developer.Email, dev.Email)
		read(db.PluginWithDeveloper(ctx, p.ID)).is(t, "by id", list[0].ListedPlugin)
		read(db.PluginWithDeveloper(ctx, p.ID+1)).fails(t, "none", talkit.NotFound)
	})
}

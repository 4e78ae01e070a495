package app

import (
	"context"
	"fmt"

	"talkit"
)

// addSessions adds the browsers in which the person is signed in.
func (x *export) addSessions(ctx context.Context) error {
	return x.addList(ctx, "sessions.json", func(add func(any) error) error {
		sessions, err := x.app.Sessions(ctx, x.who)
		for _, s := range sessions {
			if err := add(x.app.Wire.AccountSession(s)); err != nil {
				return err
			}
		}
		return err
	})
}

// addUploads adds uploads that were begun and are no recordings yet, with the
// sound that came of them.
func (x *export) addUploads(ctx context.Context) error {
	uploads, err := x.unfinished(ctx)
	x.note(ctx, "The list of uploads", err)
	name := func(i int) string { return fmt.Sprintf("uploads/%d/audio.part", i+1) }
	err = x.addList(ctx, "uploads.json", func(add func(any) error) error {
		for i, u := range uploads {
			if err := add(x.app.Wire.AccountUpload(u, name(i))); err != nil {
				return err
			}
		}
		return nil
	})
	for i, u := range uploads {
		if err != nil {
			return err
		}
		u.Length = u.Offset // there is no more of it
		parts := &partsReader{ctx: ctx, app: x.app, upload: u}
		_, failed := x.addFile(name(i), u.CreatedOn, parts)
		parts.Close()
		x.note(ctx, name(i), failed)
		err = x.goesOn(ctx)
	}
	return err
}

func (x *export) unfinished(ctx context.Context) (uploads []talkit.Upload, err error) {
	ids, err := x.app.DB.UploadsOfUser(ctx, x.who.UserID)
	for _, id := range ids {
		u, missing := x.app.DB.Upload(ctx, id)
		if err := ignoreMissing(missing); err != nil {
			return uploads, err
		}
		if missing == nil && u.RecordingID == nil {
			uploads = append(uploads, u)
		}
	}
	return uploads, err
}

// addLogos adds the pictures of the person's plugins.
func (x *export) addLogos(ctx context.Context) error {
	plugins, err := x.app.DB.PluginsOf(ctx, x.who.UserID, talkit.Page{Limit: maxPlugins})
	x.note(ctx, "The list of plugins", err)
	for _, p := range plugins.Items {
		if p.LogoKey == "" {
			continue
		}
		name := fmt.Sprintf("plugins/%d/logo.png", p.ID)
		x.note(ctx, name, x.addLogo(ctx, name, p))
		if err := x.goesOn(ctx); err != nil {
			return err
		}
	}
	return x.goesOn(ctx)
}

func (x *export) addLogo(ctx context.Context, name string, p talkit.Plugin) error {
	logo, err := x.app.Blobs.Open(ctx, p.LogoKey)
	if err != nil {
		return err
	}
	defer logo.Close()
	_, err = x.addFile(name, p.UpdatedOn, logo)
	return err
}

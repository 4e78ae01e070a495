package app

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// ExportAccount writes all that the person who asks has as a ZIP, in constant
// memory. What cannot be read is told of in errors.txt, in the ZIP; an error
// says that w took no more, or that the person was shut out meanwhile.
//
// Paths are made of ids alone: what people write is no path.
func (a *App) ExportAccount(ctx context.Context, who talkit.Caller, w io.Writer) error {
	if who.Kind != talkit.CallerUser {
		return talkit.Errorf(talkit.Forbidden, "Only the person whose account it is can have all of it.")
	}
	u, err := a.DB.User(ctx, who.UserID)
	if err != nil {
		return err
	}
	err = a.DB.InTx(ctx, func(tx *store.Tx) error { return a.audit(ctx, tx, who, "account.exported", "user", u.ID, "") })
	if err != nil {
		return err
	}
	out := &sink{w: w}
	x := &export{app: a, who: who, out: out, zip: zip.NewWriter(out)}
	x.note(ctx, "account.json", x.addJSON("account.json", u.UpdatedOn, a.Wire.Account(u)))
	for _, add := range []func(context.Context) error{x.addVocabulary, x.addKeys, x.addSessions, x.addInstallations, x.addPlugins, x.addLogos,
		x.addRecordings, x.addUploads} {
		if err := add(ctx); err != nil {
			return err
		}
	}
	if x.notes.Len() > 0 {
		if _, err := x.addFile("errors.txt", talkit.Now(), strings.NewReader(x.notes.String())); err != nil {
			return err
		}
	}
	return x.zip.Close()
}

// export is a ZIP that is being written.
type export struct {
	app   *App
	who   talkit.Caller
	out   *sink
	zip   *zip.Writer
	notes strings.Builder // what could not be read
}

// sink remembers that it took no more, so that this is not taken for trouble
// with reading.
type sink struct {
	w   io.Writer
	err error
}

func (s *sink) Write(p []byte) (int, error) {
	if s.err != nil {
		return 0, s.err
	}
	n, err := s.w.Write(p)
	s.err = err
	return n, err
}

// maxNotes bounds errors.txt, in bytes.
const maxNotes = 1 << 20

// note tells of a file that could not be read.
func (x *export) note(ctx context.Context, name string, err error) {
	if err == nil || x.out.err != nil || ctx.Err() != nil {
		return
	}
	x.app.Log.WarnContext(ctx, "left out of an export", "user_id", x.who.UserID, "file", name, "error", err)
	if x.notes.Len() < maxNotes {
		fmt.Fprintf(&x.notes, "%s could not be read, or not to its end. Export again, and tell the operator if it stays.\n", name)
	}
}

// goesOn ends the export for who is gone, was shut out or signed out.
func (x *export) goesOn(ctx context.Context) error {
	if x.out.err != nil {
		return x.out.err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	u, err := x.app.DB.User(ctx, x.who.UserID)
	if talkit.IsNotFound(err) || (err == nil && u.Disabled) {
		return shutOut()
	}
	if x.who.SessionID != 0 {
		living, err := x.app.Sessions(ctx, x.who)
		here := func(s talkit.Session) bool { return s.ID == x.who.SessionID }
		if err == nil && !slices.ContainsFunc(living, here) {
			return talkit.Errorf(talkit.Unauthenticated, "This browser was signed out.")
		}
	}
	return nil // what cannot be read right now is noted where it is needed
}

// addFile adds what from gives, as far as it can be read.
func (x *export) addFile(name string, on talkit.Time, from io.Reader) (size int64, err error) {
	method := zip.Deflate
	if strings.Contains(name, "/audio") { // compressed as it is, mostly
		method = zip.Store
	}
	to, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: method, Modified: on.Std()})
	if err != nil {
		return 0, err
	}
	return io.Copy(to, from)
}

func (x *export) addJSON(name string, on talkit.Time, v any) error {
	content, err := indented(v, "")
	if err == nil {
		_, err = x.addFile(name, on, bytes.NewReader(content))
	}
	return err
}

func indented(v any, prefix string) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent(prefix, "  ")
	err := encoder.Encode(v)
	return out.Bytes(), err
}

// addList adds a file of all that each gives, one after the other.
func (x *export) addList(ctx context.Context, name string, each func(add func(v any) error) error) error {
	to, err := x.zip.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: talkit.Now().Std()})
	if err != nil {
		return err
	}
	before := "[\n  "
	err = each(func(v any) error {
		content, err := indented(v, "  ")
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(to, "%s%s", before, bytes.TrimSpace(content))
		before = ",\n  "
		return err
	})
	x.note(ctx, name, err)
	end := "\n]\n"
	if strings.HasPrefix(before, "[") {
		end = "[]\n"
	}
	io.WriteString(to, end) // x.out knows if it failed
	return x.goesOn(ctx)
}

func (x *export) addVocabulary(ctx context.Context) error {
	v, err := x.app.DB.Vocabulary(ctx, x.who.UserID)
	if err == nil {
		err = x.addJSON("vocabulary.json", v.UpdatedOn, x.app.Wire.Vocabulary(v))
	}
	x.note(ctx, "vocabulary.json", err)
	return x.goesOn(ctx)
}

func (x *export) addKeys(ctx context.Context) error {
	return x.addList(ctx, "keys.json", func(add func(any) error) error {
		keys, err := x.app.DB.KeysOf(ctx, x.who.UserID)
		for _, k := range keys {
			if err := add(x.app.Wire.AccountKey(k)); err != nil {
				return err
			}
		}
		return err
	})
}

// exportPage is how many of a list are read at a time.
const exportPage = 50

func (x *export) addInstallations(ctx context.Context) error {
	return x.addList(ctx, "installations.json", func(add func(any) error) error {
		for p, more := (talkit.Page{Limit: exportPage}), true; more; {
			var list []talkit.Installation
			var err error
			if list, more, err = x.app.DB.InstallationsOfUser(ctx, x.who.UserID, p); err != nil {
				return err
			}
			for _, i := range list {
				plugin, err := x.app.DB.Plugin(ctx, i.PluginID)
				if err := ignoreMissing(err); err != nil {
					return err
				}
				if err := add(wire.AccountInstallation{PluginInstallation: x.app.Wire.PluginInstallation(i), PluginName: plugin.Name}); err != nil {
					return err
				}
				p.AfterID = i.ID
			}
		}
		return nil
	})
}

func (x *export) addPlugins(ctx context.Context) error {
	return x.addList(ctx, "plugins.json", func(add func(any) error) error {
		for p, more := (talkit.Page{Limit: exportPage}), true; more; {
			list, err := x.app.DB.PluginsOf(ctx, x.who.UserID, p)
			if err != nil {
				return err
			}
			for _, plugin := range list.Items {
				shown, err := x.plugin(ctx, plugin)
				if err != nil {
					return err
				}
				if err := add(shown); err != nil {
					return err
				}
				p.AfterID = plugin.ID
			}
			more = list.HasMore
		}
		return nil
	})
}

// plugin shows one with what belongs to it, of which there is little: see
// talkit.MaxSecretKeys and talkit.MaxWebhooks.
func (x *export) plugin(ctx context.Context, p talkit.Plugin) (wire.AccountPlugin, error) {
	shown := wire.AccountPlugin{Plugin: x.app.Wire.Plugin(p)}
	keys, err := x.app.DB.SecretKeys(ctx, p.ID, talkit.Page{Limit: talkit.MaxSecretKeys})
	if err != nil {
		return shown, err
	}
	hooks, err := x.app.DB.Webhooks(ctx, p.ID, talkit.Page{Limit: talkit.MaxWebhooks})
	shown.SecretKeys = talkit.MapList(keys, x.app.Wire.PluginSecretKey).Items
	shown.Webhooks = talkit.MapList(hooks, x.app.Wire.PluginWebhook).Items
	return shown, err
}

func (x *export) addRecordings(ctx context.Context) error {
	for p, more := (talkit.Page{Limit: exportPage}), true; more; {
		list, err := x.app.DB.RecordingsOfUser(ctx, x.who.UserID, p)
		if err != nil {
			x.note(ctx, fmt.Sprintf("The list of recordings, after number %d,", p.AfterID), err)
			return x.goesOn(ctx)
		}
		for _, r := range list.Items {
			x.addRecording(ctx, r)
			if err := x.goesOn(ctx); err != nil {
				return err
			}
			p.AfterID = r.ID
		}
		more = list.HasMore
	}
	return nil
}

func (x *export) addRecording(ctx context.Context, r talkit.Recording) {
	folder := fmt.Sprintf("recordings/%d/", r.ID)
	x.note(ctx, folder+"recording.json", x.addJSON(folder+"recording.json", r.UpdatedOn, x.app.Wire.Recording(r)))
	x.note(ctx, folder+"transcript.json", x.addText(ctx, folder, r.ID))
	if r.Audio.Key != "" {
		name := folder + "audio" + talkit.SoundExtension(r.Audio.ContentType)
		x.note(ctx, name, x.addAudio(ctx, name, r))
	}
}

// addText adds a recording's text in all its forms, once there is one.
func (x *export) addText(ctx context.Context, folder string, recordingID int64) error {
	ctx, done := context.WithCancel(ctx) // others wait while it is at a long text
	defer done()
	t, segments, err := x.app.ownText(ctx, x.who, recordingID)
	if err != nil {
		return ignoreMissing(err)
	}
	of, err := x.app.surroundings(ctx, x.who.Person, t)
	if err != nil {
		return err
	}
	whole := wire.Export{Transcript: x.app.Wire.OwnTranscript(of.around(t)), Segments: x.app.Wire.Segments(segments)}
	if err := x.addJSON(folder+"transcript.json", t.UpdatedOn, whole); err != nil {
		return err
	}
	for _, form := range []struct {
		extension string
		format    ExportFormat
	}{{".txt", PlainTxt}, {".md", Markdown}, {".srt", SRT}, {".vtt", WebVTT}} {
		if _, err := x.addFile(folder+"transcript"+form.extension, t.UpdatedOn, strings.NewReader(exportAs(form.format, t.Name, segments))); err != nil {
			return err
		}
	}
	return x.addList(ctx, folder+"revisions.json", func(add func(any) error) error { return x.revisions(ctx, recordingID, add) })
}

// revisions are read one by one, as each is a whole text.
func (x *export) revisions(ctx context.Context, recordingID int64, add func(any) error) error {
	for p, more := (talkit.Page{Limit: 1}), true; more; {
		list, err := x.app.DB.Revisions(ctx, recordingID, p)
		if err != nil {
			return err
		}
		for _, v := range list.Items {
			if err := add(x.app.Wire.Revision(v.Revision, v.Run)); err != nil {
				return err
			}
			p.AfterID = v.ID
		}
		more = list.HasMore
	}
	return nil
}

func (x *export) addAudio(ctx context.Context, name string, r talkit.Recording) error {
	sound, err := x.app.openSound(ctx, r.Audio, r.CreatedOn)
	if err != nil {
		return err
	}
	defer sound.Close()
	size, err := x.addFile(name, r.CreatedOn, sound)
	if err == nil && size != r.Audio.Size {
		err = fmt.Errorf("%d bytes of %d", size, r.Audio.Size)
	}
	return err
}

package app

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/iotest"

	"talkit"
	"talkit/internal/blob"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// uploading is an app whose sound is whatever begins with "sound", and someone
// who uploads some.
type uploading struct {
	*App
	t   *testing.T
	who talkit.Caller
}

func uploads(t *testing.T, db *store.DB) *uploading {
	a := testApp(t, db)
	a.MaxUpload = 16 << 20
	a.Probe = func(_ context.Context, path string) (talkit.Audio, error) {
		content, err := os.ReadFile(path)
		if err == nil && !bytes.HasPrefix(content, []byte("sound")) {
			err = talkit.Errorf(talkit.Unsupported, "This is no sound.")
		}
		return talkit.Audio{ContentType: "audio/wav"}, err
	}
	return &uploading{a, t, talkit.Caller{Kind: talkit.CallerUser, UserID: storetest.RowsOf(t, db).User().ID}}
}

// eachUploads runs f on both databases.
func eachUploads(t *testing.T, f func(t *testing.T, a *uploading)) {
	storetest.Each(t, func(t *testing.T, db *store.DB) { f(t, uploads(t, db)) })
}

// begin makes an upload of a length.
func (a *uploading) begin(length int64) string {
	a.t.Helper()
	u, err := a.BeginUpload(a.t.Context(), a.who, NewUpload{Recording: talkit.Recording{Name: "Visit", Type: talkit.Note}, Length: length})
	if err != nil {
		a.t.Fatal(err)
	}
	return u.ID
}

// append wants a text to bring the upload to an offset.
func (a *uploading) append(id string, offset int64, text string) {
	a.t.Helper()
	if end, err := a.AppendUpload(a.t.Context(), a.who, id, offset, all(text)); err != nil || end != offset+int64(len(text)) {
		a.t.Fatalf("append at %d: %d, %v", offset, end, err)
	}
}

// at wants an upload to have come that far.
func (a *uploading) at(id string, offset int64) {
	a.t.Helper()
	if u, err := a.FetchUpload(a.t.Context(), a.who, id); err != nil || u.Offset != offset {
		a.t.Errorf("the upload is at %d, %v; want %d", u.Offset, err, offset)
	}
}

// gone wants an upload to answer as one that never was.
func (a *uploading) gone(who talkit.Caller, id string) {
	a.t.Helper()
	ctx, from := a.t.Context(), all("x")
	_, fetched := a.FetchUpload(ctx, who, id)
	_, appended := a.AppendUpload(ctx, who, id, 0, from)
	_, finished := a.FinishUpload(ctx, who, id)
	for _, err := range []error{fetched, appended, finished, a.DeclareUpload(ctx, who, id, 1), a.AbandonUpload(ctx, who, id)} {
		if !talkit.IsNotFound(err) {
			a.t.Errorf("got %v, want what does not exist", err)
		}
	}
}

// keeps sweeps and wants so many blobs to be left.
func (a *uploading) keeps(want int) {
	a.t.Helper()
	if err := a.Sweep(a.t.Context()); err != nil {
		a.t.Fatal(err)
	}
	got := 0
	if err := a.Blobs.List(a.t.Context(), func(blob.Info) error { got++; return nil }); err != nil || got != want {
		a.t.Errorf("%d blobs are left, %v; want %d", got, err, want)
	}
}

// finish wants an upload to become a recording of a text.
func (a *uploading) finish(id, text string) wire.Recording {
	a.t.Helper()
	r, err := a.FinishUpload(a.t.Context(), a.who, id)
	if err != nil {
		a.t.Fatal(err)
	}
	row, err := a.DB.Recording(a.t.Context(), r.ID)
	if err != nil {
		a.t.Fatal(err)
	}
	sound, err := a.Blobs.Open(a.t.Context(), row.Audio.Key)
	if err != nil {
		a.t.Fatal(err)
	}
	defer sound.Close()
	if content, err := io.ReadAll(sound); err != nil || string(content) != text || row.Audio.Size != int64(len(text)) {
		a.t.Errorf("%d bytes became %d, %v", len(text), len(content), err)
	}
	return r
}

func all(text string) io.ReadCloser { return io.NopCloser(strings.NewReader(text)) }

// broken gives a text and fails.
func broken(text string) io.ReadCloser {
	return io.NopCloser(io.MultiReader(strings.NewReader(text), iotest.ErrReader(errLine)))
}

var errLine = errors.New("the line is cut")

func wantKind(t *testing.T, what string, err error, kind talkit.Kind) {
	t.Helper()
	if err == nil || talkit.KindOf(err) != kind {
		t.Errorf("%s: got %v, want an error of kind %s", what, err, kind)
	}
}

func TestUploadBecomesOneRecording(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		id := a.begin(10)
		a.append(id, 0, "sou")
		a.append(id, 3, "nd")
		_, err := a.FinishUpload(t.Context(), a.who, id)
		wantKind(t, "finish half of it", err, talkit.Conflict)
		_, err = a.AppendUpload(t.Context(), a.who, id, 3, all("nd wave"))
		wantKind(t, "go on elsewhere", err, talkit.Conflict)
		a.append(id, 5, " wave")
		r := a.finish(id, "sound wave")
		if again := a.finish(id, "sound wave"); again.ID != r.ID || r.Name != "Visit" {
			t.Errorf("finished as %+v, then as %+v", r, again)
		}
		_, err = a.AppendUpload(t.Context(), a.who, id, 10, all("!"))
		wantKind(t, "append to what is finished", err, talkit.TooLarge)
		a.keeps(1)
		if u, err := a.FetchUpload(t.Context(), a.who, id); err != nil || u.RecordingID == nil || *u.RecordingID != r.ID {
			t.Errorf("its client learns %+v, %v", u, err)
		}
		if err := a.AbandonUpload(t.Context(), a.who, id); err != nil {
			t.Error(err)
		}
		a.gone(a.who, id)
		if _, err := a.FetchRecording(t.Context(), a.who, r.ID); err != nil {
			t.Errorf("the recording went with its upload: %v", err)
		}
	})
}

// TestUploadInParts: large portions are safe as they come, and are one at the end.
func TestUploadInParts(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		text := "sound" + strings.Repeat("0123456789abcdef", 9<<16)
		id := a.begin(talkit.UnknownLength)
		a.append(id, 0, text)
		parts, err := a.DB.UploadParts(t.Context(), id, 0, 10)
		if err != nil || len(parts) != 3 || parts[0].Size != talkit.MaxUploadPart || parts[2].Start != 2*talkit.MaxUploadPart {
			t.Errorf("parts %+v, %v", parts, err)
		}
		wantKind(t, "a length less than that", a.DeclareUpload(t.Context(), a.who, id, 5), talkit.Conflict)
		wantKind(t, "a length of nothing", a.DeclareUpload(t.Context(), a.who, id, 0), talkit.Invalid)
		if err := a.DeclareUpload(t.Context(), a.who, id, int64(len(text))); err != nil {
			t.Fatal(err)
		}
		a.finish(id, text)
		a.keeps(1)
	})
}

// TestUploadOfABrokenLine keeps what came before.
func TestUploadOfABrokenLine(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		id := a.begin(10)
		ctx, cancel := context.WithCancel(t.Context())
		from := &closing{Reader: io.MultiReader(strings.NewReader("sound"), readerFunc(func([]byte) (int, error) {
			cancel() // as net/http does when the client is gone
			return 0, errLine
		}))}
		if end, err := a.AppendUpload(ctx, a.who, id, 0, from); end != 5 || !errors.Is(err, errLine) {
			t.Fatalf("%d, %v", end, err)
		}
		a.at(id, 5)
		if end, err := a.AppendUpload(t.Context(), a.who, id, 5, broken("")); end != 5 || !errors.Is(err, errLine) {
			t.Fatalf("nothing but an error: %d, %v", end, err)
		}
		a.append(id, 5, " wave")
		a.finish(id, "sound wave")
		a.keeps(1)
	})
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// closing tells whether it was closed.
type closing struct {
	io.Reader
	closed chan struct{}
}

func (c *closing) Close() error { close(c.closed); return nil }

// TestTheNewestGoesOn: whoever was at an upload lets go of it, with what came
// until then.
func TestTheNewestGoesOn(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		id := a.begin(10)
		sound, feed := io.Pipe()
		closed := make(chan struct{})
		first := make(chan error, 1)
		go func() {
			end, err := a.AppendUpload(t.Context(), a.who, id, 0, &closing{sound, closed})
			if end != 5 {
				t.Errorf("the first kept %d bytes", end)
			}
			first <- err
		}()
		feed.Write([]byte("sound")) // read, so it is at work
		go func() {
			<-closed
			feed.CloseWithError(errLine)
		}()
		_, err := a.AppendUpload(t.Context(), a.who, id, 0, all("SOUND"))
		wantKind(t, "the second, where the upload no longer ends", err, talkit.Conflict)
		wantKind(t, "the first", <-first, talkit.Locked)
		a.append(id, 5, " wave")
		a.finish(id, "sound wave")
	})
}

// TestTwoProcesses at one upload: what one of them brings counts, the other's
// does not, and nothing is mixed.
func TestTwoProcesses(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		other := &uploading{&App{DB: a.DB, Blobs: a.Blobs, Log: a.Log, Changes: NewChanges(), MaxUpload: a.MaxUpload, Probe: a.Probe}, t, a.who}
		id := a.begin(10)
		sound, feed := io.Pipe()
		first := make(chan error, 1)
		go func() {
			_, err := a.AppendUpload(t.Context(), a.who, id, 0, sound)
			first <- err
		}()
		feed.Write([]byte("SOUND"))
		other.append(id, 0, "sound")
		feed.Close()
		wantKind(t, "the slower one", <-first, talkit.Conflict)
		a.append(id, 5, " wave")

		var ids [4]int64
		var finished sync.WaitGroup
		for i := range ids {
			finished.Go(func() {
				r, err := []*uploading{a, other}[i%2].FinishUpload(t.Context(), a.who, id)
				if err != nil {
					t.Error(err)
				}
				ids[i] = r.ID
			})
		}
		finished.Wait()
		if want := [4]int64{ids[0], ids[0], ids[0], ids[0]}; ids != want {
			t.Errorf("finished as recordings %v", ids)
		}
		a.finish(id, "sound wave")
		a.keeps(1)
	})
}

// dying is a store whose process dies right after a blob was put.
type dying struct{ blob.Store }

func (d dying) Put(ctx context.Context, key string, r io.Reader) (int64, error) {
	size, err := d.Store.Put(ctx, key, r)
	if err == nil {
		panic("kill -9")
	}
	return size, err
}

// dies runs f in a process that dies of it.
func (a *uploading) dies(f func(dead *App)) {
	a.t.Helper()
	defer func() {
		if recover() != "kill -9" {
			a.t.Error("it did not die")
		}
	}()
	f(&App{DB: a.DB, Blobs: dying{a.Blobs}, Log: a.Log, Changes: NewChanges(), MaxUpload: a.MaxUpload, Probe: a.Probe})
}

// TestUploadSurvivesCrashes: what was acknowledged is there, what was not is
// swept away, and the end can be repeated.
func TestUploadSurvivesCrashes(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		id := a.begin(10)
		a.append(id, 0, "sou")
		a.dies(func(dead *App) { dead.AppendUpload(t.Context(), a.who, id, 3, all("nd wave")) })
		a.at(id, 3)
		a.append(id, 3, "nd wave")
		a.dies(func(dead *App) { dead.FinishUpload(t.Context(), a.who, id) })
		a.at(id, 10)

		probe := a.Probe
		a.Probe = func(context.Context, string) (talkit.Audio, error) {
			return talkit.Audio{}, errors.New("out of memory")
		}
		if _, err := a.FinishUpload(t.Context(), a.who, id); talkit.KindOf(err) != talkit.Internal {
			t.Errorf("a fault: %v", err)
		}
		a.Probe = probe
		r := a.finish(id, "sound wave")
		if list, err := a.ListRecordings(t.Context(), a.who, talkit.Page{Limit: 10}); err != nil || list.TotalCount != 1 || list.Data[0].ID != r.ID {
			t.Errorf("recordings %+v, %v", list, err)
		}
		a.hurry()
		a.keeps(1)
	})
}

// hurry ends the time of all loose blobs.
func (a *uploading) hurry() {
	a.t.Helper()
	if _, err := a.DB.Writer().ExecContext(a.t.Context(), "UPDATE loose_blobs SET sweep_on = 0"); err != nil {
		a.t.Fatal(err)
	}
}

// TestUploadOfNoSound leaves nothing.
func TestUploadOfNoSound(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		id := a.begin(5)
		a.append(id, 0, "words")
		_, err := a.FinishUpload(t.Context(), a.who, id)
		wantKind(t, "words", err, talkit.Unsupported)
		a.gone(a.who, id)
		a.keeps(0)
	})
}

// TestUploadOutlivesTheSettings: what was taken is not given up for what changed
// meanwhile, nor because the machine had no time to look at it.
func TestUploadOutlivesTheSettings(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		u, err := a.BeginUpload(t.Context(), a.who, NewUpload{Recording: talkit.Recording{Type: talkit.Note, Language: "de"}, Length: talkit.UnknownLength})
		if err != nil {
			t.Fatal(err)
		}
		a.append(u.ID, 0, "sound wave")
		a.MaxUpload = 5
		a.Speech = func(string) (talkit.SpeechModel, error) {
			return talkit.SpeechModel{Name: "tiny.en", Languages: []string{"en"}}, nil
		}
		wantKind(t, "more than has come", a.DeclareUpload(t.Context(), a.who, u.ID, 11), talkit.TooLarge)
		l, err := a.HoldLive(t.Context(), a.who, u.ID, false, func() {})
		if err != nil {
			t.Fatal(err)
		}
		probe := a.Probe
		a.Probe = func(context.Context, string) (talkit.Audio, error) {
			return talkit.Audio{}, talkit.Errorf(talkit.Unavailable, "There was no time.")
		}
		_, err = l.End(t.Context())
		wantKind(t, "no time", err, talkit.Unavailable)
		_, err = a.FinishUpload(t.Context(), a.who, u.ID)
		wantKind(t, "no time again", err, talkit.Unavailable)
		a.Probe = probe
		if r := a.finish(u.ID, "sound wave"); r.Language != "de" {
			t.Errorf("it became %+v", r)
		}
	})
}

func TestUploadLimits(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		ctx := t.Context()
		a.MaxUpload = 10
		for length, kind := range map[int64]talkit.Kind{11: talkit.TooLarge, 0: talkit.Invalid, -2: talkit.Invalid} {
			_, err := a.BeginUpload(ctx, a.who, NewUpload{Recording: talkit.Recording{Type: talkit.Note}, Length: length})
			wantKind(t, "a bad length", err, kind)
		}
		_, err := a.BeginUpload(ctx, a.who, NewUpload{Recording: talkit.Recording{Type: "song"}, Length: 1})
		wantKind(t, "a bad type", err, talkit.Invalid)

		id := a.begin(5)
		a.append(id, 0, "so")
		end, err := a.AppendUpload(ctx, a.who, id, 2, all("unds"))
		wantKind(t, "more than was said", err, talkit.TooLarge)
		if end != 2 {
			t.Errorf("%d bytes are kept of what was too much", end)
		}
		a.append(id, 2, "und")
		a.finish(id, "sound")

		id = a.begin(talkit.UnknownLength)
		wantKind(t, "a length over the limit", a.DeclareUpload(ctx, a.who, id, 11), talkit.TooLarge)
		_, err = a.AppendUpload(ctx, a.who, id, 0, all("sound wave!"))
		wantKind(t, "more than the limit", err, talkit.TooLarge)
		a.at(id, 0)
		a.append(id, 0, "sound wave")
		_, err = a.AppendUpload(ctx, a.who, id, 10, all("!"))
		wantKind(t, "a byte over the limit", err, talkit.TooLarge)
		if err := a.DeclareUpload(ctx, a.who, id, 10); err != nil {
			t.Error(err)
		}
		a.finish(id, "sound wave")
		a.keeps(2)
	})
}

// TestUploadOfSomeoneElse is not there, and not even disturbed.
func TestUploadOfSomeoneElse(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		rows := storetest.RowsOf(t, a.DB)
		plugin := rows.Plugin(rows.User())
		granted := rows.Installation(plugin, talkit.User{ID: a.who.UserID})
		granted.Permissions = talkit.Permissions{talkit.ResourceRecording: talkit.AccessWrite}
		installed := talkit.Caller{Kind: talkit.CallerInstallation, UserID: a.who.UserID, Installation: &granted}
		stranger := talkit.Caller{Kind: talkit.CallerUser, UserID: rows.User().ID}

		id := a.begin(5)
		a.gone(stranger, id)
		a.gone(installed, id)
		theirs, err := a.BeginUpload(t.Context(), installed, NewUpload{Recording: talkit.Recording{Type: talkit.Note}, Length: 5})
		if err != nil {
			t.Fatal(err)
		}
		a.gone(a.who, theirs.ID)
		a.append(id, 0, "sound")

		installed.Installation.Permissions = talkit.Permissions{}
		_, err = a.AppendUpload(t.Context(), installed, theirs.ID, 0, all("sound"))
		wantKind(t, "without the permission", err, talkit.Forbidden)
		installed.Installation.Permissions = talkit.Permissions{talkit.ResourceRecording: talkit.AccessWrite}
		if _, err := a.AppendUpload(t.Context(), installed, theirs.ID, 0, all("sound")); err != nil {
			t.Fatal(err)
		}
		r, err := a.FinishUpload(t.Context(), installed, theirs.ID)
		if err != nil {
			t.Fatal(err)
		}
		if row, err := a.DB.Recording(t.Context(), r.ID); err != nil || row.InstallationID == nil || *row.InstallationID != granted.ID {
			t.Errorf("the installation's recording is %+v, %v", row, err)
		}
	})
}

// TestUploadsExpire, and those of a person who goes are erased.
func TestUploadsExpire(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		late, other := a.begin(10), a.begin(10)
		a.append(late, 0, "sound")
		a.append(other, 0, "sound")
		if _, err := a.DB.Writer().ExecContext(t.Context(), "UPDATE uploads SET expires_on = 1 WHERE id = '"+late+"'"); err != nil {
			t.Fatal(err)
		}
		a.gone(a.who, late)
		a.keeps(1)
		a.at(other, 5)
		err := a.DB.InTx(t.Context(), func(tx *store.Tx) error { return a.eraseUploads(t.Context(), tx, a.who.UserID) })
		if err != nil {
			t.Fatal(err)
		}
		a.gone(a.who, other)
		a.keeps(0)
	})
}

// What is begun and never finished holds room: there is an end to it, for each
// who begins.
func TestUnfinishedUploadsAreFew(t *testing.T) {
	eachUploads(t, func(t *testing.T, a *uploading) {
		first := a.begin(5)
		for range maxUnfinished - 1 {
			a.begin(5)
		}
		n := NewUpload{Recording: talkit.Recording{Type: talkit.Note}, Length: 5}
		if _, err := a.BeginUpload(t.Context(), a.who, n); talkit.KindOf(err) != talkit.TooMany {
			t.Errorf("one more: %v", err)
		}
		rows := storetest.RowsOf(t, a.DB)
		if _, err := a.BeginUpload(t.Context(), talkit.Caller{Kind: talkit.CallerUser, UserID: rows.User().ID}, n); err != nil {
			t.Errorf("another person: %v", err)
		}
		i := rows.Installation(rows.Plugin(rows.User()), talkit.User{ID: a.who.UserID})
		i.Permissions = talkit.Permissions{talkit.ResourceRecording: talkit.AccessWrite}
		if _, err := a.BeginUpload(t.Context(), talkit.Caller{Kind: talkit.CallerInstallation, UserID: a.who.UserID, Installation: &i}, n); err != nil {
			t.Errorf("a plugin of the person: %v", err)
		}
		if err := a.AbandonUpload(t.Context(), a.who, first); err != nil {
			t.Fatal(err)
		}
		a.begin(5)
	})
}

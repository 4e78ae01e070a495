package web

import (
	"context"
	"crypto/rand"
	"database/sql"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/auth"
	"talkit/internal/blob"
	"talkit/internal/door"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
	"talkit/wire"
)

// site is all pages over a real SQLite, without a server around them.
type site struct {
	*Web
	t    testing.TB
	rows storetest.Rows
}

// noQueue takes jobs that nobody works.
type noQueue struct{}

func (noQueue) Insert(context.Context, *sql.Tx, []store.Entry) error { return nil }
func (noQueue) Committed()                                           {}

type noProxies struct{}

func (noProxies) Trusts(string) bool { return false }

func newSite(t testing.TB) *site {
	t.Helper()
	return siteOn(t, storetest.Open(t, storetest.SQLite(t)))
}

// siteOn is all pages over a database.
func siteOn(t testing.TB, db *store.DB) *site {
	t.Helper()
	db.UseQueue(noQueue{})
	blobs, err := blob.OpenDisk(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { blobs.Close() })
	log := slog.New(slog.DiscardHandler)
	a := &app.App{DB: db, Blobs: blobs, Log: log, Changes: app.NewChanges(), Wire: wire.Maker{URL: "http://talkit.test"}}
	web, err := New(Options{App: a, Door: door.Door{Log: log, Proxies: noProxies{}}, MaxUpload: 1 << 20})
	if err != nil {
		t.Fatal(err)
	}
	return &site{web, t, storetest.RowsOf(t, db)}
}

// browser is a person who is signed in.
type browser struct {
	*site
	talkit.User
	cookie string
}

func (s *site) person() browser {
	s.t.Helper()
	b := browser{s, s.rows.User(), rand.Text()}
	now := talkit.Now()
	s.rows.Do(func(tx *store.Tx) error {
		return tx.AddSession(s.t.Context(), &talkit.Session{UserID: b.ID, Hash: auth.HashKey(b.cookie), CreatedOn: now, SeenOn: now, ExpiresOn: now.Add(time.Hour)})
	})
	return b
}

func (b browser) caller() talkit.Caller {
	return talkit.Caller{Kind: talkit.CallerUser, UserID: b.ID, Person: b.User}
}

func (b browser) get(path string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.send(httptest.NewRequest(http.MethodGet, path, nil))
}

// post sends a form of names and values in turn.
func (b browser) post(path string, pairs ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(http.MethodPost, path, strings.NewReader(values.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.send(r)
}

func (b browser) send(r *http.Request) *httptest.ResponseRecorder {
	r.AddCookie(&http.Cookie{Name: door.SessionCookie(b.App.Wire.URL), Value: b.cookie})
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r.WithContext(b.t.Context()))
	return w
}

// sees wants a page with all of these, and none of those that begin with a "!".
func (b browser) sees(path string, parts ...string) string {
	b.t.Helper()
	return seen(b.t, path, b.get(path), http.StatusOK, parts...)
}

// refused wants a form shown again with these.
func (b browser) refused(status int, w *httptest.ResponseRecorder, parts ...string) string {
	b.t.Helper()
	return seen(b.t, "a form", w, status, parts...)
}

func seen(t testing.TB, what string, w *httptest.ResponseRecorder, status int, parts ...string) string {
	t.Helper()
	body := w.Body.String()
	if w.Code != status {
		t.Fatalf("%s: %d, want %d: %s", what, w.Code, status, body)
	}
	for _, part := range parts {
		not, unwanted := strings.CutPrefix(part, "!")
		if unwanted && strings.Contains(body, not) || !unwanted && !strings.Contains(body, part) {
			t.Errorf("%s: want %q in %s", what, part, body)
		}
	}
	return body
}

// sent wants the browser sent on to a path.
func (b browser) sent(w *httptest.ResponseRecorder, path string) {
	b.t.Helper()
	if got := w.Header().Get("Location"); w.Code != http.StatusSeeOther || got != path {
		b.t.Errorf("%d to %q, want to %q: %s", w.Code, got, path, w.Body)
	}
}

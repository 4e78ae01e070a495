package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"talkit"
	"talkit/internal/store"
)

func TestAdminNamesAreEscaped(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss := s.person().may("admin")
	b := s.person()
	b.FirstName, b.LastName = hostile, "</title>"+hostile
	b.may("developer")
	p := s.rows.Plugin(b.User)
	p.Name = hostile
	failed := b.recording(nil)
	if err := s.App.FailRun(t.Context(), failed.Run.ID, hostile); err != nil {
		t.Fatal(err)
	}
	s.rows.Do(func(tx *store.Tx) error {
		if err := tx.SetPlugin(t.Context(), p); err != nil {
			return err
		}
		return tx.AddAudit(t.Context(), store.AuditEntry{CreatedOn: talkit.Now(), Actor: talkit.CallerKind(hostile), ActorID: 999, Address: hostile, Action: hostile,
			Thing: "plugin", ThingID: p.ID, Detail: hostile})
	})
	for _, page := range []string{"/admin", "/admin/people", "/admin/people?q=%3Cscript%3Ealert(1)", fmt.Sprintf("/admin/people/%d", b.ID), fmt.Sprintf("/admin/people/%d/delete", b.ID),
		"/admin/queue", "/admin/plugins", "/admin/audit", "/admin/audit?action=%3Cscript%3Ealert(1)", "/admin/audit?who=%3Cscript%3Ealert(1)"} {
		boss.sees(page, "!<script>alert", "!<img src=x", "!</title>&")
	}
}

// TestOneOperatorStays: the last one can neither give it up, nor be shut out
// or deleted.
func TestOneOperatorStays(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss := s.person().may("admin")
	path := fmt.Sprintf("/admin/people/%d", boss.ID)
	const refused = "Nobody else runs this server."
	boss.refused(http.StatusConflict, boss.post(path, "was", "admin", "developer", "1"), refused)
	boss.refused(http.StatusConflict, boss.post(path, "was", "admin", "admin", "1", "disabled", "1"), refused)
	boss.refused(http.StatusConflict, boss.post(path+"/delete"), refused)
	boss.sees("/admin")
	s.person().may("admin")
	boss.sent(boss.post(path, "was", "admin", "developer", "1"), path+"?done=saved")
	if w := boss.get("/admin"); w.Code != http.StatusNotFound {
		t.Errorf("who gave it up still sees it: %d", w.Code)
	}
}

// TestOldPagesOfAPerson: only what was changed on them is changed, and what was
// chosen stays when it is refused.
func TestOldPagesOfAPerson(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss, b := s.person().may("admin"), s.person().may()
	path := fmt.Sprintf("/admin/people/%d", b.ID)
	old := fieldsOf(boss.sees(path))
	boss.sent(boss.post(path, "disabled", "1"), path+"?done=saved") // on another page
	boss.sent(boss.post(path, append(old, "developer", "1")...), path+"?done=saved")
	u, err := s.App.DB.User(t.Context(), b.ID)
	if err != nil || !u.Developer || !u.Disabled || u.Admin {
		t.Errorf("%+v, %v", u, err)
	}
	own := fmt.Sprintf("/admin/people/%d", boss.ID)
	boss.refused(http.StatusConflict, boss.post(own, append(fieldsOf(boss.sees(own)), "disabled", "1")...), "Nobody else runs this server.",
		`name="disabled" value="1" checked>`, `name="was" value="admin"`, `!name="admin" value="1" checked`)
}

// TestAnInvitationKeepsWhatWasChosen, also that no letter is wanted.
func TestAnInvitationKeepsWhatWasChosen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.App.Mail = func(context.Context, string, func(context.Context) (talkit.Mail, error)) error { return nil }
	boss := s.person().may("admin")
	boss.sees("/admin/people/new", `name="mail" value="1" checked>`)
	boss.refused(http.StatusUnprocessableEntity, boss.post("/admin/people/new", "email", "nobody", "developer", "1"), `name="mail" value="1">`, `name="developer" value="1" checked>`)
}

func TestLinkIsShownOnce(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss, b := s.person().may("admin"), s.person()
	path := fmt.Sprintf("/admin/people/%d", b.ID)
	link := secret(t, boss.refused(http.StatusOK, boss.post(path+"/link", "how", "link"), "works once"))
	invited := secret(t, boss.refused(http.StatusCreated, boss.post("/admin/people/new", "email", "grace@example.org"), "for a week"))
	for _, page := range []string{path, "/admin/people", "/admin/audit"} {
		body := boss.sees(page)
		for _, value := range []string{link, invited} {
			if strings.Contains(body, value[strings.LastIndex(value, "/"):]) {
				t.Errorf("%s shows a link again", page)
			}
		}
	}
	boss.refused(http.StatusUnprocessableEntity, boss.post("/admin/people/new", "email", "nobody", "first_name", "Kept"), `value="Kept"`)
}

// TestAuditInWords: what is still there is named, with a link to its page.
func TestAuditInWords(t *testing.T) {
	t.Parallel()
	s := newSite(t).sealing()
	boss, b := s.person().may("admin", "developer"), s.person()
	boss.post("/developers/plugins/new", "name", "Field Notes")
	boss.post("/developers/plugins/1/keys", "description", "x")
	boss.post(fmt.Sprintf("/admin/people/%d", b.ID), "developer", "1", "disabled", "1")
	person := func(id int64, email string) string {
		return fmt.Sprintf(`<a href="/admin/people/%d">%s</a>`, id, email)
	}
	boss.sees("/admin/audit", person(boss.ID, boss.Email), person(b.ID, b.Email), "disabled=true", `<a href="/admin/plugins?after=0">plugin Field Notes</a>`,
		`secret key 1 <a href="/admin/plugins?after=0">of plugin 1</a>`)
	boss.sees("/admin/plugins?after=0", "Field Notes")
	boss.post("/developers/plugins/1/delete")
	boss.sees("/admin/audit?action=plugin.", "<td>plugin 1</td>", "!of plugin")
	boss.sees(fmt.Sprintf("/admin/audit?who=%d", boss.ID), "plugin.deleted")
	boss.sees(fmt.Sprintf("/admin/audit?who=%d", b.ID), "Nothing fits this filter")
	boss.sees("/admin/audit?who="+boss.Email, "plugin.deleted")
	boss.sees("/admin/audit?from=2001-01-01&until=2001-01-02", "Nothing fits this filter")
}

func TestAuditAsCSV(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss := s.person().may("admin")
	const long = 2*100 + 7 // more than two parts
	s.rows.Do(func(tx *store.Tx) error {
		for n := range long {
			if err := tx.AddAudit(t.Context(), store.AuditEntry{CreatedOn: talkit.Now(), Actor: talkit.CallerUser, ActorID: boss.ID, Address: "192.0.2.1",
				Action: "key.created", Thing: "key", ThingID: int64(n), Detail: `=HYPERLINK("http://evil.example";"a")`}); err != nil {
				return err
			}
		}
		return nil
	})
	w := boss.get("/admin/audit.csv?action=key.")
	rows, err := csv.NewReader(w.Body).ReadAll()
	if err != nil || len(rows) != 1+long || w.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(w.Header().Get("Content-Disposition"), "attachment;") {
		t.Fatalf("%d rows, %v, %v", len(rows), err, w.Header())
	}
	if last := rows[1]; last[3] != boss.Email || last[7] != fmt.Sprint(long-1) || last[8] != `'=HYPERLINK("http://evil.example";"a")` {
		t.Errorf("%q", last)
	}
}

// TestCells: no spreadsheet runs what a cell says, wherever it cuts cells.
func TestCells(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"": "", "user.changed": "user.changed", "2026-08-01T09:00:00Z": "2026-08-01T09:00:00Z", "ada-b@example.org": "ada-b@example.org", "plugin=3 user=read": "plugin=3 user=read",
		"=1+1": "'=1+1", "+1": "'+1", "-1": "'-1", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r\n=1": "'\r\n=1", "  =1": "'  =1",
		"a;=1": "a;'=1", "a,=1": "a,'=1", "a\n=1": "a\n'=1", `a"=1`: `a"'=1`, "＝1+1": "'＝1+1",
	} {
		if got := cells(text)[0]; got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

package web

import (
	"context"
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
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

// engineFailed is what the person is told where the engine failed on all of it.
const engineFailed = "The speech engine failed several times on all of this recording. " +
	"The sound is kept; try again, and if it fails again ask the operator to run talkit doctor."

// TestRunAgainFromTheQueue: one, at the part of the list where it stood, and
// all that failed by no fault of theirs.
func TestRunAgainFromTheQueue(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss, b := s.person().may("admin"), s.person()
	var failed []talkit.Recording
	for i, words := range []string{engineFailed, "There is no sound in it.", engineFailed, "There is no sound in it."} {
		failed = append(failed, b.recording(nil))
		if err := s.App.FailRun(t.Context(), failed[i].Run.ID, words); err != nil {
			t.Fatal(err)
		}
	}
	stands := func(i int, want talkit.RecordingStatus) {
		t.Helper()
		if r, err := s.App.DB.Recording(t.Context(), failed[i].ID); err != nil || r.Status != want {
			t.Errorf("recording %d is %s, want %s: %v", i, r.Status, want, err)
		}
	}
	at := fmt.Sprint(failed[2].ID)
	page := boss.sees("/admin/queue?before="+at, "Run 2 recordings again", "There is no sound in it.")
	boss.sent(boss.post(fmt.Sprintf("/admin/queue/%d", failed[1].ID), fieldsOf(page)[:2]...), "/admin/queue?before="+at+"&done=again")
	stands(1, talkit.RecordingQueued)
	boss.sent(boss.post("/admin/queue/again"), "/admin/queue?done=again")
	stands(0, talkit.RecordingQueued)
	stands(2, talkit.RecordingQueued)
	stands(3, talkit.RecordingFailed)
	boss.sees("/admin/queue?done=again", "It runs again.", "There is no sound in it.", "!Run 2", "!The speech engine failed")
	boss.sees("/admin/queue?state=waiting", "!Run 2", "Waits its turn")
	boss.sees("/admin/queue", ">Run again<", "!no longer kept")
	erased := b.recording(func(r *talkit.Recording) { r.Audio.Key = "" })
	if err := s.App.FailRun(t.Context(), erased.Run.ID, engineFailed); err != nil {
		t.Fatal(err)
	}
	if page := boss.sees("/admin/queue", "Its sound is no longer kept"); strings.Count(page, ">Run again<") != 1 {
		t.Error("what cannot be run again can be")
	}
}

// TestTheOverviewNamesWebhooks: those that fail first, then those that take what
// is sent.
func TestTheOverviewNamesWebhooks(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss, dev := s.person().may("admin"), s.person().may("developer")
	boss.sees("/admin", "!<h2>Webhooks</h2>")
	p := s.rows.Plugin(dev.User)
	well, failing, quiet := s.rows.Webhook(p), s.rows.Webhook(p), s.rows.Webhook(p)
	now := talkit.Now()
	s.rows.Do(func(tx *store.Tx) error {
		for i, w := range []*talkit.Webhook{&well, &failing, &quiet} {
			w.URI = fmt.Sprintf("https://%s.example.org/secret-path", []string{"well", "failing", "quiet"}[i])
			if err := tx.SetWebhook(t.Context(), *w); err != nil {
				return err
			}
		}
		return tx.SetWebhookFailing(t.Context(), failing.ID, now.Add(-50*time.Hour))
	})
	for _, code := range []int{204, 204, 500, 204} {
		d := s.rows.Delivery(p, well)
		s.rows.Do(func(tx *store.Tx) error {
			d.Status = talkit.DeliverySucceeded
			_, err := tx.FinishAttempt(t.Context(), d, talkit.Attempt{DeliveryID: d.ID, Number: 1, StatusCode: code, CreatedOn: d.CreatedOn, DurationUS: 30_000}, nil)
			return err
		})
	}
	page := boss.sees("/admin", "well.example.org", "75.0 % of 4", "30 ms", "Well</span>", "failing.example.org", "Fails since", "!quiet.example.org", "!secret-path", dev.Email)
	if strings.Index(page, "failing.example.org") > strings.Index(page, "well.example.org") {
		t.Error("those that fail do not come first")
	}
}

// TestTheLogIsFilteredByWhatActionsAreAbout: with the dot, or without.
func TestTheLogIsFilteredByWhatActionsAreAbout(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss := s.person().may("admin")
	s.rows.Do(func(tx *store.Tx) error {
		for _, action := range []string{"plugin.created", "key.created"} {
			if err := tx.AddAudit(t.Context(), store.AuditEntry{CreatedOn: talkit.Now(), Actor: talkit.CallerOperator, Action: action}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, action := range []string{"plugin", "plugin.", "plugin.created"} {
		boss.sees("/admin/audit?action="+action, "<code>plugin.created</code>", "!<code>key.created</code>")
	}
}

// TestStoriesOfPictures say numbers as people do.
func TestStoriesOfPictures(t *testing.T) {
	t.Parallel()
	for sample, want := range map[string]string{app.SampleDatabase: "1.0 KiB", app.SampleSucceeded: "102400.0 %", app.SampleLag: "1024.0 s", app.SampleWaiting: "1024"} {
		if got := inWords(sample)(1024); got != want {
			t.Errorf("%s: %q, want %q", sample, got, want)
		}
	}
}

// TestAnOldFailureIsNoAlarm: what failed is red for a day.
func TestAnOldFailureIsNoAlarm(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	boss, b := s.person().may("admin"), s.person()
	r := b.recording(nil)
	if err := s.App.FailRun(t.Context(), r.Run.ID, "There is no sound in it."); err != nil {
		t.Fatal(err)
	}
	boss.sees("/admin", "To look at")
	if _, err := s.App.DB.Writer().ExecContext(t.Context(), "UPDATE runs SET completed_on = ? WHERE id = ?", talkit.Now().Add(-25*time.Hour), r.Run.ID); err != nil {
		t.Fatal(err)
	}
	boss.sees("/admin", "!To look at", `<dt class="label">Recordings failed</dt><dd class="value">1</dd>`)
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

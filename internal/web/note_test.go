package web

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/store"
	"talkit/internal/store/storetest"
)

// heard is a text as an engine gives it, half a second a word. A word that
// ends in ? is one that it was unsure of.
func heard(texts ...string) talkit.Segments {
	var segments talkit.Segments
	at := 0.0
	for _, text := range texts {
		s := talkit.Segment{Start: at, Text: strings.ReplaceAll(text, "?", "")}
		for _, w := range strings.Fields(text) {
			sure := map[bool]float64{true: 0.31, false: 0.97}[strings.HasSuffix(w, "?")]
			s.Words = append(s.Words, talkit.Word{Word: " " + strings.TrimSuffix(w, "?"), Start: at, End: at + 0.5, Probability: sure})
			at += 0.5
		}
		s.End = at
		at += 3 // a pause
		segments = append(segments, s)
	}
	return segments
}

// note is a recording of the person that an engine turned into text; change
// makes more of it before it is kept.
func (b browser) note(segments talkit.Segments, change func(r *talkit.Recording)) talkit.Recording {
	b.t.Helper()
	r := b.recording(change)
	b.prepare(r, app.Prepared{Duration: 90 * time.Second, Engine: "whisper base", Pieces: []talkit.Piece{{End: 10}}})
	if err := b.App.FinishRun(b.t.Context(), r.Run.ID, func([]talkit.Piece) talkit.Segments { return segments }); err != nil {
		b.t.Fatal(err)
	}
	return r
}

// recording is one that waits for its turn.
func (b browser) recording(change func(r *talkit.Recording)) talkit.Recording {
	b.t.Helper()
	r := storetest.NewRecording(b.User)
	if change != nil {
		change(&r)
	}
	b.rows.Do(func(tx *store.Tx) error { return tx.AddRecording(b.t.Context(), &r) })
	return r
}

func (b browser) prepare(r talkit.Recording, p app.Prepared) {
	b.t.Helper()
	key, err := b.App.StoreWork(b.t.Context(), strings.NewReader("sound"))
	if err != nil {
		b.t.Fatal(err)
	}
	p.WorkKey = key
	if err := b.App.Prepare(b.t.Context(), r.Run.ID, p); err != nil {
		b.t.Fatal(err)
	}
}

func (b browser) reviews() browser {
	b.t.Helper()
	yes := true
	if _, err := b.App.ChangeUser(b.t.Context(), talkit.Operator, b.Email, app.UserChange{Review: &yes}); err != nil {
		b.t.Fatal(err)
	}
	return b
}

func TestNoteIsReadInParagraphs(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	r := b.note(heard("Met with Tom Okonkwo? this morning.", "He signs."), func(r *talkit.Recording) { r.Name, r.Type = "Call with Tom", talkit.Meeting })
	b.sees(notePath(r.ID), "<h1>Call with Tom</h1>", "1 min 30 s", "<dd>Meeting</dd>", "1 of 8",
		`<p><span data-t=0>Met</span> <span data-t=50>with</span> <span data-t=100>Tom</span> <span class="word unsure" title="Unsure: 31 %" data-t=150>Okonkwo</span> <span`,
		`morning.</span></p>`, fmt.Sprintf(`<p><span data-t=%d>He</span> <span data-t=%d>signs.</span></p>`, 600, 650),
		fmt.Sprintf(`src="/recordings/%d/audio"`, r.ID), `data-seconds="90"`)
}

// TestNothingHeardIsNotCopied: there is a button only where there is a text.
func TestNothingHeardIsNotCopied(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.sees(notePath(b.note(heard("Met with Tom."), nil).ID), `data-do="copy"`)
	b.sees(notePath(b.note(heard(), nil).ID), "No words were heard", "!data-do=\"copy\"", "Download")
}

func TestNoteOfAnotherIsNotThere(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	r := s.person().note(heard("Mine alone."), nil)
	other := s.person()
	for _, path := range []string{"", "/edit", "/versions", "/versions?from=1&to=1", "/details", "/delete"} {
		if w := other.get(notePath(r.ID) + path); w.Code != http.StatusNotFound || strings.Contains(w.Body.String(), "alone") {
			t.Errorf("%q: %d %s", path, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/edit", "/versions/1/restore", "/details", "/release", "/withdraw", "/bring-back", "/retry", "/delete"} {
		if w := other.post(notePath(r.ID)+path, "text", "Theirs", "type", "note"); w.Code != http.StatusNotFound {
			t.Errorf("POST %q: %d", path, w.Code)
		}
	}
	if w := other.get("/app/notes/0x1"); w.Code != http.StatusNotFound {
		t.Errorf("no number: %d", w.Code)
	}
}

func TestNoteIsEscaped(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert(1)</script>"'><img src=x onerror=alert(1)>`
	b := newSite(t).person()
	r := b.note(heard("</p><script>alert(2)</script> </textarea><script>alert(3)</script>"), func(r *talkit.Recording) {
		r.Name, r.Metadata = evil, talkit.Metadata{"a" + evil[:20]: evil}
	})
	b.sent(b.post(notePath(r.ID)+"/edit", "text", "<img src=x>", "version", "1"), notePath(r.ID)+"?done=saved")
	for _, path := range []string{"", "/edit", "/versions", "/details", "/delete"} {
		b.sees(notePath(r.ID)+path, "!<script>alert", "!<img", "!</textarea><script", "&lt;script&gt;alert(1)")
	}
}

func TestNoteSaysHowItStands(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b, ctx := s.person(), t.Context()

	queued := b.recording(nil)
	b.sees(notePath(queued.ID), "Waits for its turn", " data-live", "!Edit text")

	waiting := b.recording(nil)
	if err := s.App.Waiting(ctx, waiting.ID, talkit.WaitingForEngine); err != nil {
		t.Fatal(err)
	}
	b.sees(notePath(waiting.ID), "Waits for the speech engine", "whoever runs this server can find out why", "!<code>", " data-live")

	failed := b.recording(nil)
	if err := s.App.FailRun(ctx, failed.Run.ID, "The sound is broken."); err != nil {
		t.Fatal(err)
	}
	b.sees(notePath(failed.ID), "The sound is broken.", "Try again", "! data-live", "!Edit text")

	byHand := b.recording(nil)
	b.prepare(byHand, app.Prepared{Duration: time.Second, ByHand: true})
	b.sees(notePath(byHand.ID), "yours to write", `<textarea class="text"`, `/edit">`, "!Release</button>")

	silent := b.note(talkit.Segments{}, nil)
	b.sees(notePath(silent.ID), "No words were heard", "Edit text")

	gone := b.note(heard("Still here."), func(r *talkit.Recording) { r.Audio.Key = "" })
	b.sees(notePath(gone.ID), "The sound was erased", "!<audio", "Still")

	r := s.person().reviews()
	draft := r.note(heard("A draft."), nil)
	r.sees(notePath(draft.ID), "Waits for your review", "The engine was 97 % sure", "Release</button>", "Edit text")
}

func TestNoteIsEdited(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	r := b.note(heard("Met with Tim.", "He signs."), nil)
	path := notePath(r.ID)
	b.sees(path+"/edit", "Met with Tim.\n\nHe signs.</textarea>", `name="version" value="1"`)

	b.sent(b.post(path+"/edit", "text", "Met with Tim.\r\n\r\nHe signs.", "version", "1"), path) // nothing changed
	b.sent(b.post(path+"/edit", "text", "Met with Tom.\r\n\r\nHe signs.\r\n", "version", "1"), path+"?done=saved")
	b.sees(path, ` <span data-t=50>with</span> <span data-t=100>Tom.</span></p>`, `<p><span data-t=450>He</span>`, `data-version="2"`)

	b.refused(http.StatusConflict, b.post(path+"/edit", "text", "Met with Tam.", "version", "1"),
		"saved meanwhile", "Met with Tam.</textarea>", `name="version" value="2"`, "</span>Tom.\n\nHe signs.</del> <ins>", "</span>Tam.</ins>")
	b.sent(b.post(path+"/edit", "text", "Met with Tam.", "version", "2"), path+"?done=saved")

	queued := b.recording(nil)
	b.sent(b.get(notePath(queued.ID)+"/edit"), notePath(queued.ID))
	b.refused(http.StatusConflict, b.post(notePath(queued.ID)+"/edit", "text", "Too early", "version", "0"), "Too early")
}

func TestChangesLeaveOutWhatIsTheSame(t *testing.T) {
	t.Parallel()
	same := strings.Repeat("the very same ", 100)
	got := changes(talkit.Diff(same+"old "+same, same+"new\n\n"+same))
	shown := ""
	for _, c := range got {
		shown += c.Text + c.After
		if c.Hidden != 0 && c.Hidden != 300-2*sideWords {
			t.Errorf("hidden %d", c.Hidden)
		}
	}
	if len(got) != 7 || !got[2].Removed() || got[2].Text != "old" || !got[4].Added() || len(shown) > 2400 || !strings.Contains(shown, "\n\n") {
		t.Errorf("%d: %q", len(got), shown)
	}
}

func TestVersionsAreComparedAndBroughtBack(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	r := b.note(heard("Met with Tim."), nil)
	path := notePath(r.ID)
	b.sees(path+"/versions", "Version 1", "Written by the speech engine", "!whisper", "!Bring back", "!id=\"compared\"")
	for i, text := range []string{"Met with Tom.", "Met Tom."} {
		b.sent(b.post(path+"/edit", "text", text, "version", fmt.Sprint(i+1)), path+"?done=saved")
	}
	b.sees(path+"/versions", "Version 3", "Written by you", "</span>with</del>", "!Tim.")
	b.sees(path+"/versions?from=1&to=2", "</span>Tim.</del> <ins>", "</span>Tom.</ins>")
	b.sees(path+"/versions?below=2", "Version 1", "!Version 2")
	b.sent(b.post(path+"/versions/1/restore"), path+"?done=restored")
	b.sees(path, `data-version="4"`, ">Tim.</span>")
	b.sees(path+"/versions?from=1&to=4", "say the same")
	for _, none := range []string{"/versions?from=1&to=9"} {
		if w := b.get(path + none); w.Code != http.StatusNotFound {
			t.Errorf("%s: %d", none, w.Code)
		}
	}
	if w := b.post(path + "/versions/9/restore"); w.Code != http.StatusNotFound {
		t.Errorf("restore what is not there: %d", w.Code)
	}
}

func TestDetailsOfANote(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	r := b.note(heard("Met with Tim."), func(r *talkit.Recording) {
		r.Name, r.Metadata = "", talkit.Metadata{"client": "Tim & Co", "case": "12"}
	})
	path := notePath(r.ID)
	b.sees(path, "<h1>Met with Tim</h1>", "<dt>case</dt><dd>12</dd>", "Tim &amp; Co")
	b.sees(path+"/details", `value="client"`, `value="Tim &amp; Co"`)
	form := []string{"name", " Tim ", "type", "task", "key", "client", "value", "Tim"}
	for _, wrong := range [][]string{{"key", "client", "value", "twice"}, {"key", "", "value", "no name"}, {"key", "1st", "value", "x"}} {
		b.refused(http.StatusUnprocessableEntity, b.post(path+"/details", append(form, wrong...)...), `role="alert"`, wrong[3], `value="task" selected`)
	}
	b.refused(http.StatusUnprocessableEntity, b.post(path+"/details", "name", "Tim", "type", "poem"), "This must be one of note")
	b.sent(b.post(path+"/details", append(form, "key", "", "value", "")...), path+"?done=saved")
	b.sees(path, "<h1>Tim</h1>", "<dd>Task</dd>", "<dt>client</dt><dd>Tim</dd>", "!<dt>case")
}

// TestDetailsOfSomeLines: a browser shows them in one, and gives that back.
func TestDetailsOfSomeLines(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	r := b.note(heard("Met with Tim."), func(r *talkit.Recording) {
		r.Metadata = talkit.Metadata{"address": " 12 High St\nKent", "case": "1\n2"}
	})
	b.sent(b.post(notePath(r.ID)+"/details", "name", "Tim", "type", "note", "key", "address", "value", "12 High StKent", "key", "case", "value", "13"), notePath(r.ID)+"?done=saved")
	now, err := b.App.DB.Recording(t.Context(), r.ID)
	if err != nil || now.Name != "Tim" || now.Metadata["address"] != " 12 High St\nKent" || now.Metadata["case"] != "13" {
		t.Errorf("%q %q %v", now.Name, now.Metadata, err)
	}
}

func TestStepsOfANote(t *testing.T) {
	t.Parallel()
	b := newSite(t).person().reviews()
	r := b.note(heard("A draft."), nil)
	path := notePath(r.ID)
	b.sent(b.post(path+"/release"), path+"?done=released")
	b.sent(b.post(path+"/release"), path) // asked twice
	b.sees(path, "Withdraw from plugins", "!To review")
	b.sent(b.post(path+"/withdraw"), path+"?done=withdrawn")
	b.sees(path, "Withdrawn.", "Let plugins read it again")
	b.sent(b.post(path+"/bring-back"), path+"?done=back")
	b.sees(path+"/delete", "Delete “Memo” for good?", "nothing tells them")
	b.sent(b.post(path+"/delete"), "/app?done=deleted")
	if w := b.get(path); w.Code != http.StatusNotFound {
		t.Errorf("deleted: %d", w.Code)
	}

	failed := b.recording(nil)
	if err := b.App.FailRun(t.Context(), failed.Run.ID, "No."); err != nil {
		t.Fatal(err)
	}
	b.sent(b.post(notePath(failed.ID)+"/retry"), notePath(failed.ID))
	b.sees(notePath(failed.ID), "Waits for its turn")
}

func TestLongNotesArePacked(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	for _, c := range []struct {
		words  int
		accept string
		packed bool
	}{{2000, "gzip, br", true}, {2000, "br", false}, {10, "gzip", false}} {
		r := b.note(heard(strings.Repeat("word ", c.words)), nil)
		request := httptest.NewRequest(http.MethodGet, notePath(r.ID), nil)
		request.Header.Set("Accept-Encoding", c.accept)
		w := b.send(request)
		if packed := w.Header().Get("Content-Encoding") == "gzip"; packed != c.packed || w.Code != http.StatusOK {
			t.Errorf("%+v: packed %t, %d", c, packed, w.Code)
		}
		if !c.packed {
			continue
		}
		unpacked, err := gzip.NewReader(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		page, err := io.ReadAll(unpacked)
		if err != nil || strings.Count(string(page), ">word</span>") != c.words || !strings.HasSuffix(string(page), "</html>\n") {
			t.Errorf("%d words, %v", strings.Count(string(page), ">word</span>"), err)
		}
	}
}

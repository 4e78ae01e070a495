package web

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"talkit"
	"talkit/internal/app"
)

func TestHomeShowsWhatBecameOfEachNote(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.sees("/app", "Your notes will be here", `id="search" hidden`, "!data-note=")
	done := b.note(heard("Met with the Hendersons this morning.", "They want to move the review."), func(r *talkit.Recording) { r.Name = "" })
	b.sees("/app", `id="search" data-search`, "Today", `>Met with the Hendersons this morning</a>`, `<p class="excerpt clip">They want to move the review.</p>`, "<span>2 min</span>")
	waiting := b.recording(nil)
	b.sees("/app", fmt.Sprintf(`data-note="%d"`, waiting.ID), `<span class="state">Waiting</span>`)
	running := b.recording(nil)
	b.prepare(running, app.Prepared{Duration: time.Minute, Engine: "whisper base", Pieces: []talkit.Piece{{End: 10}, {Number: 1, Start: 10, End: 20}}})
	b.sees("/app", "Just begun", `<progress max="1" value="0"`)
	if _, err := b.App.Withdraw(t.Context(), b.caller(), done.ID); err != nil {
		t.Fatal(err)
	}
	b.sees("/app", `class="row off"`, "Withdrawn")
	if err := b.App.FailRun(t.Context(), running.Run.ID, "The sound could not be <decoded>."); err != nil {
		t.Fatal(err)
	}
	b.sees("/app", "Failed", "The sound could not be &lt;decoded&gt;.", fmt.Sprintf(`action="/app/notes/%d/retry"`, running.ID))
	b.reviews().note(heard("To be read first."), nil)
	b.sees("/app", "To review")
}

func TestHomeOffersLanguages(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.App.Speech = func(string) (talkit.SpeechModel, error) {
		return talkit.SpeechModel{Name: "base", Languages: []string{"de", "en"}}, nil
	}
	b.sees("/app", `<option value="">any language</option>`, `<option value="de">German</option>`, "!>French<")
	german := "de"
	if _, err := b.App.ChangeProfile(t.Context(), b.caller(), app.ProfileChange{SpeechChange: app.SpeechChange{Language: &german}}); err != nil {
		t.Fatal(err)
	}
	b.sees("/app", `<option value="">German</option>`, `<option value="en">English</option>`, `!value="de"`)
}

func TestHomeEscapes(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.note(heard("<img src=x onerror=alert(1)> was said."), func(r *talkit.Recording) { r.Name = `<script>alert("1")</script>` })
	b.sees("/app?q=%3C+said", "&lt;script&gt;", "&lt;img src=x", "!<script>alert", "!<img src=x")
}

func TestHomeNarrowed(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.note(heard("The review is on Monday.", "Bring the papers."), nil)
	b.note(heard("A letter to the county."), func(r *talkit.Recording) { r.Type = talkit.Letter })
	b.sees("/app?q=papers", "Bring the <mark>papers</mark>.", "!county", `value="papers"`, `href="/app?q=papers&amp;type=letter"`)
	b.sees("/app?type=letter", "county", "!review", `aria-current="true">Letters`)
	b.sees("/app?type=poem&from=yesterday", "county", "review", `aria-current="true">All`, "Any time")
	b.sees("/app?q=elephant", "Nothing found", `href="/app">Show all notes`)
	b.sees("/app?until=2001-01-01", "There are no notes like that", "Until 1 Jan 2001")
	b.sees("/app?from=2001-01-01&until=2999-01-01", "county", "1 Jan 2001 to 1 Jan 2999")
	b.sees("/app?q="+strings.Repeat("word+", 21), "Nothing found", "at most 20 words")
	b.sees("/app?after=zero&before=-", "county")
}

func TestHomeDaysAreThePersons(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.recording(func(r *talkit.Recording) { r.CreatedOn = talkit.TimeOf(time.Date(2026, 3, 1, 23, 30, 0, 0, time.UTC)) })
	for zone, want := range map[string]string{"UTC": "1 March", "Asia/Tokyo": "2 March"} {
		r, day := httptest.NewRequest(http.MethodGet, "/app?from=2026-03-01&until=2026-03-01", nil), "Nothing found"
		if zone == "UTC" {
			day = want
		}
		r.AddCookie(&http.Cookie{Name: "zone", Value: zone})
		seen(t, zone, b.send(r), http.StatusOK, day)
		r = httptest.NewRequest(http.MethodGet, "/app", nil)
		r.AddCookie(&http.Cookie{Name: "zone", Value: zone})
		seen(t, zone, b.send(r), http.StatusOK, want)
	}
}

func TestHomePages(t *testing.T) {
	t.Parallel()
	b := newSite(t).person()
	b.many(2*pageOfNotes + 5)
	first := b.sees("/app?type=", fmt.Sprintf(`href="/app?before=%d"`, pageOfNotes+6), "!rel=\"prev\"")
	if n := strings.Count(first, "data-note="); n != pageOfNotes {
		t.Errorf("%d on the first page", n)
	}
	b.sees(fmt.Sprintf("/app?before=%d", pageOfNotes+6), fmt.Sprintf(`href="/app?after=%d"`, pageOfNotes+5), `href="/app?before=6"`)
	b.sees("/app?before=6", "!rel=\"next\"", `href="/app?after=5"`)
	b.sees(fmt.Sprintf("/app?after=%d", pageOfNotes+5), "!rel=\"prev\"", fmt.Sprintf(`href="/app?before=%d"`, pageOfNotes+6))
	b.sees("/app?before=1", "No notes here", "To the newest")
}

func TestRowOfANote(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	b := s.person()
	r := b.note(heard("Mine alone."), nil)
	b.sees(notePath(r.ID)+"/row", "Mine alone", "!<!doctype", "!<h1")
	seen(t, "another's", s.person().get(notePath(r.ID)+"/row"), http.StatusNotFound, "!Mine alone")
	s.person().sees("/app", "Your notes will be here")
}

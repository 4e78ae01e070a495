package e2e_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit/client"
	"talkit/wire"
)

// searching finds what was released, and nothing of others.
func searching(t *testing.T, w *world) {
	other := setup(t, w.site)
	other.dictate("Café Müller, theirs, " + canary + ".")
	draft := w.review("Café Müller, a draft, " + canary + ".")
	first := w.dictate("Lunch at the Café Müller, " + canary + ".")
	second := w.dictate("Dinner at the cafe, “Müllers” " + canary + ".")
	finds := func(query string, want ...wire.Recording) {
		t.Helper()
		var ids, got []string
		for _, r := range want {
			ids = append(ids, fmt.Sprint(*r.TranscriptID))
		}
		list := read[wire.List[wire.Transcript]](w.token.get("/transcripts?q=" + url.QueryEscape(query)).want(http.StatusOK))
		for _, transcript := range list.Data {
			got = append(got, transcript.ID)
		}
		if diff := gocmp.Diff(ids, got); diff != "" || list.TotalCount != int64(len(want)) || list.HasMore {
			t.Errorf("%q finds %d (has_more %v):\n%s", query, list.TotalCount, list.HasMore, diff)
		}
	}
	finds("CAFE", first, second)
	finds("  müller cafÉ ", first)
	finds("cafe mull", first, second)
	finds("draft")
	finds("theirs")
	finds("", first, second)
	finds(" \t", first, second)
	finds("?")
	for _, hostile := range []string{`"`, `cafe" OR "theirs`, `') OR 1=1 --`, "*", "^cafe NEAR(a b)", "text:theirs", "\u202e\u0301", strings.Repeat("é", 200)} {
		finds(hostile)
	}
	asInstalled := client.New(w.URL()+"/", client.Installation(w.installation.UUID, w.secret))
	page, err := asInstalled.FindTranscripts(t.Context(), "cafe", client.Page{Limit: 1, AfterID: fmt.Sprint(*first.TranscriptID)})
	if err != nil || len(page.Data) != 1 || page.Data[0].ID != fmt.Sprint(*second.TranscriptID) || page.TotalCount != 2 || page.HasMore {
		t.Errorf("second page: %+v, %v", page, err)
	}

	w.release(draft)
	finds("draft", w.reach(draft.ID, "completed"))
	w.user.put(fmt.Sprintf("/recordings/%d/transcript", first.ID), map[string]string{"text": "Breakfast, " + canary}).want(http.StatusOK)
	finds("lunch")
	finds("breakfast", first)
	w.user.post(fmt.Sprintf("/recordings/%d/withdraw", first.ID), nil).want(http.StatusOK)
	finds("breakfast")
	w.user.post(fmt.Sprintf("/recordings/%d/restore", first.ID), nil).want(http.StatusOK)
	finds("breakfast", first)
	w.user.delete(fmt.Sprintf("/recordings/%d", second.ID)).want(http.StatusNoContent)
	finds("dinner")

	for _, query := range []string{strings.Repeat("a", 201), strings.Repeat("a ", 21), "a\x00b", "a\xffb"} {
		w.token.get("/transcripts?q="+url.QueryEscape(query)).refused(http.StatusUnprocessableEntity, "invalid")
	}
}

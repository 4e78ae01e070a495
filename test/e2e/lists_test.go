package e2e_test

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit/wire"
)

// listsOf are the operations with a limit.
func (w *world) lists() (operations []string) {
	for _, operation := range w.documents[0].operations() {
		if w.documents[0].operation(operation).Parameters.GetByInAndName("query", "limit") != nil {
			operations = append(operations, operation)
		}
	}
	return operations
}

// listParameters are tried on every list of the document.
func listParameters(t *testing.T, w *world) {
	other := setup(t, w.site)
	theirs := other.things()
	ids := w.things()
	fine := []string{"limit=1", "limit=100", "limit=100&after_id=0", "after_id=-5", "after_id=9223372036854775807", fmt.Sprint("after_id=", theirs["transcripts"])}
	bad := map[string]string{"limit=0": "limit", "limit=101": "limit", "limit=-1": "limit", "limit=x": "limit", "limit=1.5": "limit", "limit=99999999999999999999": "limit",
		"after_id=x": "after_id", "after_id=1.5": "after_id", "after_id=99999999999999999999": "after_id", "limits=5": "limits", "limit=5&offset=2": "offset"}
	for _, operation := range w.lists() {
		_, template, _ := strings.Cut(operation, " ")
		for _, asks := range w.callers(operation) {
			whole := read[wire.List[any]](asks.get(ids.fill(template)).want(http.StatusOK))
			for _, query := range fine {
				got := read[wire.List[any]](asks.get(ids.fill(template) + "?" + query).want(http.StatusOK))
				if got.TotalCount != whole.TotalCount || got.Data == nil {
					t.Errorf("%s?%s: %+v, the whole list has %d", operation, query, got, whole.TotalCount)
				}
			}
			for query, names := range bad {
				p := asks.get(ids.fill(template)+"?"+query).refused(http.StatusUnprocessableEntity, "invalid")
				if len(p.Errors) != 1 || !strings.Contains(p.Errors[0].Location, names) {
					t.Errorf("%s?%s: %+v", operation, query, p)
				}
			}
		}
	}
}

// pages are followed to the end of a list.
func pages(t *testing.T, w *world) {
	want := []int64{w.plugin.ID}
	for range 6 {
		want = append(want, w.newPlugin(nil).ID)
	}
	for _, limit := range []int{1, 2, 3, 7, 100} {
		var got []int64
		for after, more := int64(0), true; more; {
			page := read[wire.List[wire.Plugin]](w.developer.get(fmt.Sprintf("/plugins?limit=%d&after_id=%d", limit, after)).want(http.StatusOK))
			if page.TotalCount != 7 || len(page.Data) > limit || len(page.Data) == 0 {
				t.Fatalf("a page of %d, %d in all", len(page.Data), page.TotalCount)
			}
			for _, p := range page.Data {
				got = append(got, p.ID)
			}
			after, more = got[len(got)-1], page.HasMore
		}
		if diff := gocmp.Diff(want, got); diff != "" {
			t.Errorf("by %d:\n%s", limit, diff)
		}
	}
	w.developer.delete(fmt.Sprintf("/plugins/%d", want[3])).want(http.StatusNoContent)
	left := read[wire.List[wire.Plugin]](w.developer.get(fmt.Sprintf("/plugins?after_id=%d", want[3])).want(http.StatusOK))
	if left.TotalCount != 6 || len(left.Data) != 3 || left.Data[0].ID != want[4] || left.HasMore {
		t.Errorf("after the id of one that is gone: %+v", left)
	}
}

// durableCursor publishes from many sides while a reader follows after_id.
func durableCursor(t *testing.T, w *world) {
	const many = 12
	recordings := make([]wire.Recording, many)
	for i := range recordings {
		recordings[i] = w.review(fmt.Sprintf("Note %d, %s.", i, canary))
	}
	var publishing sync.WaitGroup
	for _, r := range recordings {
		publishing.Go(func() {
			got, err := w.user.try(http.MethodPost, fmt.Sprintf("/recordings/%d/release", r.ID), nil)
			if err != nil || got.status != http.StatusOK {
				t.Errorf("release: %v %s", err, got.body)
			}
		})
	}
	var seen []string
	after := "0"
	until(t, "the reader has seen all", func() bool {
		page := read[wire.List[wire.Transcript]](w.token.get("/transcripts?limit=3&after_id=" + after).want(http.StatusOK))
		for _, transcript := range page.Data {
			seen, after = append(seen, transcript.ID), transcript.ID
		}
		return len(seen) >= many
	})
	publishing.Wait()
	var want []string
	whole := read[wire.List[wire.Transcript]](w.token.get("/transcripts?limit=100").want(http.StatusOK))
	for _, transcript := range whole.Data {
		want = append(want, transcript.ID)
	}
	if diff := gocmp.Diff(want, seen); diff != "" || whole.TotalCount != many || whole.HasMore {
		t.Errorf("of %d, %d in all, the reader saw others (-there +seen):\n%s", len(want), whole.TotalCount, diff)
	}
}

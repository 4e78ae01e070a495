package e2e_test

import (
	"fmt"
	"testing"
)

// hide has the page believe that nobody looks at it, or somebody again.
func (b *tab) hide(on bool) {
	b.t.Helper()
	state := map[bool]string{true: "hidden", false: "visible"}[on]
	value[bool](b, fmt.Sprintf(`(Object.defineProperty(document, "visibilityState", { value: %q, configurable: true }),
		document.dispatchEvent(new Event("visibilitychange")))`, state))
}

// TestHiddenTabsLetGo: a tab that nobody looks at holds no connection, as a
// browser has but six to a server, and shows what it missed when it is seen.
func TestHiddenTabsLetGo(t *testing.T) {
	t.Parallel()
	needLong(t)
	w := setup(t, serve(t, "--engine=manual"))
	b := browse(t, w.site)
	b.signIn(w.person)
	b.open("/app")
	b.see("Your notes will be here")
	const ended = `"route":"/recordings/events"`
	if len(w.lines.with(ended)) > 0 {
		t.Error("the list listens no more, seen as it is")
	}
	b.hide(true)
	until(t, "the connection ends", func() bool { return len(w.lines.with(ended)) > 0 })
	w.submit(field{"name", "Sent meanwhile"})
	b.hide(false)
	b.see("Sent meanwhile")
	w.submit(field{"name", "And one more"})
	b.see("And one more")
	for last, n := b, 0; n < 6; n++ { // a browser without a window takes all tabs to be seen
		last.hide(true)
		last, _ = b.another()
		last.open("/app")
		last.see("And one more")
	}
}

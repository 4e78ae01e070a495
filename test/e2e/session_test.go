package e2e_test

import (
	"fmt"
	"net/http"
	"testing"

	"talkit"
	"talkit/internal/app"
	"talkit/internal/door"
)

// sessions: the cookie of a browser is good for what the person's own key is
// good for, from our own pages, and for as long as the session lasts.
func sessions(t *testing.T, w *world) {
	g := greeting(t, w.site, w.person)
	cookie := door.SessionCookie(w.URL()) + "=" + g.Value
	browser := w.as(t, "").with("Cookie", cookie)
	own := browser.with("Sec-Fetch-Site", "same-origin")
	browser.get("/recordings").want(http.StatusOK)
	own.post("/recordings/999999999/release", nil).refused(http.StatusNotFound, "not_found")

	for header, value := range map[string]string{"Sec-Fetch-Site": "cross-site", "Origin": "https://evil.example"} {
		browser.with(header, value).post("/recordings/999999999/release", nil).refused(http.StatusForbidden, "forbidden")
	}
	for _, path := range []string{"/transcripts", "/plugins", fmt.Sprintf("/users/%d", w.person.ID), "/installation"} {
		own.get(path).refused(http.StatusUnauthorized, "unauthenticated")
	}
	own.with("Authorization", "Bearer tk_user_nothing").get("/recordings").refused(http.StatusUnauthorized, "unauthenticated")

	yes, no := true, false
	w.change(w.person, app.UserChange{Disabled: &yes})
	own.get("/recordings").refused(http.StatusUnauthorized, "unauthenticated")
	w.change(w.person, app.UserChange{Disabled: &no})
	own.get("/recordings").refused(http.StatusUnauthorized, "unauthenticated") // it ended with that
	g = greeting(t, w.site, w.person)
	own = w.as(t, "").with("Cookie", door.SessionCookie(w.URL())+"="+g.Value).with("Sec-Fetch-Site", "same-origin")
	own.get("/recordings").want(http.StatusOK)

	who, err := w.App.SessionCaller(t.Context(), g.Value, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	other := greetingOfOther(t, w)
	if err := w.App.EndSession(t.Context(), other, who.SessionID); !talkit.IsNotFound(err) {
		t.Errorf("another person ends the session: %v", err)
	}
	if err := w.App.EndSession(t.Context(), who, who.SessionID); err != nil {
		t.Fatal(err)
	}
	own.get("/recordings").refused(http.StatusUnauthorized, "unauthenticated")
}

func greetingOfOther(t *testing.T, w *world) talkit.Caller {
	t.Helper()
	who, err := w.App.SessionCaller(t.Context(), greeting(t, w.site, w.owner).Value, "127.0.0.1")
	if err != nil {
		t.Fatal(err)
	}
	return who
}

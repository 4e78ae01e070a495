package server

import (
	"errors"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"talkit/internal/certtest"
	"talkit/internal/mail/mailtest"
	"talkit/internal/web"
)

func TestExamine(t *testing.T) {
	t.Parallel()
	c := settings(t)
	for _, f := range Examine(t.Context(), c, slog.New(slog.DiscardHandler)) {
		if !f.OK && f.Check != "ffmpeg" && f.Check != "disk" { // those are this machine's
			t.Errorf("%+v", f)
		}
	}
	c.DatabaseURL = "postgres://nobody@127.0.0.1:1/none"
	found := Examine(t.Context(), c, slog.New(slog.DiscardHandler))
	if last := found[len(found)-1]; last.Check != "database" || last.OK || last.Words == "" {
		t.Errorf("no database: %+v", found)
	}
}

// TestCheckup: a page never waits for what is slow, and shows it once it was
// looked at.
func TestCheckup(t *testing.T) {
	t.Parallel()
	s := serve(t)
	slow := func() (all []web.Finding) {
		for _, f := range s.checkup.findings(t.Context()) {
			switch f.Check {
			case "secrets", "storage":
				all = append(all, f)
			default:
				if f.LookedOn == 0 || f.Words == "" {
					t.Errorf("%+v", f)
				}
			}
		}
		return all
	}
	if first := slow(); len(first) != 2 {
		t.Fatalf("%+v", first)
	}
	looked := poll(t, slow)
	for _, f := range looked {
		if !f.OK || f.Words == "" {
			t.Errorf("%+v", f)
		}
	}
	if again := slow(); again[0].LookedOn != looked[0].LookedOn {
		t.Error("what is slow was looked at twice")
	}
}

func poll(t *testing.T, look func() []web.Finding) []web.Finding {
	t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		all, done := look(), true
		for _, f := range all {
			done = done && f.LookedOn != 0
		}
		if done {
			return all
		}
		if time.Now().After(deadline) {
			t.Fatalf("never looked at: %+v", all)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	if got := Words(errors.New("a fault")); got != "a fault" {
		t.Error(got)
	}
}

func TestExamineMail(t *testing.T) {
	t.Parallel()
	letters := mailtest.Serve(t, mailtest.Options{TLS: certtest.Config(t, "127.0.0.1"), User: "talkit", Password: "right"})
	for password, well := range map[string]bool{"right": true, "wrong": false} {
		c := settings(t, "--smtp-url=smtps://talkit:"+password+"@"+letters.Address, "--url=https://talkit.test")
		found := Examine(t.Context(), c, slog.New(slog.DiscardHandler))
		at := slices.IndexFunc(found, func(f Finding) bool { return f.Check == "mail" })
		words := map[bool]string{true: "letters from talkit@talkit.test", false: "Check user name and password"}[well]
		if at < 0 || found[at].OK != well || !strings.Contains(found[at].Words, words) {
			t.Errorf("%s: %+v", password, found)
		}
	}
}

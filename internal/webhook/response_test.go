package webhook

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"talkit"
)

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "0": 0, "30": 30 * time.Second, "86400": 24 * time.Hour, "86401": MaxRetryAfter,
		"9223372036854775807": MaxRetryAfter, "99999999999999999999999": MaxRetryAfter,
		"-5": 0, "1.5": 0, "soon": 0, " 5": 0, "0x10": 0,
		"Sun, 22 Nov 2026 10:00:30 GMT":  30 * time.Second,
		"Sun, 22 Nov 2026 09:00:00 GMT":  0,
		"Tue, 22 Nov 2033 10:00:00 GMT":  MaxRetryAfter,
		"Sunday, 22-Nov-26 10:01:00 GMT": time.Minute,
	} {
		if got := retryAfter(value, now); got != want {
			t.Errorf("%q: %v, want %v", value, got, want)
		}
	}
}

func TestExcerpt(t *testing.T) {
	t.Parallel()
	const max = talkit.MaxLoggedBody
	for _, c := range []struct{ name, body, want string }{
		{"empty", "", ""},
		{"short", "thanks 😀", "thanks 😀"},
		{"zero and invalid bytes", "a\x00b\xff\xfec", "a\ufffdb\ufffdc"},
		{"just fits", strings.Repeat("a", max), strings.Repeat("a", max)},
		{"too long", strings.Repeat("a", max+1), strings.Repeat("a", max)},
		{"a character across the end", strings.Repeat("a", max-1) + "😀", strings.Repeat("a", max-1)},
		{"a character before the end", strings.Repeat("a", max-4) + "😀b", strings.Repeat("a", max-4) + "😀"},
		{"growing", strings.Repeat("\x00", max), strings.Repeat("\ufffd", max/3)},
	} {
		if got := Excerpt([]byte(c.body)); got != c.want {
			t.Errorf("%s: %d bytes, %.40q", c.name, len(got), got)
		}
	}
}

func FuzzExcerpt(f *testing.F) {
	f.Add([]byte(strings.Repeat("\x80", talkit.MaxLoggedBody+5)))
	f.Add([]byte(strings.Repeat("a\xff", talkit.MaxLoggedBody)))
	f.Fuzz(func(t *testing.T, body []byte) {
		got := Excerpt(body)
		if len(got) > talkit.MaxLoggedBody || !utf8.ValidString(got) || strings.ContainsRune(got, 0) {
			t.Errorf("%d bytes, %q", len(got), got)
		}
	})
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, want := range map[int]time.Duration{1: 5 * time.Second, 2: 5 * time.Minute, 5: 5 * time.Hour, 9: 24 * time.Hour} {
		seen := map[time.Duration]bool{}
		for range 100 {
			wait, again := Backoff(attempt)
			if !again || wait < want*8/10 || wait > want*12/10 {
				t.Fatalf("after attempt %d: %v, %v, want about %v", attempt, wait, again, want)
			}
			seen[wait] = true
		}
		if len(seen) < 50 {
			t.Errorf("after attempt %d there is no jitter", attempt)
		}
	}
	for _, attempt := range []int{-1, 0, MaxAttempts, MaxAttempts + 1} {
		if wait, again := Backoff(attempt); again || wait != 0 {
			t.Errorf("after attempt %d: %v, %v", attempt, wait, again)
		}
	}
}

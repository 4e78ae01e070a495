package client

import (
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"talkit/wire"
)

const (
	webhookSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherSecret   = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"
)

// signed gives the headers of Standard Webhooks, as their own library makes
// them.
func signed(t *testing.T, at time.Time, body []byte, secrets ...string) http.Header {
	t.Helper()
	var signatures []string
	for _, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := signer.Sign("evt_1", at, body)
		if err != nil {
			t.Fatal(err)
		}
		signatures = append(signatures, signature)
	}
	header := http.Header{}
	header.Set("webhook-id", "evt_1")
	header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("webhook-signature", strings.Join(signatures, " "))
	return header
}

func tokened(secret string, body []byte) http.Header {
	return http.Header{"X-Connect-It-Token": {hex.EncodeToString(sign([]byte(secret), body))}}
}

func with(header http.Header, name, value string) http.Header {
	header = header.Clone()
	header.Set(name, value)
	return header
}

func TestVerifyWebhook(t *testing.T) {
	t.Parallel()
	body, err := wire.Encode(wire.Event{ID: "evt_1", Type: "transcript.completed", Data: wire.Transcript{ID: "7", Text: "naïve \u2028 😀"}})
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	good := signed(t, now, body, webhookSecret)
	both := with(good, "X-Connect-It-Token", hex.EncodeToString(sign([]byte(otherSecret), body)))
	for _, c := range []struct {
		name   string
		header http.Header
		want   error
	}{
		{"signature", good, nil},
		{"while rotating, the new secret", signed(t, now, body, webhookSecret, otherSecret), nil},
		{"while rotating, the old secret", signed(t, now, body, otherSecret, webhookSecret), nil},
		{"the token stays with another secret", both, nil},
		{"token", tokened(webhookSecret, body), nil},
		{"four minutes ago", signed(t, now.Add(-4*time.Minute), body, webhookSecret), nil},

		{"nothing", http.Header{}, ErrSignature},
		{"another secret", signed(t, now, body, otherSecret), ErrSignature},
		{"another body", signed(t, now, body[1:], webhookSecret), ErrSignature},
		{"another id", with(good, "webhook-id", "evt_2"), ErrSignature},
		{"another time", with(good, "webhook-timestamp", strconv.FormatInt(now.Unix()+1, 10)), ErrSignature},
		{"another version", with(good, "webhook-signature", strings.Replace(good.Get("webhook-signature"), "v1,", "v2,", 1)), ErrSignature},
		{"no base64", with(good, "webhook-signature", "v1,? v1, v1"), ErrSignature},
		{"too old", signed(t, now.Add(-6*time.Minute), body, webhookSecret), ErrTimestamp},
		{"in the future", signed(t, now.Add(6*time.Minute), body, webhookSecret), ErrTimestamp},
		{"token of another secret", tokened(otherSecret, body), ErrSignature},
		{"token of the decoded secret", tokened("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", body), ErrSignature},
		{"a good token beside a bad signature", with(tokened(webhookSecret, body), "webhook-signature", "v1,AAAA"), ErrSignature},
		{"half a token", with(http.Header{}, "X-Connect-It-Token", "ab"), ErrSignature},
	} {
		event, err := VerifyWebhook(webhookSecret, c.header, body)
		if !errors.Is(err, c.want) || (c.want == nil && event.ID != "evt_1") || (c.want != nil && event.ID != "") {
			t.Errorf("%s: %+v, %v, want %v", c.name, event, err, c.want)
		}
	}
}

func TestVerifyWebhookRefusesBadSecrets(t *testing.T) {
	t.Parallel()
	body := []byte(`{}`)
	for _, secret := range []string{"", "whsec_", "whsec_?"} {
		for _, header := range []http.Header{signed(t, time.Now(), body, webhookSecret), tokened("", body)} {
			if _, err := VerifyWebhook(secret, header, body); err == nil {
				t.Errorf("with the secret %q, %v passes", secret, header)
			}
		}
	}
	if _, err := VerifyWebhook(webhookSecret, tokened(webhookSecret, []byte("[]")), []byte("[]")); err == nil {
		t.Error("a body that is no event passes")
	}
}

func TestEventTranscript(t *testing.T) {
	t.Parallel()
	event := Event{Event: wire.Event{Type: "transcript.updated"}, Data: []byte(`{"id":"7","text":"hello"}`)}
	if transcript, err := event.Transcript(); err != nil || transcript.ID != "7" || transcript.Text != "hello" {
		t.Errorf("%+v, %v", transcript, err)
	}
	for _, other := range []Event{{Event: wire.Event{Type: "test.completed"}, Data: []byte(`{}`)}, {Event: wire.Event{Type: "transcript.updated"}, Data: []byte(`7`)}} {
		if _, err := other.Transcript(); err == nil {
			t.Errorf("%s %s: want an error", other.Type, other.Data)
		}
	}
}

package e2e_test

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"crypto/hmac"
	"crypto/sha256"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"talkit"
	"talkit/client"
)

// receiver is a plugin's server that takes webhooks.
type receiver struct {
	*httptest.Server
	t    testing.TB
	came chan delivered
}

// delivered is one request that came.
type delivered struct {
	header http.Header
	body   []byte
	client.Event
}

// receive starts a receiver that answers with respond, or 204 without one.
func receive(t testing.TB, respond func(w http.ResponseWriter, d delivered)) *receiver {
	r := &receiver{t: t, came: make(chan delivered, 1000)}
	r.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return
		}
		d := delivered{header: request.Header, body: body}
		if err := json.Unmarshal(body, &d.Event); err != nil {
			t.Errorf("a webhook came with %q: %v", body, err)
		}
		r.came <- d
		if respond == nil {
			w.WriteHeader(http.StatusNoContent)
			return
		}
		respond(w, d)
	}))
	t.Cleanup(r.Close)
	return r
}

// next is the next webhook of a type; one of another type fails the test.
func (r *receiver) next(kind talkit.EventType) delivered {
	r.t.Helper()
	select {
	case d := <-r.came:
		if d.Type != string(kind) {
			r.t.Fatalf("%s came, want %s: %s", d.Type, kind, d.body)
		}
		return d
	case <-time.After(patience):
		r.t.Fatalf("waited %v in vain for %s", patience, kind)
	}
	return delivered{}
}

// quiet wants that nothing else came.
func (r *receiver) quiet() {
	r.t.Helper()
	select {
	case d := <-r.came:
		r.t.Errorf("%s came too: %s", d.Type, d.body)
	default:
	}
}

// verified checks both signatures of a webhook, each by a library that is not
// the server's, and the old one by hand too.
func (r *receiver) verified(d delivered, secret string) {
	r.t.Helper()
	if _, err := client.VerifyWebhook(secret, d.header, d.body); err != nil {
		r.t.Errorf("our client does not believe it: %v", err)
	}
	without := d.header.Clone()
	without.Del("webhook-signature")
	if _, err := client.VerifyWebhook(secret, without, d.body); err != nil {
		r.t.Errorf("our client does not believe X-Connect-It-Token: %v", err)
	}
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(d.body)
	if got, want := d.header.Get("X-Connect-It-Token"), hex.EncodeToString(mac.Sum(nil)); got != want {
		r.t.Errorf("X-Connect-It-Token is %s, want %s", got, want)
	}
	r.signed(d, secret)
	if d.header.Get("webhook-id") != d.ID || d.header.Get("Content-Type") != "application/json" {
		r.t.Errorf("headers %v for event %s", d.header, d.ID)
	}
	log.hide("a webhook's signature", d.header.Get("X-Connect-It-Token"))
}

// signed checks webhook-signature with the library of Standard Webhooks.
func (r *receiver) signed(d delivered, secret string) {
	r.t.Helper()
	standard, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		r.t.Fatal(err)
	}
	if err := standard.Verify(d.body, d.header); err != nil {
		r.t.Errorf("the Standard Webhooks library does not believe it: %v", err)
	}
}

package client

import (
	"crypto/hmac"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"talkit/wire"
)

// Tolerance is how far the clock of a webhook's sender may be from ours, and
// so how long a recorded request can be played again.
const Tolerance = 5 * time.Minute

// Why a webhook is not believed.
var (
	ErrSignature = errors.New("talkit: the webhook is not signed with this secret")
	ErrTimestamp = errors.New("talkit: the webhook was signed too long ago, or in the future")
)

// Event is a webhook. The same one may come more than once, with the same ID.
type Event struct {
	wire.Event
	Data json.RawMessage `json:"data"` // what it is about; its form depends on Type
}

// Transcript is what the events transcript.* are about.
func (e Event) Transcript() (wire.Transcript, error) {
	var t wire.Transcript
	if !strings.HasPrefix(e.Type, "transcript.") {
		return t, fmt.Errorf("talkit: %s is not about a transcript", e.Type)
	}
	if err := json.Unmarshal(e.Data, &t); err != nil {
		return t, fmt.Errorf("talkit: %s: %w", e.Type, err)
	}
	return t, nil
}

// VerifyWebhook checks that a request came from the server that shares secret
// ("whsec_…"), and reads it. The body must be as it came, byte for byte.
//
// The headers of Standard Webhooks decide where they are present. Without
// them X-Connect-It-Token does, which says nothing of the time: whoever
// recorded such a request can play it again.
func VerifyWebhook(secret string, header http.Header, body []byte) (Event, error) {
	verify := verifyToken
	if header.Get("webhook-signature") != "" {
		verify = verifySignature
	}
	if err := verify(secret, header, body); err != nil {
		return Event{}, err
	}
	var event Event
	if err := json.Unmarshal(body, &event); err != nil {
		return Event{}, fmt.Errorf("talkit: webhook: %w", err)
	}
	return event, nil
}

// verifySignature is Standard Webhooks: any of the signatures, separated by
// spaces, is enough; there are two while a secret is being replaced.
func verifySignature(secret string, header http.Header, body []byte) error {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil || len(key) == 0 {
		return errors.New("talkit: the secret is not whsec_ and base64")
	}
	id, stamp := header.Get("webhook-id"), header.Get("webhook-timestamp")
	want := sign(key, []byte(id+"."+stamp+"."), body)
	for signature := range strings.FieldsSeq(header.Get("webhook-signature")) {
		version, encoded, _ := strings.Cut(signature, ",")
		got, err := base64.StdEncoding.DecodeString(encoded)
		if version == "v1" && err == nil && hmac.Equal(got, want) {
			return checkTimestamp(stamp)
		}
	}
	return ErrSignature
}

func checkTimestamp(stamp string) error {
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > Tolerance {
		return ErrTimestamp
	}
	return nil
}

func verifyToken(secret string, header http.Header, body []byte) error {
	got, err := hex.DecodeString(header.Get("X-Connect-It-Token"))
	if secret == "" || err != nil || !hmac.Equal(got, sign([]byte(secret), body)) {
		return ErrSignature
	}
	return nil
}

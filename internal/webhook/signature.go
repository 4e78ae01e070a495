package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// HeaderToken carries the signature that receivers compute over
// JSON.stringify(JSON.parse(body)).
const HeaderToken = "X-Connect-It-Token"

// Signature gives the headers that sign body at a time. While a secret is
// being replaced there are two, the current one first: both sign
// webhook-signature (Standard Webhooks), and X-Connect-It-Token, which has
// room for one, stays with the one that receivers know already, the last.
func Signature(key string, at time.Time, body []byte, secrets ...string) (http.Header, error) {
	if len(secrets) == 0 {
		return nil, errors.New("webhook: no secret to sign with")
	}
	signatures := make([]string, len(secrets))
	for i, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return nil, fmt.Errorf("webhook: secret: %w", err)
		}
		if signatures[i], err = signer.Sign(key, at, body); err != nil {
			return nil, fmt.Errorf("webhook: sign: %w", err)
		}
	}
	header := http.Header{}
	header.Set(standardwebhooks.HeaderWebhookID, key)
	header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	header.Set(HeaderToken, token(secrets[len(secrets)-1], body))
	return header, nil
}

// token is the lower-case hex of HMAC-SHA256 over body, keyed with the whole
// secret as it is written, whsec_ and all.
func token(secret string, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write(body)
	return hex.EncodeToString(mac.Sum(nil))
}

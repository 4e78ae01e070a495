package client

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"time"
)

// Credential gives the bearer of a request. It is asked before each one.
type Credential func() string

// DeveloperKey is a key made in the developer portal.
func DeveloperKey(key string) Credential {
	return func() string { return key }
}

// Installation acts for one installation of a plugin: each request gets a
// token of its own, which lives for five minutes. The secret key is the value
// of one of the plugin's keys.
func Installation(uuid, secretKey string) Credential {
	return func() string { return Token(uuid, secretKey, time.Now(), 5*time.Minute) }
}

// MaxTokenLife is how long a token of an installation may live.
const MaxTokenLife = time.Hour

// Token mints a token for an installation: a JSON Web Token (RFC 7519) signed
// with HS256, keyed with the bytes of the secret key as it is written. It
// lives from issued on, for MaxTokenLife at most, in whole seconds.
func Token(uuid, secretKey string, issued time.Time, life time.Duration) string {
	claims, _ := json.Marshal(struct { // cannot fail
		IssuedAt  int64  `json:"iat"`
		ExpiresAt int64  `json:"exp"`
		UUID      string `json:"plugin_installation_uuid"`
	}{issued.Unix(), issued.Unix() + int64(min(life, MaxTokenLife)/time.Second), uuid})
	signed := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"HS256","typ":"JWT"}`)) + "." +
		base64.RawURLEncoding.EncodeToString(claims)
	return signed + "." + base64.RawURLEncoding.EncodeToString(sign([]byte(secretKey), signed))
}

// sign is HMAC-SHA256 over the parts, one after the other.
func sign[T ~string | ~[]byte](key []byte, parts ...T) []byte {
	mac := hmac.New(sha256.New, key)
	for _, part := range parts {
		mac.Write([]byte(part))
	}
	return mac.Sum(nil)
}

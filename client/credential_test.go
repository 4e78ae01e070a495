package client

import (
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	uuid      = "0b8f6f0e-8f0a-4c37-9a55-1d5f4f1f5c11"
	secretKey = "sk_0123456789abcdef0123456789abcdef"
)

// TestToken asks the library that the server uses.
func TestToken(t *testing.T) {
	t.Parallel()
	for life, want := range map[time.Duration]float64{time.Minute: 60, time.Hour: 3600, 24 * time.Hour: 3600, 1500 * time.Millisecond: 1} {
		claims := jwt.MapClaims{}
		_, err := jwt.ParseWithClaims(Token(uuid, secretKey, time.Now(), life), claims, func(*jwt.Token) (any, error) { return []byte(secretKey), nil },
			jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithStrictDecoding(), jwt.WithLeeway(time.Minute))
		if err != nil {
			t.Fatalf("for %v: %v", life, err)
		}
		if got := claims["exp"].(float64) - claims["iat"].(float64); got != want || claims["plugin_installation_uuid"] != uuid || len(claims) != 3 {
			t.Errorf("for %v: %v, living %v s, want %v", life, claims, got, want)
		}
	}
}

func TestTokenKnownAnswer(t *testing.T) {
	t.Parallel()
	got := Token("u", "k", time.Unix(1000, 0), time.Minute)
	// {"alg":"HS256","typ":"JWT"} . {"iat":1000,"exp":1060,"plugin_installation_uuid":"u"}
	want := "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjEwMDAsImV4cCI6MTA2MCwicGx1Z2luX2luc3RhbGxhdGlvbl91dWlkIjoidSJ9."
	if !strings.HasPrefix(got, want) {
		t.Errorf("%s does not begin with %s", got, want)
	}
}

func TestInstallationMintsForEachRequest(t *testing.T) {
	t.Parallel()
	credential := Installation(uuid, secretKey)
	if token := credential(); strings.Count(token, ".") != 2 {
		t.Errorf("%s is no token", token)
	}
}

package auth

import (
	"crypto/rand"
	"encoding/base64"
	"fmt"
)

// NewUUID is a random UUID (RFC 9562, version 4).
func NewUUID() string {
	var b [16]byte
	rand.Read(b[:]) // never fails (crypto/rand)
	b[6] = b[6]&0x0f | 0x40
	b[8] = b[8]&0x3f | 0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16])
}

// NewID is a short name that nobody made before: 26 lower-case letters and
// digits, 128 random bits.
func NewID() string {
	var b [16]byte
	rand.Read(b[:])
	return keyEncoding.EncodeToString(b[:])
}

// NewWebhookSecret is whsec_ and the standard base64 of 24 random bytes, as
// Standard Webhooks writes secrets.
func NewWebhookSecret() string {
	var b [24]byte
	rand.Read(b[:])
	return "whsec_" + base64.StdEncoding.EncodeToString(b[:])
}

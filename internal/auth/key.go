package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base32"
	"strings"

	"talkit"
)

// The prefixes of the keys that Talkit makes. They tell a reader, and a
// scanner for leaked secrets, what was found.
const (
	DeveloperKeyPrefix = "tk_dev_"
	UserKeyPrefix      = "tk_user_"
	SecretKeyPrefix    = "tk_secret_"
)

// keyRandom is how many random bytes a key holds, 52 characters in base32.
// With any prefix the value stays under 64 bytes, one block of SHA-256, so
// HMAC with it always costs the same.
const keyRandom = 32

var keyEncoding = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// NewKey makes a key with 256 random bits. The value is shown once; a bearer
// key is kept as its hash, and its last four characters are for people.
func NewKey(prefix string) (value string, hash []byte, last4 string) {
	random := make([]byte, keyRandom)
	rand.Read(random) // never fails (crypto/rand)
	value = prefix + keyEncoding.EncodeToString(random)
	return value, HashKey(value), value[len(value)-4:]
}

// HashKey is SHA-256 of a key's value, the form in which bearer keys are kept
// and found. A slow, salted hash would gain nothing here: it is for what people
// choose, while nobody can try 2^256 random values; and only a plain hash can
// be looked up by an index. That look-up need not be constant in time, because
// who asks cannot choose the hash they send.
func HashKey(value string) []byte {
	sum := sha256.Sum256([]byte(value))
	return sum[:]
}

// KeyMatches tells in constant time whether hash is that of value.
func KeyMatches(value string, hash []byte) bool {
	return subtle.ConstantTimeCompare(HashKey(value), hash) == 1
}

// KindOfKey tells which kind of bearer key value could be, by its form alone;
// false for anything NewKey would not have made.
func KindOfKey(value string) (talkit.KeyKind, bool) {
	for prefix, kind := range map[string]talkit.KeyKind{
		DeveloperKeyPrefix: talkit.DeveloperKey,
		UserKeyPrefix:      talkit.UserKey,
	} {
		if random, ok := strings.CutPrefix(value, prefix); ok {
			return kind, isRandomPart(random)
		}
	}
	return "", false
}

func isRandomPart(s string) bool {
	// The decoder steps over line breaks, hence the length.
	decoded, err := keyEncoding.DecodeString(s)
	return err == nil && len(decoded) == keyRandom && len(s) == keyEncoding.EncodedLen(keyRandom)
}

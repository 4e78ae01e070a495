package auth

import (
	"bytes"
	"strings"
	"testing"

	"talkit"
)

func TestNewKey(t *testing.T) {
	t.Parallel()
	for _, prefix := range []string{DeveloperKeyPrefix, UserKeyPrefix, SecretKeyPrefix} {
		value, hash, last4 := NewKey(prefix)
		again, _, _ := NewKey(prefix)
		switch {
		case value == again:
			t.Error("two keys are equal")
		case !strings.HasPrefix(value, prefix) || !strings.HasSuffix(value, last4) || len(last4) != 4:
			t.Errorf("%s…, last4 %s", prefix, last4)
		case len(value) < 32 || len(value) > 64:
			t.Errorf("%s: %d bytes", prefix, len(value))
		case !bytes.Equal(hash, HashKey(value)) || len(hash) != 32:
			t.Error("hash is not the value's")
		case !KeyMatches(value, hash) || KeyMatches(again, hash) || KeyMatches(value, nil):
			t.Error("KeyMatches is wrong")
		}
	}
}

func TestKindOfKey(t *testing.T) {
	t.Parallel()
	developer, _, _ := NewKey(DeveloperKeyPrefix)
	user, _, _ := NewKey(UserKeyPrefix)
	secret, _, _ := NewKey(SecretKeyPrefix)
	for value, want := range map[string]talkit.KeyKind{developer: talkit.DeveloperKey, user: talkit.UserKey} {
		if kind, ok := KindOfKey(value); !ok || kind != want {
			t.Errorf("%s: %v %v", want, kind, ok)
		}
	}
	for name, value := range map[string]string{
		"empty": "", "prefix alone": UserKeyPrefix, "secret key": secret, "a token": "a.b.c",
		"longer": user + "a", "shorter": user[:len(user)-1], "upper case": strings.ToUpper(user),
		"line break": user[:len(user)-1] + "\n" + user[len(user)-1:], "other letters": user[:len(user)-1] + "!",
		"space before": " " + user,
	} {
		if _, ok := KindOfKey(value); ok {
			t.Errorf("%s: taken for a key", name)
		}
	}
}

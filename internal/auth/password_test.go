package auth

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/alexedwards/argon2id"

	"talkit"
)

func TestPassword(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	hash, err := HashPassword(ctx, "correct horse")
	if err != nil || !strings.HasPrefix(hash, "$argon2id$v=19$m=19456,t=2,p=1$") {
		t.Fatalf("%q, %v", hash, err)
	}
	for _, c := range []struct {
		password, hash string
		want           bool
	}{
		{"correct horse", hash, true},
		{"correct hors", hash, false},
		{"", hash, false},
		{"correct horse", "", false},
		{"", "", false},
		{strings.Repeat("x", MaxPassword+1), hash, false},
	} {
		if match, err := PasswordMatches(ctx, c.password, c.hash); err != nil || match != c.want {
			t.Errorf("%.20q against %.10q: %v, %v", c.password, c.hash, match, err)
		}
	}
	if _, err := PasswordMatches(ctx, "correct horse", "plain"); err == nil {
		t.Error("a broken hash is no error")
	}
}

// An account that does not exist must cost the work of one that does.
func TestNoPasswordCostsTheSame(t *testing.T) {
	t.Parallel()
	params, _, key, err := argon2id.DecodeHash(noPassword)
	if err != nil || *params != *passwordParams || len(key) != int(passwordParams.KeyLength) {
		t.Errorf("%+v, %v", params, err)
	}
}

func TestPasswordWaitsForItsTurn(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	// Either a turn was free or the wait was broken off: never more turns.
	if _, err := HashPassword(ended, "correct horse"); err != nil && !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if cap(hashing) < 1 || cap(hashing) > 4 {
		t.Errorf("%d hashes at once", cap(hashing))
	}
}

func TestCheckPassword(t *testing.T) {
	t.Parallel()
	for password, ok := range map[string]bool{
		"ten chars!": true, "nine char": false, "äöüäöüäöüä": true, "äöüäöüäöü": false, "": false,
		strings.Repeat("x", MaxPassword): true, strings.Repeat("x", MaxPassword+1): false, "with\x00zero byte": false,
	} {
		err := CheckPassword("body.password", password)
		if (err == nil) != ok || (err != nil && talkit.KindOf(err) != talkit.Invalid) {
			t.Errorf("%.20q: %v", password, err)
		}
		if err != nil && len(password) > 5 && strings.Contains(err.Error(), password) {
			t.Errorf("the error repeats the password: %v", err)
		}
	}
}

package auth

import (
	"context"
	"fmt"
	"runtime"
	"time"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"talkit"
)

// The shortest and longest password, in characters. The upper bound keeps what
// one request can make us hash small.
const (
	MinPassword = 10
	MaxPassword = 1000
)

// passwordParams take about 55 ms and 19 MiB: OWASP's first choice for Argon2id.
var passwordParams = &argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// noPassword is a hash with passwordParams that no known password has. It is
// checked for who has none, so that an answer takes as long for an address
// without an account as for one with a wrong password.
const noPassword = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

// hashing caps how many hashes the process works on at once: memory is what
// Argon2 costs, and anyone may try to sign in.
var hashing = make(chan struct{}, min(runtime.NumCPU(), 4))

// CheckPassword tells whether a new password is acceptable.
func CheckPassword(location, password string) error {
	if n := utf8.RuneCountInString(password); n < MinPassword {
		return talkit.InvalidField(location, "must have at least %d characters", MinPassword)
	}
	return talkit.CheckText(location, password, MaxPassword)
}

// HashPassword makes the PHC string under which a password is kept. It waits
// for its turn a little.
func HashPassword(ctx context.Context, password string) (string, error) {
	if err := takeTurn(ctx); err != nil {
		return "", err
	}
	defer func() { <-hashing }()
	return argon2id.CreateHash(password, passwordParams)
}

// PasswordMatches tells whether hash is that of password; never, but after the
// same work, when hash is "". It waits for its turn a little.
func PasswordMatches(ctx context.Context, password, hash string) (bool, error) {
	if err := takeTurn(ctx); err != nil {
		return false, err
	}
	defer func() { <-hashing }()
	if hash == "" || utf8.RuneCountInString(password) > MaxPassword {
		_, err := argon2id.ComparePasswordAndHash("", noPassword)
		return false, err
	}
	match, err := argon2id.ComparePasswordAndHash(password, hash)
	if err != nil {
		return false, fmt.Errorf("auth: stored password hash: %w", err)
	}
	return match, nil
}

// turnTime is how long a hash waits for its turn: with more to do than that,
// everybody would wait, and nobody be served.
const turnTime = 5 * time.Second

func takeTurn(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, turnTime)
	defer cancel()
	select {
	case hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		e := talkit.Errorf(talkit.Unavailable, "The server has too much to do right now. Try again in a few seconds.").Because(ctx.Err())
		e.RetryAfter = turnTime
		return e
	}
}

package auth

import (
	"encoding/base64"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"talkit"
)

// Bounds of an installation token.
const (
	maxToken         = 4 << 10 // bytes; a token of ours has about 250
	maxTokenLifetime = time.Hour
	tokenLeeway      = time.Minute // what two clocks may differ
	maxTokenTime     = 1e11        // seconds since 1970, the year 5138
)

// minTokenKey is the least that verifies: RFC 7518, section 3.2, wants as many
// bytes as the hash has.
const minTokenKey = 32

// UnverifiedToken is an installation token that can be read. Nothing in it may
// be believed before Verify.
type UnverifiedToken struct {
	InstallationUUID string // lower case; says whose keys to verify with

	issued, expires, notBefore float64 // seconds since 1970, fractions and all
	signed                     string
	signature                  []byte
}

// ParseToken reads a plugin_installation_jwt: RFC 7515's compact form with
// algorithm HS256 and the claims iat, exp and plugin_installation_uuid. It
// refuses all that is wrong whatever the key and the time. The error is an
// Unauthenticated one that is the same for every refusal, here and in Verify;
// its cause, for the log, says why and repeats nothing of the token.
func ParseToken(token string) (UnverifiedToken, error) {
	t, err := parseToken(token)
	if err != nil {
		return UnverifiedToken{}, refuseToken(err)
	}
	return t, nil
}

func refuseToken(reason error) error {
	return talkit.Errorf(talkit.Unauthenticated, "The installation token was not accepted. It must be a JWT signed with HS256 "+
		"and a living secret key of the plugin, with iat, an exp at most an hour later and plugin_installation_uuid, "+
		"for an installation that is neither disabled nor gone.").Because(reason)
}

func parseToken(token string) (UnverifiedToken, error) {
	if len(token) > maxToken {
		return UnverifiedToken{}, fmt.Errorf("token has more than %d bytes", maxToken)
	}
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return UnverifiedToken{}, fmt.Errorf("token has %d parts, not 3", len(parts))
	}
	if err := checkHeader(parts[0]); err != nil {
		return UnverifiedToken{}, fmt.Errorf("token header: %w", err)
	}
	t, err := readClaims(parts[1])
	if err != nil {
		return UnverifiedToken{}, fmt.Errorf("token claims: %w", err)
	}
	t.signed = parts[0] + "." + parts[1]
	if t.signature, err = decodeSegment(parts[2]); err != nil {
		return UnverifiedToken{}, fmt.Errorf("token signature: %w", err)
	}
	return t, nil
}

// checkHeader wants the algorithm and nothing that changes the token's meaning.
// All else, typ and kid too, is ignored.
func checkHeader(segment string) error {
	header, err := decodeObject(segment)
	if err != nil {
		return err
	}
	if alg, err := header.text("alg"); err != nil || alg != jwt.SigningMethodHS256.Alg() {
		return errors.New("alg is not HS256")
	}
	if _, ok := header["crit"]; ok {
		return errors.New("crit is there")
	}
	return nil
}

var uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$`)

func readClaims(segment string) (t UnverifiedToken, err error) {
	claims, err := decodeObject(segment)
	if err != nil {
		return t, err
	}
	if t.issued, err = claims.seconds("iat"); err != nil {
		return t, err
	}
	if t.expires, err = claims.seconds("exp"); err != nil {
		return t, err
	}
	if _, ok := claims["nbf"]; ok { // RFC 7519, section 4.1.5: nobody must send it, but who does means it
		if t.notBefore, err = claims.seconds("nbf"); err != nil {
			return t, err
		}
	}
	if t.expires-t.issued > maxTokenLifetime.Seconds() {
		return t, fmt.Errorf("exp is more than %v after iat", maxTokenLifetime)
	}
	uuid, err := claims.text("plugin_installation_uuid")
	if t.InstallationUUID = strings.ToLower(uuid); err == nil && !uuidForm.MatchString(t.InstallationUUID) {
		err = errors.New("plugin_installation_uuid is not a UUID")
	}
	return t, err
}

// decodeSegment reads strict base64url (RFC 7515, section 2). Go's decoder
// steps over line breaks, which no token has.
func decodeSegment(segment string) ([]byte, error) {
	if strings.ContainsAny(segment, "\r\n") {
		return nil, errors.New("line break in base64url")
	}
	decoded, err := base64.RawURLEncoding.Strict().DecodeString(segment)
	if err != nil {
		return nil, errors.New("not base64url")
	}
	return decoded, nil
}

// Verify tells whether one of keys signed the token and now is within its
// time. keys are the values of the plugin's living secret keys, none for an
// installation that does not exist. It always computes an HMAC for each of
// talkit.MaxSecretKeys, so its time does not tell how many keys there are, nor
// whether the installation exists. The error is as ParseToken's.
func (t UnverifiedToken) Verify(keys [][]byte, now time.Time) error {
	signed := t.signedBy(keys)
	seconds := float64(now.UnixMicro()) / 1e6
	leeway := tokenLeeway.Seconds()
	switch {
	case !signed:
		return refuseToken(errors.New("no key of that installation's plugin signed the token"))
	case seconds >= t.expires+leeway:
		return refuseToken(errors.New("exp is past"))
	case t.issued > seconds+leeway:
		return refuseToken(errors.New("iat is in the future"))
	case t.notBefore > seconds+leeway:
		return refuseToken(errors.New("nbf is in the future"))
	}
	return nil
}

// dummyKey stands in for keys that are not there. What it signs is refused.
var dummyKey = make([]byte, minTokenKey)

func (t UnverifiedToken) signedBy(keys [][]byte) bool {
	missing := max(0, talkit.MaxSecretKeys-len(keys))
	signed := false
	for _, key := range slices.Concat(keys, make([][]byte, missing)) {
		living := len(key) >= minTokenKey
		if !living {
			key = dummyKey
		}
		matches := jwt.SigningMethodHS256.Verify(t.signed, t.signature, key) == nil
		signed = signed || (matches && living)
	}
	return signed
}

package auth

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"talkit"
)

const (
	testUUID = "0f8fad5b-d9cb-469f-a165-70867728950e"
	testKey  = "tk_secret_aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
)

var testNow = time.Unix(1_800_000_000, 0)

// testClaims are a payload with iat and exp put in as they stand.
func testClaims(iat, exp string) string {
	return fmt.Sprintf(`{"iat":%s,"exp":%s,"plugin_installation_uuid":%q}`, iat, exp, testUUID)
}

// at is a moment, seconds from testNow.
func at(offset int) string { return fmt.Sprint(testNow.Unix() + int64(offset)) }

func segment(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }

// sign makes a token by hand, so that it can be wrong in any way.
func sign(header, claims, key string) string {
	return signSegments(segment(header), segment(claims), key, sha256.New)
}

func signSegments(header, claims, key string, h func() hash.Hash) string {
	mac := hmac.New(h, []byte(key))
	mac.Write([]byte(header + "." + claims))
	return header + "." + claims + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

func verify(token string, keys ...string) error {
	t, err := ParseToken(token)
	if err != nil {
		return err
	}
	values := make([][]byte, len(keys))
	for i, key := range keys {
		values[i] = []byte(key)
	}
	return t.Verify(values, testNow)
}

const hs256 = `{"alg":"HS256"}`

func TestTokenAccepted(t *testing.T) {
	t.Parallel()
	for name, token := range map[string]string{
		"alg alone":          sign(hs256, testClaims(at(0), at(300)), testKey),
		"typ and kid":        sign(`{"typ":"JWT","alg":"HS256","kid":"7"}`, testClaims(at(0), at(300)), testKey),
		"white space":        sign(" {\n\"alg\" : \"HS256\" } ", "\t"+testClaims(at(0), at(300))+"\n", testKey),
		"more claims":        sign(hs256, strings.Replace(testClaims(at(0), at(300)), "{", `{"iss":"x","aud":["y"],"nested":{"iat":"z"},`, 1), testKey),
		"an hour":            sign(hs256, testClaims(at(0), at(3600)), testKey),
		"exp within leeway":  sign(hs256, testClaims(at(-100), at(-59)), testKey),
		"iat within leeway":  sign(hs256, testClaims(at(60), at(300)), testKey),
		"fractions":          sign(hs256, testClaims(at(0)+".25", at(3600)+".25"), testKey),
		"exponent":           sign(hs256, testClaims("1.8e9", "18000003e2"), testKey),
		"nbf now":            sign(hs256, strings.Replace(testClaims(at(0), at(300)), "{", `{"nbf":`+at(0)+`,`, 1), testKey),
		"upper-case UUID":    sign(hs256, strings.Replace(testClaims(at(0), at(300)), testUUID, strings.ToUpper(testUUID), 1), testKey),
		"names with escapes": sign(`{"\u0061lg":"HS256"}`, strings.Replace(testClaims(at(0), at(300)), "iat", `\u0069at`, 1), testKey),
	} {
		parsed, err := ParseToken(token)
		if err != nil || parsed.InstallationUUID != testUUID {
			t.Errorf("%s: %v, %v", name, parsed.InstallationUUID, err)
		} else if err := verify(token, testKey); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestTokenFromALibrary(t *testing.T) {
	t.Parallel()
	token, err := jwt.NewWithClaims(jwt.SigningMethodHS256, jwt.MapClaims{"iat": testNow.Unix(), "exp": testNow.Unix() + 60,
		"plugin_installation_uuid": testUUID}).SignedString([]byte(testKey))
	if err != nil {
		t.Fatal(err)
	}
	if err := verify(token, testKey); err != nil {
		t.Error(err)
	}
}

// refusedTokens are wrong in one way each, and but for it as they should be.
func refusedTokens() map[string]string {
	good := testClaims(at(0), at(300))
	token := sign(hs256, good, testKey)
	header, rest, _ := strings.Cut(token, ".")
	payload, signature, _ := strings.Cut(rest, ".")
	refused := map[string]string{
		"empty": "", "dots": "..", "one part": header, "two parts": header + "." + payload, "four parts": token + ".",
		"five parts, as JWE": token + ".a.b", "no signature": header + "." + payload + ".",
		"space before": " " + token, "space after": token + " ", "line break after": token + "\n",
		"bearer": "Bearer " + token,

		"padding":                  header + "." + payload + "." + signature + "=",
		"padding in header":        signSegments(base64.URLEncoding.EncodeToString([]byte(`{"alg":"HS256" }`)), payload, testKey, sha256.New),
		"standard base64":          header + "." + payload + "." + strings.Repeat("+", len(signature)),
		"line break in header":     signSegments(header[:4]+"\n"+header[4:], payload, testKey, sha256.New),
		"line break in claims":     signSegments(header, payload[:4]+"\r\n"+payload[4:], testKey, sha256.New),
		"line break in signature":  header + "." + payload + "." + signature[:4] + "\n" + signature[4:],
		"loose bits in signature":  looseBits(header+"."+payload+".", signature),
		"signature cut":            token[:len(token)-4],
		"signature longer":         token + "AAAA",
		"signature of other":       header + "." + segment(testClaims(at(0), at(301))) + "." + signature,
		"signed with other key":    sign(hs256, good, strings.Replace(testKey, "a", "b", 1)),
		"signed with empty key":    sign(hs256, good, ""),
		"signed with the dummy":    sign(hs256, good, string(dummyKey)),
		"signed with decoded uuid": sign(hs256, good, testUUID),
		"HS512":                    signSegments(segment(`{"alg":"HS512"}`), payload, testKey, sha512.New),
		"too long":                 sign(hs256, strings.Replace(good, "{", `{"x":"`+strings.Repeat("x", maxToken)+`",`, 1), testKey),
	}
	for name, header := range refusedHeaders {
		refused["header: "+name] = sign(header, good, testKey)
	}
	for name, claims := range refusedClaims() {
		refused["claims: "+name] = sign(hs256, claims, testKey)
	}
	return refused
}

// looseBits sets bits of the last character that no byte takes.
func looseBits(before, signature string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	last := strings.IndexByte(alphabet, signature[len(signature)-1])
	return before + signature[:len(signature)-1] + string(alphabet[last|1])
}

var refusedHeaders = map[string]string{
	"none": `{"alg":"none"}`, "None": `{"alg":"None"}`, "RS256": `{"alg":"RS256"}`, "lower case": `{"alg":"hs256"}`,
	"empty alg": `{"alg":""}`, "null alg": `{"alg":null}`, "alg in a list": `{"alg":["HS256"]}`, "no alg": `{}`, "Alg": `{"Alg":"HS256"}`,
	"crit": `{"alg":"HS256","crit":["exp"]}`, "empty crit": `{"alg":"HS256","crit":[]}`, "null crit": `{"alg":"HS256","crit":null}`,
	"b64": `{"alg":"HS256","b64":false,"crit":["b64"]}`, "alg twice": `{"alg":"HS256","alg":"HS256"}`,
	"alg twice, escaped": `{"alg":"none","\u0061lg":"HS256"}`, "trailing data": `{"alg":"HS256"}{}`,
	"array": `["HS256"]`, "string": `"HS256"`, "null": `null`, "empty": ``, "cut": `{"alg":"HS256"`, "comma": `{"alg":"HS256",}`,
	"not UTF-8": "{\"alg\":\"HS256\",\"x\":\"\xff\"}", "byte order mark": "\ufeff" + hs256,
}

func refusedClaims() map[string]string {
	good := testClaims(at(0), at(300))
	with := func(uuid string) string {
		return fmt.Sprintf(`{"iat":%s,"exp":%s,"plugin_installation_uuid":%s}`, at(0), at(300), uuid)
	}
	claims := map[string]string{
		"array": "[" + good + "]", "null": "null", "empty": "", "trailing data": good + "x", "two objects": good + good,
		"not UTF-8": strings.Replace(good, "{", "{\"x\":\"\xff\",", 1),

		"no iat":  `{"exp":` + at(300) + `,"plugin_installation_uuid":"` + testUUID + `"}`,
		"no exp":  `{"iat":` + at(0) + `,"plugin_installation_uuid":"` + testUUID + `"}`,
		"no uuid": `{"iat":` + at(0) + `,"exp":` + at(300) + `}`,
		"IAT":     strings.Replace(good, "iat", "IAT", 1), "Exp": strings.Replace(good, "exp", "Exp", 1),
		"iat twice":          strings.Replace(good, "{", `{"iat":`+at(0)+`,`, 1),
		"exp twice":          strings.Replace(good, "{", `{"exp":`+at(300)+`,`, 1),
		"uuid twice":         strings.Replace(good, "{", `{"plugin_installation_uuid":"`+testUUID+`",`, 1),
		"exp twice, escaped": strings.Replace(good, "{", `{"\u0065xp":`+at(300)+`,`, 1),
		"other twice":        strings.Replace(good, "{", `{"x":1,"x":1,`, 1),

		"uuid null": with("null"), "uuid number": with("7"), "uuid list": with(`["` + testUUID + `"]`), "uuid empty": with(`""`),
		"uuid without dashes": with(`"` + strings.ReplaceAll(testUUID, "-", "") + `"`), "uuid in braces": with(`"{` + testUUID + `}"`),
		"uuid urn": with(`"urn:uuid:` + testUUID + `"`), "uuid and a line break": with(`"` + testUUID + `\n"`),
		"uuid longer": with(`"` + testUUID + `0"`), "uuid not hex": with(`"g` + testUUID[1:] + `"`),

		"exp past": testClaims(at(-600), at(-60)), "exp long past": testClaims(at(-7200), at(-3600)),
		"iat in the future":  testClaims(at(61), at(300)),
		"a second too long":  testClaims(at(0), at(3601)),
		"a moment too long":  testClaims(at(0), at(3600)+".001"),
		"too long, past iat": testClaims(at(-7200), at(300)), "iat 0": testClaims("0", at(300)),
		"nbf in the future": strings.Replace(good, "{", `{"nbf":`+at(61)+`,`, 1),
		"nbf no number":     strings.Replace(good, "{", `{"nbf":"`+at(0)+`",`, 1),
	}
	for _, bad := range []string{"null", "true", "false", `""`, `"soon"`, "[]", "{}", "NaN", "Infinity", "-1", "-1e-9", "1e12",
		"100000000001", "1e19", "1e300", "1e400", "-1e400", "9223372036854775808", "18446744073709551616", "0x6b49d200", "01800000000",
		"+1800000000", "1800000000.", ".18e10", `"` + at(0) + `"`, "[" + at(0) + "]", "1_800_000_000", ""} {
		claims["iat "+bad] = testClaims(bad, at(300))
		claims["exp "+bad] = testClaims(at(0), bad)
	}
	return claims
}

func TestTokenRefused(t *testing.T) {
	t.Parallel()
	for name, token := range refusedTokens() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := verify(token, testKey)
			if err == nil {
				t.Fatal("accepted")
			}
			checkRefusal(t, err)
		})
	}
}

// checkRefusal holds a refusal to being the same as every other, but for the
// cause, which must be there.
func checkRefusal(t *testing.T, err error) {
	t.Helper()
	same, _ := errors.AsType[*talkit.Error](refuseToken(errors.New("x")))
	got, ok := errors.AsType[*talkit.Error](err)
	if !ok || got.Kind != talkit.Unauthenticated || got.Message != same.Message || got.Fields != nil {
		t.Errorf("not like every other refusal: %v", err)
	} else if got.Unwrap() == nil {
		t.Error("no reason for the log")
	}
}

func TestTokenKeys(t *testing.T) {
	t.Parallel()
	token := sign(hs256, testClaims(at(0), at(300)), testKey)
	var ten []string
	for i := range talkit.MaxSecretKeys {
		ten = append(ten, strings.Replace(testKey, "aa", fmt.Sprintf("b%d", i), 1))
	}
	for name, c := range map[string]struct {
		keys []string
		ok   bool
	}{
		"none": {nil, false}, "others": {ten, false}, "alone": {[]string{testKey}, true},
		"first": {append([]string{testKey}, ten[1:]...), true}, "last": {append(ten[1:len(ten):len(ten)], testKey), true},
		"eleventh": {append(ten[:len(ten):len(ten)], testKey), true}, "short": {[]string{testKey[:minTokenKey-1]}, false},
	} {
		err := verify(token, c.keys...)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
	short := testKey[:minTokenKey-1]
	if verify(sign(hs256, testClaims(at(0), at(300)), short), short) == nil {
		t.Error("a short key verified")
	}
}

// What we accept, the library with its strictest options accepts too.
func FuzzParseToken(f *testing.F) {
	f.Add(hs256, testClaims(at(0), at(300)))
	for _, header := range refusedHeaders {
		f.Add(header, testClaims(at(0), at(300)))
	}
	for _, claims := range refusedClaims() {
		f.Add(hs256, claims)
	}
	library := jwt.NewParser(jwt.WithValidMethods([]string{"HS256"}), jwt.WithExpirationRequired(), jwt.WithIssuedAt(),
		jwt.WithLeeway(time.Minute), jwt.WithStrictDecoding(), jwt.WithTimeFunc(func() time.Time { return testNow }))
	f.Fuzz(func(t *testing.T, header, claims string) {
		ParseToken(header)
		ParseToken(claims)
		token := sign(header, claims, testKey)
		if err := verify(token, testKey); err != nil {
			checkRefusal(t, err)
			return
		}
		if _, err := library.Parse(token, func(*jwt.Token) (any, error) { return []byte(testKey), nil }); err != nil {
			t.Errorf("the library refuses %s . %s: %v", header, claims, err)
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	token, err := ParseToken(sign(hs256, testClaims(at(0), at(300)), testKey))
	if err != nil {
		b.Fatal(err)
	}
	for name, keys := range map[string][][]byte{"one key": {[]byte(testKey)}, "unknown": nil} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				token.Verify(keys, testNow)
			}
		})
	}
}

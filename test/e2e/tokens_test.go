package e2e_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"hash"
	"iter"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"talkit/wire"
)

const plainHeader = `{"alg":"HS256"}`

// mint signs whatever it is given.
func mint(header, claims, secret string, hashed func() hash.Hash) string {
	signed := base64.RawURLEncoding.EncodeToString([]byte(header)) + "." + base64.RawURLEncoding.EncodeToString([]byte(claims))
	mac := hmac.New(hashed, []byte(secret))
	mac.Write([]byte(signed))
	return signed + "." + base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}

// claims are of the world's installation; times are seconds from now.
func (w *world) claims(issued, expires int64) string {
	now := time.Now().Unix()
	return fmt.Sprintf(`{"iat":%d,"exp":%d,"plugin_installation_uuid":"%s"}`, now+issued, now+expires, w.installation.UUID)
}

func (w *world) secretKeys() iter.Seq2[int64, error] {
	return func(yield func(int64, error) bool) {
		for _, key := range read[wire.List[wire.PluginSecretKey]](w.developer.get(w.path("/secret_keys"))).Data {
			if !yield(key.ID, nil) {
				return
			}
		}
	}
}

func tokensThatOpen(t *testing.T, w *world) {
	second := w.newSecretKey(w.plugin.ID)
	for kind, token := range map[string]string{
		"the header has alg alone":  mint(plainHeader, w.claims(0, 60), w.secret, sha256.New),
		"the header has more":       mint(`{"typ":"JWT","kid":"x","alg":"HS256"}`, w.claims(0, 60), w.secret, sha256.New),
		"another key of the plugin": mint(plainHeader, w.claims(0, 60), second, sha256.New),
		"an hour":                   mint(plainHeader, w.claims(0, 3600), w.secret, sha256.New),
		"a clock that is behind":    mint(plainHeader, w.claims(-600, -30), w.secret, sha256.New),
		"a clock that is ahead":     mint(plainHeader, w.claims(30, 90), w.secret, sha256.New),
		"other claims beside":       mint(plainHeader, strings.Replace(w.claims(0, 60), "{", `{"iss":"plugin","aud":["x"],`, 1), w.secret, sha256.New),
		"times with fractions":      mint(plainHeader, strings.Replace(w.claims(0, 60), `,"exp"`, `.25,"exp"`, 1), w.secret, sha256.New),
	} {
		if got := w.as(t, token).get("/installation"); got.status != http.StatusOK {
			t.Errorf("%s: %d %s", kind, got.status, got.body)
		}
	}
}

func tokensThatDoNot(t *testing.T, w *world) {
	other := setup(t, w.site)
	now := time.Now().Unix()
	claims := w.claims(0, 60)
	good := mint(plainHeader, claims, w.secret, sha256.New)
	signed := func(claims string) string { return mint(plainHeader, claims, w.secret, sha256.New) }
	times := func(issued, expires string) string {
		return signed(fmt.Sprintf(`{"iat":%s,"exp":%s,"plugin_installation_uuid":"%s"}`, issued, expires, w.installation.UUID))
	}
	at := func(seconds int64) string { return fmt.Sprint(now + seconds) }
	for kind, token := range map[string]string{
		"alg none":                  mint(`{"alg":"none"}`, claims, w.secret, sha256.New),
		"alg none, unsigned":        base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none"}`)) + "." + strings.Split(good, ".")[1] + ".",
		"HS512":                     mint(`{"alg":"HS512"}`, claims, w.secret, sha512.New),
		"RS256 over the same key":   mint(`{"alg":"RS256"}`, claims, w.secret, sha256.New),
		"no alg":                    mint(`{}`, claims, w.secret, sha256.New),
		"two algs":                  mint(`{"alg":"none","alg":"HS256"}`, claims, w.secret, sha256.New),
		"crit":                      mint(`{"alg":"HS256","crit":["b64"]}`, claims, w.secret, sha256.New),
		"a header that is none":     mint(`[]`, claims, w.secret, sha256.New),
		"claims that are none":      signed(`"x"`),
		"no iat":                    signed(fmt.Sprintf(`{"exp":%d,"plugin_installation_uuid":"%s"}`, now+60, w.installation.UUID)),
		"no exp":                    signed(fmt.Sprintf(`{"iat":%d,"plugin_installation_uuid":"%s"}`, now, w.installation.UUID)),
		"no uuid":                   signed(fmt.Sprintf(`{"iat":%d,"exp":%d}`, now, now+60)),
		"null exp":                  times(at(0), "null"),
		"iat in quotes":             times(`"`+at(0)+`"`, at(60)),
		"exp in quotes":             times(at(0), `"`+at(60)+`"`),
		"iat soon":                  times(`"soon"`, at(60)),
		"iat 1e19":                  times("1e19", "1e19"),
		"iat 1e300":                 times("1e300", "1e300"),
		"negative iat":              times("-1", at(60)),
		"exp past":                  times(at(-600), at(-90)),
		"more than an hour":         times(at(0), at(3601)),
		"iat in the future":         times(at(90), at(120)),
		"an unknown uuid":           signed(strings.Replace(claims, w.installation.UUID, "00000000-0000-4000-8000-000000000000", 1)),
		"no uuid at all":            signed(strings.Replace(claims, w.installation.UUID, "x", 1)),
		"two uuids":                 signed(strings.Replace(claims, "{", `{"plugin_installation_uuid":"`+other.installation.UUID+`",`, 1)),
		"another's installation":    signed(strings.Replace(claims, w.installation.UUID, other.installation.UUID, 1)),
		"another's secret key":      mint(plainHeader, claims, other.secret, sha256.New),
		"a secret key cut short":    mint(plainHeader, claims, w.secret[:len(w.secret)-1], sha256.New),
		"an empty key":              mint(plainHeader, claims, "", sha256.New),
		"a signature cut short":     good[:len(good)-4],
		"no signature":              good[:strings.LastIndex(good, ".")+1],
		"padding":                   good + "=",
		"a fourth part":             good + ".x",
		"claims of another's token": strings.Split(good, ".")[0] + "." + strings.Split(mint(plainHeader, w.claims(0, 61), "x", sha256.New), ".")[1] + "." + strings.Split(good, ".")[2],
		"a token of a hundred KiB":  signed(strings.Replace(claims, "{", `{"x":"`+strings.Repeat("x", 20_000)+`",`, 1)),
	} {
		got := w.as(t, token).get("/installation")
		if got.status != http.StatusUnauthorized || !strings.Contains(got.header.Get("WWW-Authenticate"), `error="invalid_token"`) {
			t.Errorf("%s: %d %v %s", kind, got.status, got.header["Www-Authenticate"], got.body)
		}
	}
	unknown := w.as(t, signed(strings.Replace(claims, w.installation.UUID, "00000000-0000-4000-8000-000000000000", 1))).get("/installation")
	wrong := w.as(t, mint(plainHeader, claims, other.secret, sha256.New)).get("/installation")
	if diff := gocmp.Diff(withoutID(unknown), withoutID(wrong)); diff != "" {
		t.Errorf("an unknown uuid and a wrong signature are told apart:\n%s", diff)
	}
}

// withoutID is an answer but for what names it.
func withoutID(a answer) map[string]any {
	var body map[string]any
	_ = json.Unmarshal(a.body, &body) // an empty body is one too
	delete(body, "request_id")
	header := a.header.Clone()
	for _, name := range []string{"X-Request-Id", "Date", "Content-Length"} {
		header.Del(name)
	}
	return map[string]any{"status": a.status, "header": header, "body": body}
}

// aTokenFromNode is made as a plugin's author would without any library.
func aTokenFromNode(t *testing.T, w *world) {
	node, err := exec.LookPath("node")
	if err != nil {
		leaveOut(t, "node (by hand: apt install nodejs)")
	}
	script := exec.CommandContext(t.Context(), node, "-e", `
		const { createHmac } = require("node:crypto");
		const part = value => Buffer.from(JSON.stringify(value)).toString("base64url");
		const now = Math.floor(Date.now() / 1000);
		const [uuid, secret] = process.argv.slice(1);
		const signed = part({ alg: "HS256" }) + "." + part({ iat: now, exp: now + 300, plugin_installation_uuid: uuid });
		process.stdout.write(signed + "." + createHmac("sha256", secret).update(signed).digest("base64url"));`,
		w.installation.UUID, w.secret)
	token, err := script.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := read[wire.PluginInstallation](w.as(t, string(token)).get("/installation").want(http.StatusOK))
	if got.UUID != w.installation.UUID || got.UserID != w.person.ID || got.PluginID != w.plugin.ID {
		t.Errorf("node's token is of %+v", got)
	}
}

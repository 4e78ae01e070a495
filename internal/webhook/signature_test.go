package webhook

import (
	"bytes"
	"encoding/base64"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"talkit/internal/auth"
)

func TestSignatureKnownAnswer(t *testing.T) {
	t.Parallel()
	// The example of the Standard Webhooks specification's libraries.
	at := time.Unix(1614265330, 0)
	header, err := Signature("msg_p5jXN8AQM9LWM0D4loKWxJek", at, []byte(`{"test": 2432232314}`), secret)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"webhook-id":        "msg_p5jXN8AQM9LWM0D4loKWxJek",
		"webhook-timestamp": "1614265330",
		"webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// TestStandardWebhooksVerifies asks the library that receivers use.
func TestStandardWebhooksVerifies(t *testing.T) {
	t.Parallel()
	body, now := []byte(`{"text":"naïve 😀`+"\u2028"+`"}`), time.Now()
	old, current := auth.NewWebhookSecret(), auth.NewWebhookSecret()
	header, err := Signature("evt_1", now, body, current, old)
	if err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]string{"current": current, "old": old} {
		if err := verifier(t, secret).Verify(body, header); err != nil {
			t.Errorf("with the %s secret: %v", name, err)
		}
		if err := verifier(t, secret).Verify(append(body, ' '), header); err == nil {
			t.Errorf("with the %s secret, a changed body passes", name)
		}
	}
	if err := verifier(t, auth.NewWebhookSecret()).Verify(body, header); err == nil {
		t.Error("another secret passes")
	}
	if got := header.Get(HeaderToken); got != token(old, body) {
		t.Errorf("%s is %s, want it made with the old secret", HeaderToken, got)
	}
}

func verifier(t *testing.T, secret string) *standardwebhooks.Webhook {
	t.Helper()
	v, err := standardwebhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSignatureRefuses(t *testing.T) {
	t.Parallel()
	for _, secrets := range [][]string{nil, {"whsec_not base64"}, {secret, "whsec_abc"}} {
		if header, err := Signature("evt_1", time.Now(), nil, secrets...); err == nil {
			t.Errorf("%q: %v, want an error", secrets, header)
		}
	}
}

func TestNewSecret(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 100 {
		secret := auth.NewWebhookSecret()
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
		if err != nil || len(key) != 24 || !strings.HasPrefix(secret, "whsec_") || seen[secret] {
			t.Fatalf("%s: %d bytes, %v, seen %v", secret, len(key), err, seen[secret])
		}
		seen[secret] = true
	}
}

// TestNodeVerifiesToken lets node do what receivers do: compute the token over
// JSON.stringify(JSON.parse(body)), with the secret as it is written.
func TestNodeVerifiesToken(t *testing.T) {
	t.Parallel()
	node := needNode(t)
	for _, body := range []string{
		`{"id":"evt_1","data":{"text":"plain"}}`,
		`{"text":"\u0000\u001f\b\t\n\f\r \"quoted\" \\u2028 ` + "\u2028 \u2029 \ufffd \x7f </script> & 😀 é" + `","n":[0,1e+21,1e-7,5,-0.5,9007199254740992],"none":null}`,
		`{"text":"` + strings.Repeat("long and longer ", 200_000) + `"}`,
	} {
		header, err := Signature("evt_1", time.Now(), []byte(body), secret)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), node, "-e", `
			const parts = [];
			process.stdin.on("data", part => parts.push(part)).on("end", () => {
				const body = JSON.parse(Buffer.concat(parts).toString());
				console.log(require("crypto").createHmac("sha256", process.argv[1]).update(JSON.stringify(body)).digest("hex"));
			});`, secret)
		cmd.Stdin, cmd.Stderr = bytes.NewReader([]byte(body)), os.Stderr
		said, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.TrimSpace(string(said)); got != header.Get(HeaderToken) {
			t.Errorf("%.60s: node computes %s, the header says %s", body, got, header.Get(HeaderToken))
		}
	}
}

// needNode finds node, without which a plain test leaves this one out.
func needNode(t *testing.T) string {
	t.Helper()
	node, err := exec.LookPath("node")
	if err == nil {
		return node
	}
	if os.Getenv("TALKIT_TEST_ALL") == "1" {
		t.Fatal("node is missing: install the package nodejs (make test does it)")
	}
	t.Skip("left out: needs node (make test installs it)")
	return ""
}

func BenchmarkSignature(b *testing.B) {
	body := []byte(strings.Repeat("several plain words ", 75)) // a transcript of 100 words
	secret := "whsec_" + base64.StdEncoding.EncodeToString(make([]byte, 24))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Signature("evt_1", time.Now(), body, secret); err != nil {
			b.Fatal(err)
		}
	}
}

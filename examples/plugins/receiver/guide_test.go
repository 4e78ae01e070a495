package receiver

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"talkit/internal/auth"
	"talkit/internal/webhook"
)

// guide returns the code of a language in docs/plugins.md that holds a word.
func guide(t *testing.T, language, word string) string {
	t.Helper()
	text, err := os.ReadFile("../../../docs/plugins.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, block := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		if strings.Contains(block[1], word) {
			return block[1]
		}
	}
	t.Fatalf("docs/plugins.md has no %s code with %s", language, word)
	return ""
}

// verifiers run the guide's code. Each program reads {secret, headers, body},
// the headers' names in lower case, and prints what verify and verifyToken say.
var verifiers = map[string]struct{ program, language, file, before, after string }{
	"node": {"node", "js", "verify.mjs", "", `
import { readFileSync } from "node:fs";
const { secret, headers, body } = JSON.parse(readFileSync(0));
console.log(verify(secret, headers, Buffer.from(body)), verifyToken(secret, headers, Buffer.from(body)));
`},
	"python": {"python3", "python", "verify.py", "", `
import json, sys
given = json.load(sys.stdin.buffer)
args = given["secret"], given["headers"], given["body"].encode()
print(str(verify(*args)).lower(), str(verify_token(*args)).lower())
`},
	"go": {"go", "go", "verify.go", `package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

`, `
func main() {
	var given struct {
		Secret, Body string
		Headers      map[string]string
	}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		panic(err)
	}
	h := http.Header{}
	for name, value := range given.Headers {
		h.Set(name, value)
	}
	fmt.Println(verify(given.Secret, h, []byte(given.Body)), verifyToken(given.Secret, h, []byte(given.Body)))
}
`},
}

// TestGuideVerifies runs the code that the guide gives, on what the server
// signs, and on what it did not sign.
func TestGuideVerifies(t *testing.T) {
	t.Parallel()
	for name, v := range verifiers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := filepath.Join(t.TempDir(), v.file)
			code := v.before + guide(t, v.language, "webhook-signature") + v.after
			if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
				t.Fatal(err)
			}
			run := []string{program(t, v.program), file}
			if name == "go" {
				run = []string{program(t, "go"), "run", file}
			}
			secret, now := auth.NewWebhookSecret(), time.Now()
			for _, c := range []struct {
				name, want string
				input      []byte
			}{
				{"genuine", "true true", input(t, secret, now, body, secret)},
				{"while the secret is replaced, for who knows the old", "true true", input(t, secret, now, body, auth.NewWebhookSecret(), secret)},
				{"and the new", "true false", input(t, secret, now, body, secret, auth.NewWebhookSecret())},
				{"old", "false true", input(t, secret, now.Add(-10*time.Minute), body, secret)},
				{"changed", "false false", input(t, secret, now, body+" ", secret)},
				{"another's", "false false", input(t, secret, now, body, auth.NewWebhookSecret())},
			} {
				command := exec.CommandContext(t.Context(), run[0], run[1:]...)
				command.Stdin = strings.NewReader(string(c.input))
				out, err := command.CombinedOutput()
				if got := strings.TrimSpace(string(out)); err != nil || got != c.want {
					t.Errorf("%s: %q, %v; want %s", c.name, got, err, c.want)
				}
			}
		})
	}
}

func input(t *testing.T, secret string, at time.Time, received string, signing ...string) []byte {
	t.Helper()
	header, err := webhook.Signature("evt_1", at, []byte(body), signing...)
	if err != nil {
		t.Fatal(err)
	}
	headers := map[string]string{}
	for name := range header {
		headers[strings.ToLower(name)] = header.Get(name)
	}
	text, err := json.Marshal(map[string]any{"secret": secret, "headers": headers, "body": received})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// TestGuideMints has the server judge the token of the guide's code.
func TestGuideMints(t *testing.T) {
	t.Parallel()
	node := program(t, "node")
	secretKey, _, _ := auth.NewKey(auth.SecretKeyPrefix)
	command := exec.CommandContext(t.Context(), node, "--input-type=module")
	command.Stdin = strings.NewReader(guide(t, "js", "mintToken") + `console.log(mintToken("` + uuid + `", "` + secretKey + `"));`)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	token, err := auth.ParseToken(strings.TrimSpace(string(out)))
	if err == nil {
		err = token.Verify([][]byte{[]byte(secretKey)}, time.Now())
	}
	if err != nil || token.InstallationUUID != uuid {
		t.Errorf("%s: %v", out, err)
	}
}

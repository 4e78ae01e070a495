// Package e2e_test holds Talkit to its contract from outside: over HTTP,
// against servers that start as the command line starts them. Every answer of
// every test is checked against the OpenAPI document, and after the whole
// suite the logs of all servers are searched for what they must not hold.
package e2e_test

import (
	"bytes"
	"flag"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"talkit/internal/certtest"
)

func TestMain(m *testing.M) {
	flag.Parse()
	forget := certtest.Trust()
	code := m.Run()
	forget()
	faults := append(log.leaks(), unanswered.left()...)
	for _, fault := range faults {
		fmt.Fprintln(os.Stderr, "after the suite:", fault)
		code = max(code, 1)
	}
	os.Exit(code)
}

// canary is a part of every text that tests dictate, of every name of theirs
// and of metadata: no log may hold it.
const canary = "kanarienvogel"

// log is what all servers wrote.
var log = &logbook{secrets: map[string]string{}}

type logbook struct {
	mu      sync.Mutex
	lines   bytes.Buffer
	secrets map[string]string // what was sent or given, and what it is
}

// Write implements io.Writer.
func (l *logbook) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lines.Write(line)
}

// shortest are the bytes of a secret that can be told from chance.
const shortest = 8

// hide says what no log may hold.
func (l *logbook) hide(kind, value string) {
	if len(value) < shortest {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets[value] = kind
}

// hideRequest notes what a request must not leave in a log. Tokens are known
// by how they begin: there are thousands.
func (l *logbook) hideRequest(r *http.Request) {
	l.hide("a query string", r.URL.RawQuery)
	l.hide("a cookie", r.Header.Get("Cookie"))
	l.hide("an Idempotency-Key", r.Header.Get("Idempotency-Key"))
}

// shapes are how credentials look, whoever made them: a JSON Web Token, our
// keys, a webhook's secret and its signatures, and what carries them.
var shapes = regexp.MustCompile(`eyJ[\w-]{8}|tk_[a-z]+_\w|whsec_\w|v1,[\w+/]{20}|(?i:bearer [\w.~-]{16})|postgres://|` + canary)

// leaks are the lines that hold something they must not.
func (l *logbook) leaks() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var faults []string
	for _, found := range shapes.FindAllIndex(l.lines.Bytes(), 10) {
		faults = append(faults, "a log line holds what looks like a secret or dictated text: "+l.lineAt(found[0]))
	}
	begins := map[string][]string{} // secrets by how they begin, so that one look at each byte is enough
	for secret := range l.secrets {
		begins[secret[:shortest]] = append(begins[secret[:shortest]], secret)
	}
	all := l.lines.Bytes()
	for at := range max(0, len(all)-shortest) {
		for _, secret := range begins[string(all[at:at+shortest])] {
			if bytes.HasPrefix(all[at:], []byte(secret)) {
				faults = append(faults, fmt.Sprintf("a log line holds %s (%s): %s", l.secrets[secret], secret, l.lineAt(at)))
			}
		}
	}
	return faults
}

func (l *logbook) lineAt(at int) string {
	all := l.lines.Bytes()
	begin := bytes.LastIndexByte(all[:at], '\n') + 1
	end := bytes.IndexByte(all[at:], '\n')
	if end < 0 {
		return string(all[begin:])
	}
	return string(all[begin : at+end])
}

// unanswered are the operations of the document that no test saw succeed.
var unanswered = &coverage{}

type coverage struct {
	mu       sync.Mutex
	missing  map[string]bool
	complete bool // the whole suite runs
}

func (c *coverage) expect(operations []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.missing != nil {
		return
	}
	c.missing = map[string]bool{}
	for _, operation := range operations {
		c.missing[operation] = true
	}
}

func (c *coverage) succeeded(operation string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.missing, operation)
}

// left tells which are left when all tests ran that there are.
func (c *coverage) left() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	filters := flag.Lookup("test.run").Value.String() + flag.Lookup("test.skip").Value.String()
	if !c.complete || strings.Contains(filters, "/") { // a part of the suite
		return nil
	}
	var faults []string
	for operation := range c.missing {
		faults = append(faults, "no test saw "+operation+" succeed")
	}
	return faults
}

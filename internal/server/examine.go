package server

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"talkit"
	"talkit/internal/audio"
	"talkit/internal/config"
	"talkit/internal/mail"
	"talkit/internal/speech/install"
	"talkit/internal/speech/openai"
	"talkit/internal/web"
)

// Finding is one thing that was looked at, and how to mend it.
type Finding struct {
	Check string `json:"check"`
	OK    bool   `json:"ok"`
	Words string `json:"message"`
}

// Words are an error as people read it. Our own errors have words of their
// own; others say what they are.
func Words(err error) string {
	if e, ok := errors.AsType[*talkit.Error](err); ok && e.Kind != talkit.Internal {
		return e.Message
	}
	return err.Error()
}

// check is one thing to look at. What is slow, because it reads much or asks
// another machine, a page does not wait for.
type check struct {
	name string
	slow bool
	look func(ctx context.Context) (words string, err error)
}

func (c check) find(ctx context.Context) Finding {
	words, err := c.look(ctx)
	if err != nil {
		words = Words(err)
	}
	return Finding{c.name, err == nil, words}
}

// well makes a check of what says nothing when all is well.
func well(words string, look func(ctx context.Context) error) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) { return words, look(ctx) }
}

// Examine looks at all that a server of these settings needs.
func Examine(ctx context.Context, c config.Config, log *slog.Logger) (found []Finding) {
	for _, check := range machineChecks(c) {
		found = append(found, check.find(ctx))
	}
	parts, err := Open(ctx, c, log)
	if err != nil {
		return append(found, Finding{"database", false, Words(err)})
	}
	defer parts.Close()
	for _, check := range parts.checks() {
		found = append(found, check.find(ctx))
	}
	return found
}

// machineChecks need no data.
func machineChecks(c config.Config) []check {
	engine := check{"engine", true, func(ctx context.Context) (string, error) { return checkEngine(ctx, c) }}
	switch c.EngineName() {
	case "openai":
		engine = check{"engine", true, func(ctx context.Context) (string, error) { return checkOpenAI(ctx, c) }}
	case "manual":
		engine = check{"engine", false, well("texts are written by hand (TALKIT_ENGINE=manual)", func(context.Context) error { return nil })}
	}
	return append([]check{
		{"ffmpeg", false, well("ffmpeg and ffprobe are there", func(context.Context) error { return audio.Available() })},
		{"disk", false, func(context.Context) (string, error) { return disk(c.Data) }},
		engine,
	}, outsideChecks(c)...)
}

// checkOpenAI has the other server transcribe a sample of speech.
func checkOpenAI(ctx context.Context, c config.Config) (string, error) {
	model := standardModel(c)
	server, err := openai.New(openai.Options{URL: string(c.OpenAIURL), Key: string(c.OpenAIKey)})
	if err != nil {
		return "", err
	}
	return "the speech server at " + server.Place() + " transcribes with the model " + model, server.Engine(model).Check(ctx)
}

// checkEngine reads all of every model that is installed: the server's own must
// be there, and none may be damaged.
func checkEngine(ctx context.Context, c config.Config) (string, error) {
	if err := install.Verify(ctx, c.Engines, c.Model); err != nil {
		return "", err
	}
	models, err := install.List(c.Engines)
	if err != nil {
		return "", err
	}
	names := []string{c.Model}
	for _, m := range models {
		if m.Name == c.Model {
			continue
		}
		if err := errors.Join(install.Present(c.Engines, m.Name), install.VerifyModel(ctx, c.Engines, m.Name)); err != nil {
			return "", err
		}
		names = append(names, m.Name)
	}
	if len(names) == 1 {
		return "the engine and the model " + c.Model + " are whole", nil
	}
	return "the engine and the models " + strings.Join(names, ", ") + " are whole", nil
}

// outsideChecks are of what others have to do with, where it is set.
func outsideChecks(c config.Config) (checks []check) {
	if c.HasTLS() {
		checks = append(checks, check{"certificate", true, func(ctx context.Context) (string, error) { return checkCertificate(ctx, c) }})
	}
	if c.SMTPURL != "" {
		checks = append(checks, check{"mail", true, func(ctx context.Context) (string, error) { return checkMail(ctx, c) }})
	}
	return checks
}

// checkMail says hello to the mail server, and signs in.
func checkMail(ctx context.Context, c config.Config) (string, error) {
	mailer, err := mail.New(string(c.SMTPURL), c.URL)
	if err != nil {
		return "", err
	}
	return "the mail server lets us in, to send letters from " + mailer.From(), mailer.Check(ctx)
}

func (p *Parts) checks() []check {
	return []check{
		{"database", false, well(fmt.Sprintf("%s answers", p.DB.Dialect), p.DB.Ping)},
		{"secrets", true, well("all sealed secrets open", p.App.CheckSealed)},
		{"storage", true, well("a blob was kept and deleted", p.Blobs.Check)},
		{"clock", false, p.clock},
	}
}

// lowDisk is when little room is left, in bytes.
const lowDisk = 2 << 30

func disk(data string) (string, error) {
	folder, err := filepath.Abs(data)
	if err != nil {
		return "", err
	}
	for folder != "/" {
		if _, err := os.Stat(folder); err == nil {
			break
		}
		folder = filepath.Dir(folder)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(folder, &stat); err != nil {
		return "", err
	}
	free := int64(stat.Bavail) * int64(stat.Bsize)
	text := fmt.Sprintf("%d MB are free for %s", free/1_000_000, data)
	if free < lowDisk {
		return "", errors.New(text + ": free some room, or move TALKIT_DATA to a larger disk")
	}
	return text, nil
}

// maxSkew is what this machine's clock may differ from the database's: tokens
// and webhooks are judged with a minute of leeway.
const maxSkew = 10 * time.Second

func (p *Parts) clock(ctx context.Context) (string, error) {
	skew, err := p.DB.ClockSkew(ctx)
	switch {
	case err != nil:
		return "", err
	case time.Now().Year() < 2026:
		return "", errors.New("the clock of this machine says " + time.Now().Format(time.RFC3339) + ": set it, best by NTP")
	case skew.Abs() > maxSkew:
		return "", fmt.Errorf("the clock of this machine is %v off the database's: set both by NTP", skew.Round(time.Second))
	}
	return time.Now().UTC().Format(time.RFC3339), nil
}

// checkup examines a running server for its pages: what is quick each time,
// what is slow once in a while and aside.
type checkup struct {
	checks []check
	wanted chan struct{}

	mu   sync.Mutex
	slow map[string]web.Finding // by check, as last found
}

// checkEvery is how long what is slow is not looked at again.
const checkEvery = 5 * time.Minute

func newCheckup(p *Parts) *checkup {
	return &checkup{checks: append(machineChecks(p.Config), p.checks()...), wanted: make(chan struct{}, 1), slow: map[string]web.Finding{}}
}

// findings are what is quick as it is now, and what is slow as it was when it
// was looked at last, which may be never.
func (c *checkup) findings(ctx context.Context) (all []web.Finding) {
	stale := false
	for _, check := range c.checks {
		if !check.slow {
			f := check.find(ctx)
			all = append(all, web.Finding{Check: f.Check, OK: f.OK, Words: f.Words, LookedOn: talkit.Now()})
			continue
		}
		c.mu.Lock()
		f, ok := c.slow[check.name]
		c.mu.Unlock()
		if !ok {
			f.Check = check.name
		}
		stale = stale || talkit.Now().Sub(f.LookedOn) > checkEvery
		all = append(all, f)
	}
	if stale {
		select {
		case c.wanted <- struct{}{}:
		default: // it is to be looked at already
		}
	}
	return all
}

// run looks at what is slow, when a page wants it.
func (c *checkup) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-c.wanted:
			c.lookSlowly(ctx)
		}
	}
}

func (c *checkup) lookSlowly(ctx context.Context) {
	for _, check := range c.checks {
		c.mu.Lock()
		last := c.slow[check.name].LookedOn
		c.mu.Unlock()
		if !check.slow || talkit.Now().Sub(last) <= checkEvery {
			continue
		}
		f := check.find(ctx)
		if ctx.Err() != nil {
			return // what was cut off says nothing
		}
		c.mu.Lock()
		c.slow[check.name] = web.Finding{Check: f.Check, OK: f.OK, Words: f.Words, LookedOn: talkit.Now()}
		c.mu.Unlock()
	}
}

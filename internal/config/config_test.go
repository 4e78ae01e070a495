package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
	"github.com/google/go-cmp/cmp"
)

// parse reads settings as a command of talkit does. The environment is the
// test's own: it must not run in parallel with others.
func parse(t *testing.T, env map[string]string, file string, args ...string) (*Config, error) {
	t.Helper()
	for _, name := range settingNames() {
		if value, ok := env[name]; ok {
			t.Setenv(name, value)
		} else {
			unset(t, name)
		}
	}
	if file != "" {
		path := filepath.Join(t.TempDir(), "talkit.conf")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append([]string{"--config", path}, args...)
	}
	var cli struct {
		Serve struct {
			Config
			NoWork bool `env:"NO_WORK"`
		} `cmd:""`
		Work struct{ Config } `cmd:""`
	}
	parser, err := kong.New(&cli, append(Options(), kong.Name("talkit"))...)
	if err != nil {
		t.Fatal(err)
	}
	_, err = parser.Parse(append([]string{"serve"}, args...))
	return &cli.Serve.Config, err
}

func unset(t *testing.T, name string) {
	t.Helper()
	t.Setenv(name, "") // puts the former value back at the end
	os.Unsetenv(name)
}

func mustParse(t *testing.T, env map[string]string, file string, args ...string) *Config {
	t.Helper()
	c, err := parse(t, env, file, args...)
	if err == nil {
		err = c.Complete()
	}
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDefaults(t *testing.T) {
	t.Setenv("XDG_DATA_HOME", "/data/home")
	got := mustParse(t, nil, "")
	want := &Config{Listen: "127.0.0.1:8080", URL: "http://127.0.0.1:8080", Data: "./talkit-data", TLS: "off",
		ACMEDirectory: "https://acme-v02.api.letsencrypt.org/directory", Engine: "auto",
		Engines: "/data/home/talkit/engines", Model: "base", ModelHub: "https://huggingface.co", LiveModel: "tiny.en", OpenAIWorkers: 2, MaxUpload: 2 << 30}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOrder(t *testing.T) {
	env := map[string]string{"TALKIT_LISTEN": ":2", "TALKIT_DATA": "env", "TALKIT_MAX_UPLOAD": "2MB", "TALKIT_MODEL": "", "TALKIT_LOG": ""}
	file := `
# settings
TALKIT_LISTEN=:3
TALKIT_DATA=file
TALKIT_MAX_UPLOAD = 3MB
TALKIT_LIVE_MODEL = 'tiny'
TALKIT_MODEL="small\x2een"
TALKIT_WEBHOOK_ALLOW=127.0.0.0/8, ::1
TALKIT_SECRET_KEY=#begins-with-a-hash-and-has-32-characters
` + "TALKIT_ENGINE=manual\r\n"
	c := mustParse(t, env, file, "--listen", ":1")
	for _, check := range [][2]string{
		{c.Listen, ":1"}, {c.Data, "env"}, {c.MaxUpload.String(), "2MB"}, {c.LiveModel, "tiny"}, {c.Model, "small.en"},
		{c.WebhookAllow.String(), "127.0.0.0/8,::1/128"}, {string(c.SecretKey), "#begins-with-a-hash-and-has-32-characters"},
		{c.Engine, "manual"}, {c.TLS, "off"}, {c.Log, ""}, {c.URL, "http://localhost:1"},
	} {
		if check[0] != check[1] {
			t.Errorf("%q, want %q", check[0], check[1])
		}
	}
}

// Compose files pass variables on as empty ones when they are not set.
func TestEmptyVariablesAreLeftOut(t *testing.T) {
	env := map[string]string{}
	for _, name := range settingNames() {
		env[name] = ""
	}
	t.Setenv("XDG_DATA_HOME", "relative is ignored")
	t.Setenv("HOME", "/home/x")
	c := mustParse(t, env, "")
	if c.Listen != "127.0.0.1:8080" || c.MaxUpload != 2<<30 || c.Model != "base" || c.Engines != "/home/x/.local/share/talkit/engines" {
		t.Errorf("%+v", c)
	}
}

func TestFileByEnvironment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "talkit.conf")
	if err := os.WriteFile(path, []byte("TALKIT_MODEL=small"), 0o600); err != nil {
		t.Fatal(err)
	}
	if c := mustParse(t, map[string]string{"TALKIT_CONFIG": path}, ""); c.Model != "small" {
		t.Errorf("model %q", c.Model)
	}
	if _, err := parse(t, map[string]string{"TALKIT_CONFIG": path + "x"}, ""); err == nil || !strings.HasPrefix(err.Error(), "the settings file cannot be read") {
		t.Errorf("a missing file: %v", err)
	}
}

func TestFileRefused(t *testing.T) {
	for file, want := range map[string]string{
		"\n\nTALKIT_LISTN=:1":                   "line 3: there is no setting \"TALKIT_LISTN\"",
		"TALKIT_CONFIG=other":                   "there is no setting",
		"just words hunter2":                    "line 1: write NAME=value",
		"TALKIT_LOG=text\nTALKIT_LOG=json":      "line 2: TALKIT_LOG is there twice",
		"TALKIT_SECRET_KEY=\"hunter2":           "quotes of TALKIT_SECRET_KEY",
		"TALKIT_SECRET_KEY='hunter2":            "quotes of TALKIT_SECRET_KEY",
		"TALKIT_SECRET_KEY='hunter2'x'":         "quotes of TALKIT_SECRET_KEY",
		"TALKIT_MAX_UPLOAD=lots":                "like 500MB or 2GiB",
		"TALKIT_TRUSTED_PROXIES=10.0.0.0/8,foo": "\"foo\" is no network",
	} {
		_, err := parse(t, nil, file)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v", file, err)
		}
	}
}

func TestURLFor(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		"127.0.0.1:8080": "http://127.0.0.1:8080", ":8080": "http://localhost:8080", "0.0.0.0:80": "http://localhost",
		"[::]:9": "http://localhost:9", "[::1]:9": "http://[::1]:9", "talkit.local:9": "http://talkit.local:9", "127.0.0.1:0": "",
		"[fd00::1]:80": "http://[fd00::1]",
	} {
		if got := new(Config).URLFor(listen); got != want {
			t.Errorf("%s: %q, want %q", listen, got, want)
		}
	}
	for listen, want := range map[string]string{
		":443": "https://localhost", "127.0.0.1:8443": "https://127.0.0.1:8443", ":80": "https://localhost:80", "127.0.0.1:0": "",
	} {
		if got := (&Config{TLS: "cert.pem,key.pem"}).URLFor(listen); got != want {
			t.Errorf("%s by TLS: %q, want %q", listen, got, want)
		}
	}
}

// Every faulty setting is named in one error, with what to do.
func TestValidate(t *testing.T) {
	for flags, want := range map[string]string{
		"--listen=8080": "TALKIT_LISTEN must be a host and a port", "--listen=:99999": "TALKIT_LISTEN", "--listen=:http": "TALKIT_LISTEN",
		"--url=talkit.test": "TALKIT_URL must be http", "--url=https://x/path": "TALKIT_URL", "--url=https://u@x": "TALKIT_URL", "--url=https://x?": "TALKIT_URL",
		"--data=": "TALKIT_DATA must name a folder", "--database-url=mysql://x": "TALKIT_DATABASE_URL must begin with postgres://",
		"--database-url=postgres://u:hunter2%@h": "TALKIT_DATABASE_URL cannot be read", "--storage-url=gs://x": "TALKIT_STORAGE_URL must begin with s3://",
		"--smtp-url=mail.test:25": "TALKIT_SMTP_URL must begin with smtp://", "--engine=openai": "TALKIT_OPENAI_URL must be the address of a server",
		"--tls=on":       "TALKIT_TLS must be off, auto, or two files",
		"--tls=cert.pem": "two files", "--tls=cert.pem,": "two files", "--tls=a,b,c": "two files",
		"--tls=auto": "TALKIT_TLS is auto, so TALKIT_URL must name the host", "--tls=auto --url=http://talkit.test": "TALKIT_URL must begin with https://",
		"--tls=auto --url=https://localhost": "has localhost", "--tls=auto --url=https://10.1.2.3": "has 10.1.2.3",
		"--tls=auto --url=https://[fd00::1]": "has fd00::1", "--tls=c,k --url=http://talkit.test": "TALKIT_TLS is on, so TALKIT_URL must begin with https://",
		"--acme-directory=http://ca.test/dir": "TALKIT_ACME_DIRECTORY must be the https:// address", "--acme-directory=ca": "TALKIT_ACME_DIRECTORY",
		"--model-hub=huggingface.co": "TALKIT_MODEL_HUB must be http:// or https://", "--model-hub=https://u:p@hub": "TALKIT_MODEL_HUB",
		"--openai-url=ftp://x": "TALKIT_OPENAI_URL must begin with http://", "--openai-url=http:///v1": "TALKIT_OPENAI_URL must have a host",
		"--openai-url=https://u:hunter2@": "TALKIT_OPENAI_URL must have a host", "--openai-workers=0": "TALKIT_OPENAI_WORKERS must be a number from 1",
		"--engine=vosk": `TALKIT_ENGINE must be one of ["auto" "whisper" "openai" "manual"]`,
		"--model=../x":  "TALKIT_MODEL must be the name", "--live-model=": "TALKIT_LIVE_MODEL", "--log=xml": `TALKIT_LOG must be one of ["text" "json"]`,
	} {
		c, err := parse(t, nil, "", strings.Fields(flags)...)
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Complete(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", flags, err)
		}
	}
	c, _ := parse(t, nil, "", "--tls=auto", "--log=xml", "--listen=x")
	if err := c.Complete(); err == nil || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("three faults: %v", err)
	}
}

func TestAcceptedSettings(t *testing.T) {
	c := mustParse(t, nil, "", "--url=https://talkit.test/", "--database-url=postgres://u:p@h/db", "--storage-url=s3://audio/x",
		"--smtp-url=smtp://mail.test", "--engine=whisper", "--openai-url=http://x", "--max-upload=1KiB", "--log=json")
	if c.URL != "https://talkit.test" {
		t.Errorf("URL %q", c.URL)
	}
	if warnings := c.Warnings(); len(warnings) != 1 || !strings.Contains(warnings[0], "TALKIT_OPENAI_URL") {
		t.Errorf("%v", warnings)
	}
	if same := mustParse(t, nil, "", "--engine=whisper", "--live-model=base").Warnings(); len(same) != 1 || !strings.Contains(same[0], "TALKIT_LIVE_MODEL") {
		t.Errorf("one model for both: %v", same)
	}
	if warnings := mustParse(t, nil, "", "--engine=whisper", "--live-model=tiny").Warnings(); len(warnings) != 0 {
		t.Errorf("another live model: %v", warnings)
	}
	before := *c
	if err := c.Complete(); err != nil || !cmp.Equal(&before, c) {
		t.Errorf("completing twice: %v %s", err, cmp.Diff(&before, c))
	}
}

func TestTLSSettings(t *testing.T) {
	for flags, want := range map[string]string{
		"--tls=cert.pem,key.pem":                      "https://127.0.0.1:8080",
		"--tls=/a/cert.pem,/a/key.pem --listen=:443":  "https://localhost",
		"--tls=auto --url=https://Talkit.Example.com": "https://Talkit.Example.com",
		"--tls=off --url=https://talkit.test":         "https://talkit.test", // behind a proxy
	} {
		c := mustParse(t, nil, "", strings.Fields(flags)...)
		if c.URL != want || c.HasTLS() != (c.TLS != "off") {
			t.Errorf("%s: %s, TLS %t", flags, c.URL, c.HasTLS())
		}
	}
	c := mustParse(t, nil, "", "--tls=cert.pem, key.pem", "--url=https://Talkit.Test:8443")
	if cert, key, ok := c.TLSFiles(); cert != "cert.pem" || key != "key.pem" || !ok || c.Host() != "talkit.test" {
		t.Errorf("%q %q %t, host %q", cert, key, ok, c.Host())
	}
}

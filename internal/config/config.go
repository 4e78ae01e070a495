// Package config reads Talkit's settings: flags, before environment variables,
// before the lines of a file, before defaults. It knows nothing of the rest.
package config

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
)

// Config is every setting that the commands share. A command of kong embeds
// it, Options make kong fill it, and Complete must be called before it is used.
type Config struct {
	File string `name:"config" env:"TALKIT_CONFIG" placeholder:"FILE" help:"Read settings from the lines NAME=value of this file; flags and environment go before them."`

	Listen string `env:"TALKIT_LISTEN" default:"127.0.0.1:8080" placeholder:"HOST:PORT" help:"Address to serve on (${default})."`
	URL    string `name:"url" env:"TALKIT_URL" placeholder:"URL" help:"Public address, for links; made from the listening address when left out."`
	Data   string `env:"TALKIT_DATA" default:"./talkit-data" placeholder:"FOLDER" help:"Folder for the SQLite file, audio and the sealing key (${default})."`

	DatabaseURL SecretURL `name:"database-url" env:"TALKIT_DATABASE_URL" placeholder:"URL" help:"postgres://… instead of SQLite in the data folder."`
	StorageURL  SecretURL `name:"storage-url" env:"TALKIT_STORAGE_URL" placeholder:"URL" help:"s3://bucket/prefix?endpoint=…&region=… instead of the data folder; credentials in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."`
	SecretKey   Secret    `env:"TALKIT_SECRET_KEY" placeholder:"KEY,…" help:"Seals secrets at rest, 32 characters or more; several: the first seals, all open. Left out, a file in the data folder is made. Better set in the environment: others can see flags."`

	TLS            string    `name:"tls" env:"TALKIT_TLS" default:"off" placeholder:"HOW" help:"off, or CERT.pem,KEY.pem (read anew when they change), or auto: a certificate by ACME for the host of TALKIT_URL, whose port 443 must reach this server; so you agree to the terms of the certificate authority (${default})."`
	ACMEDirectory  string    `name:"acme-directory" env:"TALKIT_ACME_DIRECTORY" default:"https://acme-v02.api.letsencrypt.org/directory" placeholder:"URL" help:"Where TALKIT_TLS=auto asks for certificates (${default})."`
	TrustedProxies Networks  `env:"TALKIT_TRUSTED_PROXIES" placeholder:"CIDR,…" help:"Networks whose X-Forwarded headers are believed."`
	SMTPURL        SecretURL `name:"smtp-url" env:"TALKIT_SMTP_URL" placeholder:"URL" help:"Server for mail: smtp://user:password@host, with STARTTLS where it is offered, or smtps://…; ?from=ADDRESS says who sends. Left out, no mail is sent."`

	Engine    string `env:"TALKIT_ENGINE" default:"auto" placeholder:"NAME" help:"Speech engine: whisper (on this machine), openai (a server that TALKIT_OPENAI_URL names), manual (a person), or auto: openai where its URL is set, else whisper (${default})."`
	Engines   string `env:"TALKIT_ENGINES" placeholder:"FOLDER" help:"Where installed engines and models live, by default $$XDG_DATA_HOME/talkit/engines."`
	Model     string `env:"TALKIT_MODEL" default:"base" placeholder:"NAME" help:"Model for recordings (${default})."`
	ModelHub  string `env:"TALKIT_MODEL_HUB" default:"https://huggingface.co" placeholder:"URL" help:"Where talkit engine install gets models that no package index has: the Hugging Face Hub, or a mirror that answers like it (${default})."`
	LiveModel string `env:"TALKIT_LIVE_MODEL" default:"tiny.en" placeholder:"NAME" help:"Model for live dictation (${default})."`

	OpenAIURL   SecretURL `name:"openai-url" env:"TALKIT_OPENAI_URL" placeholder:"URL" help:"A server with /v1/audio/transcriptions, another talkit too, for the openai engine: http://gpu.example.com:8000/v1."`
	OpenAIKey   Secret    `name:"openai-key" env:"TALKIT_OPENAI_KEY" placeholder:"KEY" help:"What that server wants as a bearer credential. Better set in the environment: others can see flags."`
	OpenAIModel string    `name:"openai-model" env:"TALKIT_OPENAI_MODEL" placeholder:"NAME" help:"The model that is asked for there; whisper-1 if left out."`

	OpenAIWorkers Count `name:"openai-workers" env:"TALKIT_OPENAI_WORKERS" default:"2" placeholder:"N" help:"How many pieces that server is sent at the same time (${default})."`

	MaxUpload    Size     `env:"TALKIT_MAX_UPLOAD" default:"2GiB" placeholder:"SIZE" help:"Largest recording that is taken (${default})."`
	WebhookAllow Networks `env:"TALKIT_WEBHOOK_ALLOW" placeholder:"CIDR,…" help:"Internal networks that webhooks may reach, over http too, e.g. 127.0.0.0/8 for development."`
	Log          string   `env:"TALKIT_LOG" placeholder:"FORMAT" help:"text or json; by default text on a terminal, else json."`
}

// Complete fills in what other settings or the machine decide, and checks the
// rest. Its error is for the operator: it names the setting and says what to
// do. A URL stays empty only when Listen leaves the port to the system: URLFor
// makes it once that is known.
func (c *Config) Complete() error {
	if c.Engines == "" {
		folder, err := enginesFolder()
		if err != nil {
			return err
		}
		c.Engines = folder
	}
	if err := c.validate(); err != nil {
		return err
	}
	c.URL = strings.TrimSuffix(c.URL, "/")
	if c.URL == "" {
		c.URL = c.URLFor(c.Listen)
	}
	return nil
}

// enginesFolder is where the XDG Base Directory Specification puts data. A path
// in XDG_DATA_HOME that is not absolute is to be ignored, it says.
func enginesFolder() (string, error) {
	base := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(base) {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("TALKIT_ENGINES: no home folder to put engines in (%w): set TALKIT_ENGINES to a folder", err)
		}
		base = filepath.Join(home, ".local", "share")
	}
	return filepath.Join(base, "talkit", "engines"), nil
}

// URLFor is how a browser on this machine reaches a listening address, "" when
// its port is 0.
func (c *Config) URLFor(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil || port == "0" {
		return ""
	}
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "localhost"
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	scheme, usual := "http://", "80"
	if c.HasTLS() {
		scheme, usual = "https://", "443"
	}
	if port != usual {
		host += ":" + port
	}
	return scheme + host
}

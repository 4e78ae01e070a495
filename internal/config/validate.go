package config

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"slices"
	"strconv"
)

// validate checks every setting by itself, and gives all faults at once.
func (c *Config) validate() error {
	return errors.Join(
		named("TALKIT_LISTEN", checkListen(c.Listen)),
		named("TALKIT_URL", checkURL(c.URL)),
		named("TALKIT_DATA", checkSet(c.Data, "a folder")),
		named("TALKIT_DATABASE_URL", checkScheme(c.DatabaseURL, "postgres", "postgresql")),
		named("TALKIT_STORAGE_URL", checkScheme(c.StorageURL, "s3")),
		named("TALKIT_SMTP_URL", checkScheme(c.SMTPURL, "smtp", "smtps")),
		named("TALKIT_TLS", c.checkTLS()),
		named("TALKIT_ACME_DIRECTORY", checkACME(c.ACMEDirectory)),
		named("TALKIT_ENGINE", c.checkEngine()),
		named("TALKIT_OPENAI_URL", c.checkOpenAI()),
		named("TALKIT_OPENAI_WORKERS", checkWorkers(c.OpenAIWorkers)),
		named("TALKIT_MODEL", checkModel(c.Model)),
		named("TALKIT_MODEL_HUB", checkHub(c.ModelHub)),
		named("TALKIT_LIVE_MODEL", checkModel(c.LiveModel)),
		named("TALKIT_LOG", checkOneOf(c.Log, "", "text", "json")),
	)
}

// Warnings says which settings have no effect, or hardly the one they should.
func (c *Config) Warnings() []string {
	var warnings []string
	if c.EngineName() != "openai" && (c.OpenAIURL != "" || c.OpenAIKey != "" || c.OpenAIModel != "") {
		warnings = append(warnings, "TALKIT_OPENAI_URL, _KEY and _MODEL have no effect: the engine is "+c.EngineName())
	}
	if c.EngineName() == "whisper" && c.LiveModel == c.Model {
		warnings = append(warnings, "TALKIT_LIVE_MODEL is the model for recordings as well: words for somebody who speaks wait behind pieces of recordings; name another model")
	}
	return warnings
}

func named(setting string, err error) error {
	if err != nil {
		return fmt.Errorf("%s %w", setting, err)
	}
	return nil
}

func checkListen(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		return errors.New("must be a host and a port, like 127.0.0.1:8080")
	}
	return nil
}

// checkURL wants the root of a host: the API lives there.
func checkURL(s string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" ||
		u.User != nil || (u.Path != "" && u.Path != "/") || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" {
		return errors.New("must be http:// or https:// and a host, without path, query or user name, like https://talkit.example.com")
	}
	return nil
}

func checkSet(value, what string) error {
	if value == "" {
		return errors.New("must name " + what)
	}
	return nil
}

// checkScheme repeats nothing of the URL, and not url.Parse's error, which does.
func checkScheme(s SecretURL, schemes ...string) error {
	if s == "" {
		return nil
	}
	u, err := url.Parse(string(s))
	if err != nil {
		return fmt.Errorf("cannot be read as a URL (special characters in a password are written as %%XX); it must begin with %s://", schemes[0])
	}
	if !slices.Contains(schemes, u.Scheme) || u.Opaque != "" {
		return fmt.Errorf("must begin with %s://", schemes[0])
	}
	return nil
}

func (c *Config) checkEngine() error {
	return checkOneOf(c.Engine, "auto", "whisper", "openai", "manual")
}

// EngineName is the engine that is meant: whisper, openai or manual.
func (c *Config) EngineName() string {
	switch {
	case c.Engine != "auto":
		return c.Engine
	case c.OpenAIURL != "":
		return "openai"
	}
	return "whisper"
}

func (c *Config) checkOpenAI() error {
	if c.OpenAIURL == "" && c.Engine == "openai" {
		return errors.New("must be the address of a server with /v1/audio/transcriptions: TALKIT_ENGINE is openai")
	}
	if err := checkScheme(c.OpenAIURL, "http", "https"); err != nil {
		return err
	}
	if u, err := url.Parse(string(c.OpenAIURL)); c.OpenAIURL != "" && (err != nil || u.Hostname() == "") {
		return errors.New("must have a host, like http://gpu.example.com:8000/v1")
	}
	return nil
}

// maxWorkers is more than any server does at the same time.
const maxWorkers = 256

func checkWorkers(n Count) error {
	if n < 1 || n > maxWorkers {
		return fmt.Errorf("must be a number from 1 to %d", maxWorkers)
	}
	return nil
}

func checkOneOf(value string, allowed ...string) error {
	if slices.Contains(allowed, value) {
		return nil
	}
	return fmt.Errorf("must be one of %q", slices.DeleteFunc(allowed, func(s string) bool { return s == "" }))
}

// checkHub wants an address that paths can be put behind.
func checkHub(s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("must be http:// or https:// and a host, without query or user name, like https://huggingface.co")
	}
	return nil
}

// modelForm lets through what is safe as a file's name.
var modelForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]*$`)

func checkModel(name string) error {
	if !modelForm.MatchString(name) {
		return errors.New("must be the name of a model, like base or tiny.en")
	}
	return nil
}

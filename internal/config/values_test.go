package config

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

func TestSize(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]Size{
		"1": 1, "1048576": 1 << 20, "500MB": 500e6, "2GiB": 2 << 30, "2gib": 2 << 30, "64 kB": 64000, " 1TiB ": 1 << 40, "7B": 7,
		"4194303TiB": 4194303 << 40,
	} {
		var size Size
		if err := size.UnmarshalText([]byte(text)); err != nil || size != want {
			t.Errorf("%q: %d, %v", text, size, err)
		}
		var again Size
		if err := again.UnmarshalText([]byte(size.String())); err != nil || again != size {
			t.Errorf("%q prints as %q: %d, %v", text, size, again, err)
		}
	}
	for _, text := range []string{"", "0", "-1", "1.5GiB", "GiB", "1 G B", "2XB", "9223372036854775808", "8388608TiB", "1e9", "１GB"} {
		var size Size
		if err := size.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q accepted as %d", text, size)
		}
	}
	for size, want := range map[Size]string{2 << 30: "2GiB", 500e6: "500MB", 1500: "1500B", 3 << 10: "3KiB", 0: "0B"} {
		if got := size.String(); size != 0 && got != want {
			t.Errorf("%d: %s, want %s", int64(size), got, want)
		}
	}
}

func TestNetworks(t *testing.T) {
	t.Parallel()
	var networks Networks
	if err := networks.UnmarshalText([]byte("10.1.2.3/8, 192.168.1.7 ,fd00::/8,::ffff:127.0.0.1")); err != nil {
		t.Fatal(err)
	}
	if got := networks.String(); got != "10.0.0.0/8,192.168.1.7/32,fd00::/8,127.0.0.1/32" {
		t.Error(got)
	}
	for address, want := range map[string]bool{
		"10.255.0.1": true, "::ffff:10.0.0.1": true, "192.168.1.7": true, "192.168.1.8": false, "fd12::1": true, "fd12::1%eth0": true,
		"::1": false, "127.0.0.1": true,
	} {
		if got := networks.Contains(netip.MustParseAddr(address)); got != want {
			t.Errorf("%s: %v", address, got)
		}
	}
	for _, text := range []string{"foo", "10.0.0.0/33", "10.0.0.0/8;::1", "::ffff:10.0.0.0/104", "fe80::1%eth0", "10.0.0"} {
		if err := new(Networks).UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q accepted", text)
		}
	}
	if err := networks.UnmarshalText(nil); err != nil || len(networks) != 0 {
		t.Errorf("nothing: %v, %v", networks, err)
	}
}

func secretConfig() *Config {
	return &Config{
		Listen: ":1", SecretKey: "hunter2,hunter2", OpenAIKey: "hunter2", MaxUpload: 1 << 20,
		DatabaseURL: "postgres://user:hunter2@db.test/talkit?sslmode=require&password=hunter2&sslpassword=hunter2",
		StorageURL:  "s3://bucket/prefix?endpoint=http://x:hunter2@s3.test&region=eu&secret_access_key=hunter2",
		SMTPURL:     "smtp://user:hunter2%@mail.test",
		OpenAIURL:   "https://user:hunter2@ai.test/v1?api_key=hunter2;x",
	}
}

func TestSecretsAreHidden(t *testing.T) {
	t.Parallel()
	c := secretConfig()
	asJSON, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	settings, err := json.Marshal(c.Settings())
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("settings", "config", c, "key", c.SecretKey, "url", c.DatabaseURL, "struct", *c)
	for how, printed := range map[string]string{
		"String": c.String(), "%v": fmt.Sprintf("%v", *c), "%+v": fmt.Sprintf("%+v", c), "%#v": fmt.Sprintf("%#v", *c), "%s": fmt.Sprintf("%s", *c),
		"%q": fmt.Sprintf("%q", *c), "JSON": string(asJSON), "Settings": string(settings), "slog": log.String(),
	} {
		if strings.Contains(printed, "hunter2") {
			t.Errorf("%s shows a secret: %s", how, printed)
		}
	}
}

func TestPrint(t *testing.T) {
	t.Parallel()
	printed := secretConfig().String()
	for _, line := range []string{
		"TALKIT_LISTEN=:1\n", "TALKIT_SECRET_KEY=(hidden)\n", "TALKIT_MAX_UPLOAD=1MiB\n", "TALKIT_SMTP_URL=(hidden)\n", "TALKIT_LOG=\n",
		"TALKIT_DATABASE_URL=postgres://user:xxxxx@db.test/talkit?password=xxxxx&sslmode=require&sslpassword=xxxxx\n",
		"endpoint=http%3A%2F%2Fx%3Axxxxx%40s3.test&region=eu&secret_access_key=xxxxx\n", "TALKIT_OPENAI_URL=(hidden)\n",
	} {
		if !strings.Contains(printed, line) {
			t.Errorf("%q is not in\n%s", line, printed)
		}
	}
	if strings.Contains(printed, "TALKIT_CONFIG") {
		t.Error("the file names itself")
	}
	odd := Config{Data: ` # "it's" `}
	values, err := parseFile(odd.String())
	if err != nil || values["TALKIT_DATA"] != odd.Data {
		t.Errorf("%q comes back as %q, %v", odd.Data, values["TALKIT_DATA"], err)
	}
}

// The names of the contract, each once.
func TestSettingNames(t *testing.T) {
	t.Parallel()
	want := "CONFIG LISTEN URL DATA DATABASE_URL STORAGE_URL SECRET_KEY TLS ACME_DIRECTORY TRUSTED_PROXIES SMTP_URL ENGINE ENGINES MODEL MODEL_HUB LIVE_MODEL " +
		"OPENAI_URL OPENAI_KEY OPENAI_MODEL OPENAI_WORKERS MAX_UPLOAD WEBHOOK_ALLOW LOG"
	got := strings.ReplaceAll(strings.Join(settingNames(), " "), "TALKIT_", "")
	if got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

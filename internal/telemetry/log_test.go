package telemetry

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"talkit"
)

func TestFormat(t *testing.T) {
	t.Parallel()
	for format, isJSON := range map[string]bool{"text": false, "json": true, "": true} {
		var out bytes.Buffer
		NewLogger(&out, format).Info("hello", "n", 1)
		if json.Valid(out.Bytes()) != isJSON {
			t.Errorf("%q: %s", format, out.String())
		}
	}
	path := filepath.Join(t.TempDir(), "log")
	file, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	NewLogger(file, "").Info("hello")
	if content, _ := os.ReadFile(path); !json.Valid(content) {
		t.Errorf("a file is not a terminal: %s", content)
	}
}

func TestWide(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		err         error
		level, kind string
	}{
		{nil, "INFO", ""},
		{talkit.Missing("plugin"), "INFO", "not_found"},
		{talkit.Errorf(talkit.StorageFull, "Full."), "WARN", "storage_full"},
		{talkit.Errorf(talkit.Unavailable, "Away.").Because(errors.New("refused")), "WARN", "unavailable"},
		{errors.New("a fault"), "ERROR", "internal"},
	} {
		var out bytes.Buffer
		ctx := WithRequestID(t.Context(), "req_x")
		Wide(ctx, NewLogger(&out, "json"), "request", time.Now().Add(-time.Second), c.err, slog.String("path", "/plugins"))
		var line struct {
			Level, Msg, Path, Kind, Error string
			RequestID                     string  `json:"request_id"`
			DurationMS                    float64 `json:"duration_ms"`
		}
		if err := json.Unmarshal(out.Bytes(), &line); err != nil || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("%s: %v", out.String(), err)
		}
		if line.Level != c.level || line.Kind != c.kind || line.Msg != "request" || line.Path != "/plugins" || line.RequestID != "req_x" || line.DurationMS < 1000 {
			t.Errorf("%v: %+v", c.err, line)
		}
		if c.err != nil && line.Error != c.err.Error() {
			t.Errorf("error %q", line.Error)
		}
	}
}

func TestRequestID(t *testing.T) {
	t.Parallel()
	a, b := NewRequestID(), NewRequestID()
	if a == b || !strings.HasPrefix(a, "req_") || len(a) < 30 {
		t.Errorf("%s, %s", a, b)
	}
	if RequestID(t.Context()) != "" {
		t.Error("a name outside a request")
	}
}

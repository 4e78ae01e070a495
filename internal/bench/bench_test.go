package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/alecthomas/kong"

	"talkit/internal/config"
	"talkit/internal/server"
)

// TestMain lets this program stand in for the binary that a bench starts.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve" {
		if err := serve(os.Args[2:]); err != nil {
			slog.Error(err.Error())
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

func serve(args []string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	var c struct {
		config.Config
		NoWork bool
	}
	parser, err := kong.New(&c, config.Options()...)
	if err != nil {
		return err
	}
	if _, err := parser.Parse(args); err != nil {
		return err
	}
	if err := c.Complete(); err != nil {
		return err
	}
	s, err := server.New(ctx, c.Config, server.Role{Serve: true, Work: !c.NoWork}, slog.New(slog.NewJSONHandler(os.Stderr, nil)))
	if err != nil {
		return err
	}
	return s.Run(ctx)
}

// TestRun measures very little of everything but speech, which needs its
// engine: that is measured for what it is worth in the tests of the engine.
func TestRun(t *testing.T) {
	t.Parallel()
	binary, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	report, err := Run(t.Context(), Options{Sections: []string{"start", "webhooks", "upload", "list"}, Binary: binary, Data: t.TempDir(),
		Clients: 2, For: 100 * time.Millisecond, Few: 30, Rows: 60, Upload: 2 << 20, Backlog: 20, Rate: 50, Engines: t.TempDir(), Model: "base",
		Say: func(what string) { t.Log(what) }})
	if err != nil {
		t.Fatal(err)
	}
	measured := map[string]bool{}
	for _, f := range report.Figures {
		measured[f.Section] = true
		if f.Value <= 0 && !strings.Contains(f.Name, "more than once") && !strings.Contains(f.Name, "growth") {
			t.Errorf("%s: %s is %v", f.Section, f.Name, f.Value)
		}
	}
	if len(measured) != 4 {
		t.Errorf("measured %v", measured)
	}
	var table bytes.Buffer
	if err := report.Print(&table); err != nil || strings.Count(table.String(), "\n") < len(report.Figures) {
		t.Errorf("printed %v:\n%s", err, table.String())
	}
	if err := json.NewEncoder(io.Discard).Encode(report); err != nil {
		t.Error(err)
	}
}

func TestRunRefusesSectionsThatAreNotThere(t *testing.T) {
	t.Parallel()
	if _, err := Run(t.Context(), Options{Sections: []string{"lists"}}); err == nil || !strings.Contains(err.Error(), "lists") {
		t.Errorf("got %v", err)
	}
}

func TestNumber(t *testing.T) {
	t.Parallel()
	for value, want := range map[float64]string{0: "0.00", 0.123: "0.12", 9.99: "9.99", 38.44: "38.4", 123.4: "123", 5123.7: "5124"} {
		if got := number(value); got != want {
			t.Errorf("number(%v) = %q, want %q", value, got, want)
		}
	}
}

func TestGoal(t *testing.T) {
	t.Parallel()
	if (goal{}).met(1) != nil || *(goal{most: 5}).met(6) || !*(goal{most: 5}).met(5) || *(goal{least: 5}).met(4) || !*(goal{least: 5}).met(5) {
		t.Error("goals are not judged by their bounds")
	}
}

func TestSentences(t *testing.T) {
	t.Parallel()
	if text := sentences(100, 7); len(strings.Fields(text)) != 100 || !strings.HasSuffix(text, ".") || text != sentences(100, 7) || text == sentences(100, 8) {
		t.Errorf("%q", text)
	}
}

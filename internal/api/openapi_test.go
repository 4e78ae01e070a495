package api_test

import (
	"bytes"
	"flag"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"talkit/internal/api"
	"talkit/internal/app"
	"talkit/internal/door"
)

var update = flag.Bool("update", false, "write the OpenAPI documents anew: they changed on purpose")

// TestOpenAPI keeps the documents from changing by accident: clients are made
// from them. After a change on purpose: go test ./internal/api -run OpenAPI -update
func TestOpenAPI(t *testing.T) {
	t.Parallel()
	a, err := api.New(api.Options{App: &app.App{}, Door: door.Door{Log: slog.New(slog.DiscardHandler)}})
	if err != nil {
		t.Fatal(err)
	}
	newest, older, err := a.Documents()
	if err != nil {
		t.Fatal(err)
	}
	export, err := a.ExportSchema()
	if err != nil {
		t.Fatal(err)
	}
	for name, document := range map[string][]byte{"openapi.json": newest, "openapi-3.0.json": older, "export.schema.json": export} {
		path := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(path, document, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(kept, document) {
			t.Errorf("%s changed. If that was on purpose: go test ./internal/api -run OpenAPI -update\n%s", name, cmp.Diff(string(kept), string(document)))
		}
	}
}

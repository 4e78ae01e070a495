package talkit_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

// module is the path of package talkit, and what paths of ours begin with.
const module = "talkit"

// everything in a row of mayImport allows all other rooms.
const everything = "*"

// mayImport is the table of ARCHITECTURE.md: which rooms of ours a room may
// import, by their folders; "." is package talkit. A key or an entry that ends
// in "/*" means the rooms inside a room. Tests may import what they like, so
// rooms that only tests use (storetest, blobtest, enginetest) are in nobody's row.
var mayImport = map[string][]string{
	".": {},

	"wire":               {"."},
	"internal/config":    {"."},
	"internal/auth":      {"."},
	"internal/audio":     {"."},
	"internal/blob":      {"."},
	"internal/speech":    {"."},
	"internal/caption":   {"."},
	"internal/search":    {"."},
	"internal/wording":   {"."},
	"internal/store":     {".", "internal/search"},
	"internal/telemetry": {"."},
	"internal/mail":      {"."},
	"internal/webhook":   {".", "internal/webhook/safehttp"},

	"internal/webhook/safehttp": {"."},
	"internal/speech/*":         {".", "internal/speech"},
	"internal/speech/install":   {".", "internal/speech", "internal/webhook/safehttp"},
	"internal/speech/whisper":   {".", "internal/speech", "internal/speech/install"},
	"internal/store/storetest":  {".", "internal/store"},
	"internal/blob/blobtest":    {".", "internal/blob"},
	"internal/certtest":         {},
	"internal/mail/mailtest":    {},
	"internal/dictate":          {".", "wire"},

	"internal/live":       {".", "internal/audio", "internal/speech", "internal/transcribe"},
	"internal/transcribe": {".", "internal/audio", "internal/speech"},
	"internal/app":        {".", "wire", "internal/auth", "internal/blob", "internal/caption", "internal/search", "internal/store", "internal/wording"},

	// The doors. They never know each other. jobs knows store for the Queue that
	// it is to store.
	"internal/door": {".", "internal/telemetry"},
	"internal/api":  {".", "wire", "internal/app", "internal/door", "internal/live", "internal/telemetry"},
	"internal/web":  {".", "wire", "internal/app", "internal/door"},
	"internal/jobs": {".", "internal/app", "internal/store", "internal/transcribe", "internal/webhook"},

	"client":             {"wire"},
	"examples/plugins/*": {"wire", "client"},

	"internal/server": {everything},
	"internal/bench":  {everything},
	"cmd/talkit":      {everything},
	"test/e2e":        {everything},
}

// room is what go list tells of a package.
type room struct {
	ImportPath string
	Imports    []string
}

// TestImports keeps the rooms apart, as mayImport says.
func TestImports(t *testing.T) {
	t.Parallel()
	for _, r := range listRooms(t) {
		folder, _ := folderOf(r.ImportPath)
		allowed, known := rowOf(folder)
		if !known {
			t.Errorf("%s is in no row of mayImport: give it one, here and in ARCHITECTURE.md", folder)
			continue
		}
		for _, imported := range r.Imports {
			if to, ours := folderOf(imported); ours && !allows(allowed, to) {
				t.Errorf("%s imports %s, which its row in mayImport does not allow", folder, to)
			}
		}
	}
}

// TestImportsOfNouns keeps package talkit free of everything but the standard
// library: whoever reads a noun has read all there is to it.
func TestImportsOfNouns(t *testing.T) {
	t.Parallel()
	for _, r := range listRooms(t, ".") {
		for _, imported := range r.Imports {
			if first, _, _ := strings.Cut(imported, "/"); strings.Contains(first, ".") {
				t.Errorf("package talkit imports %s: only the standard library is allowed there", imported)
			}
		}
	}
}

// listRooms asks the go command for our packages, by default for all of them.
func listRooms(t *testing.T, patterns ...string) []room {
	t.Helper()
	if len(patterns) == 0 {
		patterns = []string{"./..."}
	}
	out, err := exec.CommandContext(t.Context(), "go", append([]string{"list", "-json=ImportPath,Imports"}, patterns...)...).Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		t.Fatalf("go list: %v\n%s", err, exit.Stderr)
	} else if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var rooms []room
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var r room
		if err := decoder.Decode(&r); err == io.EOF {
			return rooms
		} else if err != nil {
			t.Fatalf("go list printed something else than JSON: %v", err)
		}
		rooms = append(rooms, r)
	}
}

// folderOf returns the folder of a package, "." for package talkit itself, and
// whether the package is ours at all.
func folderOf(importPath string) (string, bool) {
	if importPath == module {
		return ".", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// rowOf returns what the room in folder may import, and whether it has a row.
func rowOf(folder string) ([]string, bool) {
	if allowed, ok := mayImport[folder]; ok {
		return allowed, true
	}
	allowed, ok := mayImport[path.Dir(folder)+"/*"]
	return allowed, ok
}

// allows tells whether a row allows the room in folder.
func allows(row []string, folder string) bool {
	return slices.Contains(row, everything) || slices.Contains(row, folder)
}

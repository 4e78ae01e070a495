package e2e_test

import (
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver named "pgx"
	_ "modernc.org/sqlite"             // the driver named "sqlite"
)

// killData is what a server keeps, looked at behind its back.
type killData struct {
	t     *testing.T
	db    *sql.DB
	audio string
}

// keeps opens the data, once the server has made it.
func (s *killServer) keeps() killData {
	s.t.Helper()
	driver, address := "sqlite", "file:"+filepath.Join(s.data, "talkit.db")+"?_pragma=busy_timeout(10000)"
	for _, line := range s.env {
		if dsn, found := strings.CutPrefix(line, "TALKIT_DATABASE_URL="); found {
			driver, address = "pgx", dsn
		}
	}
	db, err := sql.Open(driver, address)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	return killData{s.t, db, filepath.Join(s.data, "audio")}
}

// count is the number that a query gives.
func (d killData) count(query string) (n int) {
	d.t.Helper()
	if err := d.db.QueryRow(query).Scan(&n); err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	return n
}

// pairs are the rows of a query that gives two texts each.
func (d killData) pairs(query string) map[string]string {
	d.t.Helper()
	rows, err := d.db.Query(query)
	if err != nil {
		d.t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	found := map[string]string{}
	for rows.Next() {
		var key, value string
		if err := rows.Scan(&key, &value); err != nil {
			d.t.Fatal(err)
		}
		found[key] = value
	}
	if err := rows.Err(); err != nil {
		d.t.Fatal(err)
	}
	return found
}

// makeDue ends the grace of all blobs that belong to nothing: the next sweep,
// which the next start begins with, takes them.
func (d killData) makeDue() {
	d.t.Helper()
	if _, err := d.db.Exec("UPDATE loose_blobs SET sweep_on = 1"); err != nil {
		d.t.Fatal(err)
	}
}

// swept waits until no blob is left to the sweep.
func (d killData) swept() {
	d.t.Helper()
	killUntil(d.t, 30*time.Second, "the sweep takes all loose blobs", func() bool {
		return d.count("SELECT COUNT(*) FROM loose_blobs") == 0
	})
}

// whole checks that every recording's sound is there as it was sent, and that
// there is nothing else.
func (d killData) whole() {
	d.t.Helper()
	want := d.pairs("SELECT audio_key, audio_sha256 FROM recordings")
	err := filepath.WalkDir(d.audio, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		key, _ := filepath.Rel(d.audio, path)
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		sum := sha256.Sum256(content)
		if hash, known := want[filepath.ToSlash(key)]; !known {
			d.t.Errorf("a blob of %d bytes that no recording knows: %s", len(content), key)
		} else if hash != hex.EncodeToString(sum[:]) {
			d.t.Errorf("the sound of a recording is not what was sent: %s", key)
		}
		delete(want, filepath.ToSlash(key))
		return nil
	})
	if err != nil {
		d.t.Error(err)
	}
	for key := range want {
		d.t.Errorf("the sound of a recording is missing: %s", key)
	}
}

// idle checks that nothing is in work or stuck.
func (d killData) idle() {
	d.t.Helper()
	for what, query := range map[string]string{
		"pieces":         "SELECT COUNT(*) FROM pieces",
		"runs in work":   "SELECT COUNT(*) FROM runs WHERE status IN ('queued', 'running')",
		"working copies": "SELECT COUNT(*) FROM runs WHERE work_key <> ''",
	} {
		if n := d.count(query); n != 0 {
			d.t.Errorf("%d %s are left", n, what)
		}
	}
	killUntil(d.t, 30*time.Second, "no job is left but sweeps", func() bool {
		return d.count("SELECT COUNT(*) FROM river_job WHERE kind <> 'sweep' AND state <> 'completed'") == 0
	})
}

// killDescendants are the living processes below pid, each with the time it
// was started at, which tells it from a later one of the same number.
func killDescendants(pid int) map[int]string {
	parents, started := map[int]int{}, map[int]string{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		if id, parent, start, ok := killStat(path); ok {
			parents[id], started[id] = parent, start
		}
	}
	below := map[int]string{}
	for id := range parents {
		for up := parents[id]; up != 0; up = parents[up] {
			if up == pid {
				below[id] = started[id]
				break
			}
		}
	}
	return below
}

// killStat reads proc_pid_stat(5): number, parent and start of a process that
// is no zombie.
func killStat(path string) (pid, parent int, start string, ok bool) {
	content, err := os.ReadFile(path)
	if err != nil {
		return 0, 0, "", false
	}
	line := string(content)
	fields := strings.Fields(line[strings.LastIndexByte(line, ')')+1:])
	if len(fields) < 20 || fields[0] == "Z" || fields[0] == "X" {
		return 0, 0, "", false
	}
	fmt.Sscan(line, &pid)
	fmt.Sscan(fields[1], &parent)
	return pid, parent, fields[19], true
}

// killGone waits until processes are gone.
func killGone(t *testing.T, processes map[int]string) {
	t.Helper()
	for pid, start := range processes {
		killUntil(t, 10*time.Second, fmt.Sprintf("process %d dies with its server", pid), func() bool {
			_, _, now, alive := killStat(fmt.Sprintf("/proc/%d/stat", pid))
			return !alive || now != start
		})
	}
}

// rows prints a table, for a test that failed.
func (d killData) rows(query string) {
	rows, err := d.db.Query(query)
	if err != nil {
		d.t.Log(query, err)
		return
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	for rows.Next() {
		values, places := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			places[i] = &values[i]
		}
		rows.Scan(places...)
		d.t.Log(columns, values)
	}
}

// stuck prints what is not done with.
func (d killData) stuck() {
	d.rows("SELECT id, status, waiting_for, run_id FROM recordings WHERE status <> 'completed'")
	d.rows("SELECT id, status, pieces, pieces_left, pieces_queued FROM runs WHERE status IN ('queued', 'running')")
	d.rows("SELECT id, run_id, number, status, claimed_by, attempts FROM pieces")
	d.rows("SELECT id, kind, state, attempt, CAST(args AS TEXT) AS args, CAST(scheduled_at AS TEXT) AS at FROM river_job WHERE state <> 'completed' OR id IN (SELECT claimed_by FROM pieces)")
}

package e2e_test

import (
	"strings"
	"testing"
	"time"

	"talkit/internal/store/storetest"
)

// TestWorkers: a server without workers, and two processes that work for it on
// PostgreSQL. One is killed; the other goes on with what it had in hand.
func TestWorkers(t *testing.T) {
	t.Parallel()
	killEngine(t)
	short, long := killClips(t)
	s := killSetup(t, "TALKIT_DATABASE_URL="+storetest.Postgres(t), "TALKIT_MODEL="+smallModel)
	s.serve("--no-work")
	key := s.user(killEmail)
	ids := []int64{s.submitted(key, killFile(t, long[0].path))}
	for _, clip := range short[:3] {
		ids = append(ids, s.submitted(key, killFile(t, clip.path)))
	}
	data := s.keeps()
	if n := data.count("SELECT COUNT(*) FROM runs WHERE status <> 'queued'"); n != 0 {
		t.Errorf("%d runs were begun without a worker", n)
	}
	first, second := s.run("", "work"), s.run("", "work")
	killUntil(t, time.Minute, "two processes have pieces in hand", func() bool {
		return data.count("SELECT COUNT(DISTINCT attempted_by[1]) FROM river_job WHERE kind = 'piece' AND state = 'running'") == 2
	})
	children := killDescendants(first.pid())
	first.kill()
	for _, id := range ids {
		if r := s.settled(key, id); r.Status != "completed" {
			t.Errorf("recording %d is %s", id, r.Status)
		}
	}
	killGone(t, children)
	data.idle()
	if !strings.Contains(s.log(1000), "took up the jobs of a dead process") {
		t.Error("the other did not notice")
	}
	if code, _ := second.stop(t); code != 0 {
		t.Errorf("SIGTERM ended talkit work with %d", code)
	}
}

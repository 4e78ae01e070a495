package e2e_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTusClient uploads with a client of other people, tus-js-client as our
// pages serve it, over a line that is cut and to a server that is killed.
func TestTusClient(t *testing.T) {
	t.Parallel()
	node, err := exec.LookPath("node")
	if err != nil {
		killLeaveOut(t, "node (by hand: apt install nodejs)")
	}
	bundle, err := filepath.Abs("../../internal/web/static/js/vendor/tus-4.3.1.js")
	if err != nil {
		t.Fatal(err)
	}
	file, sound := killSound(t)
	s := killSetup(t, "TALKIT_ENGINE=manual")
	server := s.serve()
	key := s.user(killEmail)
	line := badWire(t, strings.TrimPrefix(s.url, "http://"))
	for n, mode := range []string{"whole", "deferred"} {
		client := exec.CommandContext(t.Context(), node, "testdata/tus_client.cjs", bundle, "http://"+line.listener.Addr().String()+"/recordings/uploads", key, file, mode)
		client.Stderr = os.Stderr
		feed, err := client.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		says, err := client.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Start(); err != nil {
			t.Fatal(err)
		}
		var id int64
		asked := 0
		for words := bufio.NewScanner(says); words.Scan(); {
			if _, err := fmt.Sscanf(words.Text(), "recording %d", &id); err == nil {
				break
			}
			asked++
			io.WriteString(feed, "go on\n")
			switch asked { // in the middle of a PATCH, or near it
			case 2:
				line.cut()
				line.mend()
			case 4:
				server.kill()
				server = s.serve()
			}
		}
		if err := client.Wait(); err != nil || id == 0 || asked < 5 {
			t.Fatalf("%s: recording %d after %d requests, %v", mode, id, asked, err)
		}
		s.same(key, id, sound)
		if r := s.settled(key, id); r.Name != "Visit" || r.Type != "meeting" {
			t.Errorf("%s: %+v", mode, r)
		}
		if made := s.keeps().count("SELECT COUNT(*) FROM recordings"); made != n+1 {
			t.Errorf("%s: there are %d recordings", mode, made)
		}
	}
	s.keeps().makeDue()
	server.kill()
	s.serve()
	s.keeps().nothingLeft(2)
}

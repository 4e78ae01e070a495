package bench

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// noteLengths are seconds of speech, and what is expected of them.
var noteLengths = []struct {
	seconds int
	goal    goal
}{{3, goal{}}, {10, goal{most: 3}}, {60, goal{}}}

// noteTries are the notes of each length; the middle one counts.
const noteTries = 5

// notes measures how long a note takes from its end, which is when it is sent,
// until its text is there, in a real server; and what memory that and the long
// file take.
func (b *bench) notes(ctx context.Context) error {
	return b.served(ctx, func(d dictating, folder string) error { return d.all(ctx, folder) })
}

func (d dictating) all(ctx context.Context, folder string) error {
	d.Say("speech: notes are sent to a server")
	cold, err := d.note(ctx, folder, 10, 0)
	if err != nil {
		return err
	}
	d.add("a 10 s note until its text, the engine not started", cold.Seconds(), "s", goal{})
	for _, n := range noteLengths {
		times := make([]time.Duration, noteTries)
		for i := range times {
			if times[i], err = d.note(ctx, folder, n.seconds, 20*(i+1)); err != nil {
				return err
			}
		}
		slices.Sort(times)
		d.add(fmt.Sprintf("a %d s note until its text, median of %d", n.seconds, noteTries), times[noteTries/2].Seconds(), "s", n.goal)
		d.add("the slowest of them", times[noteTries-1].Seconds(), "s", goal{})
	}
	return d.memory(ctx)
}

// note sends so many seconds of the long file, from one moment on.
func (d dictating) note(ctx context.Context, folder string, seconds, from int) (time.Duration, error) {
	path := filepath.Join(folder, fmt.Sprintf("note-%d-%d.webm", seconds, from))
	cut := exec.CommandContext(ctx, "ffmpeg", "-v", "error", "-nostdin", "-y", "-ss", strconv.Itoa(from), "-t", strconv.Itoa(seconds),
		"-i", filepath.Join(d.Speech, longFile), "-c:a", "libopus", "-b:a", "32k", path)
	if out, err := cut.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("ffmpeg: %w: %s", err, out)
	}
	_, took, err := d.send(ctx, path)
	return took, err
}

// memory sends the long file and looks at what server and engine took at most.
func (d dictating) memory(ctx context.Context) error {
	_, took, err := d.send(ctx, filepath.Join(d.Speech, longFile))
	if err != nil {
		return err
	}
	d.add(longFile+" until its text", took.Seconds(), "s", goal{})
	d.add("the server's memory at most", peak(d.server.Process.Pid), "MiB", goal{})
	engine := 0.0
	for _, pid := range children(d.server.Process.Pid) {
		engine = max(engine, peak(pid))
	}
	d.add("the engine's memory at most", engine, "MiB", goal{})
	return nil
}

// children are the processes that a process started.
func children(pid int) (pids []int) {
	tasks, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, task := range tasks {
		content, _ := os.ReadFile(task)
		for _, word := range strings.Fields(string(content)) {
			if child, err := strconv.Atoi(word); err == nil {
				pids = append(pids, child)
			}
		}
	}
	return pids
}

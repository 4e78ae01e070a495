package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
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
	data, err := b.folder()
	if err != nil {
		return err
	}
	p, err := b.open(ctx, data)
	if err != nil {
		return err
	}
	if err := p.parts.Close(); err != nil {
		return err
	}
	c, err := b.serve(ctx, data)
	if err != nil {
		return err
	}
	d := dictating{b, c, p.userKey, http.Client{Timeout: time.Minute}}
	return errors.Join(d.all(ctx, data), c.stop())
}

// dictating is a person at a server.
type dictating struct {
	*bench
	server *child
	key    string
	client http.Client
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
	return d.send(ctx, path)
}

// send submits a file and waits for its text.
func (d dictating) send(ctx context.Context, path string) (time.Duration, error) {
	body, contentType, err := formOf(path)
	if err != nil {
		return 0, err
	}
	began := time.Now()
	var r struct {
		ID     int64  `json:"id"`
		Status string `json:"status"`
	}
	if err := d.ask(ctx, http.MethodPost, "/recordings", contentType, body, &r); err != nil {
		return 0, err
	}
	for address := fmt.Sprintf("/recordings/%d", r.ID); r.Status != "completed"; time.Sleep(5 * time.Millisecond) {
		if err := d.ask(ctx, http.MethodGet, address, "", nil, &r); err != nil {
			return 0, err
		}
		if r.Status == "failed" || ctx.Err() != nil {
			return 0, errors.Join(ctx.Err(), errors.New("the recording is "+r.Status))
		}
	}
	return time.Since(began), nil
}

func formOf(path string) (body []byte, contentType string, err error) {
	sound, err := os.ReadFile(path)
	if err != nil {
		return nil, "", err
	}
	var out bytes.Buffer
	form := multipart.NewWriter(&out)
	part, err := form.CreateFormFile("audio", filepath.Base(path))
	if err != nil {
		return nil, "", err
	}
	if _, err := part.Write(sound); err != nil {
		return nil, "", err
	}
	err = errors.Join(form.WriteField("language", "en"), form.Close())
	return out.Bytes(), form.FormDataContentType(), err
}

func (d dictating) ask(ctx context.Context, method, address, contentType string, body []byte, into any) error {
	request, err := http.NewRequestWithContext(ctx, method, "http://"+d.server.address+address, bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+d.key)
	request.Header.Set("Content-Type", contentType)
	response, err := d.client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= 300 {
		why, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		return fmt.Errorf("%s %s: %s: %s", method, address, response.Status, why)
	}
	return json.NewDecoder(response.Body).Decode(into)
}

// memory sends the long file and looks at what server and engine took at most.
func (d dictating) memory(ctx context.Context) error {
	took, err := d.send(ctx, filepath.Join(d.Speech, longFile))
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

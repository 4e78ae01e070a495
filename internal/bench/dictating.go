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
	"path/filepath"
	"time"

	"talkit/wire"
)

// dictating is a person at a server.
type dictating struct {
	*bench
	server *child
	key    string
	client http.Client
}

// served starts a server with a person for as long as do lasts, on a folder of
// its own.
func (b *bench) served(ctx context.Context, do func(d dictating, folder string) error, flags ...string) error {
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
	c, err := b.serve(ctx, data, flags...)
	if err != nil {
		return err
	}
	return errors.Join(do(dictating{b, c, p.userKey, http.Client{Timeout: time.Minute}}, data), c.stop())
}

// send submits a file and waits for its text.
func (d dictating) send(ctx context.Context, path string) (id int64, took time.Duration, err error) {
	body, contentType, err := formOf(path)
	if err != nil {
		return 0, 0, err
	}
	began := time.Now()
	var r wire.Recording
	if err := d.ask(ctx, http.MethodPost, "/recordings", contentType, body, &r); err != nil {
		return 0, 0, err
	}
	err = d.completed(ctx, r.ID)
	return r.ID, time.Since(began), err
}

// completed waits for the text of a recording.
func (d dictating) completed(ctx context.Context, id int64) error {
	for r := (wire.Recording{}); r.Status != "completed"; time.Sleep(5 * time.Millisecond) {
		if err := d.ask(ctx, http.MethodGet, fmt.Sprintf("/recordings/%d", id), "", nil, &r); err != nil {
			return err
		}
		if r.Status == "failed" || ctx.Err() != nil {
			return errors.Join(ctx.Err(), errors.New("the recording is "+r.Status))
		}
	}
	return nil
}

func (d dictating) text(ctx context.Context, id int64) (string, error) {
	var t wire.Transcript
	err := d.ask(ctx, http.MethodGet, fmt.Sprintf("/recordings/%d/transcript", id), "", nil, &t)
	return t.Text, err
}

// timedWords are what was heard in a recording, and when.
func (d dictating) timedWords(ctx context.Context, id int64) (words []wire.Word, err error) {
	var list wire.SegmentList
	err = d.ask(ctx, http.MethodGet, fmt.Sprintf("/recordings/%d/segments", id), "", nil, &list)
	for _, s := range list.Data {
		words = append(words, s.Words...)
	}
	return words, err
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

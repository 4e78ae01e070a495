package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"time"
)

// upload measures how fast sound is taken in, and what that takes of the
// server's memory. The workers are left out: what they do comes later.
func (b *bench) upload(ctx context.Context) error {
	return b.served(ctx, func(d dictating, _ string) error { return b.uploadTo(ctx, d.server, d.key) }, "--no-work")
}

func (b *bench) uploadTo(ctx context.Context, c *child, key string) error {
	if err := send(ctx, c.address, key, 1<<20); err != nil { // what the first of all costs
		return err
	}
	if err := forgetPeak(c.Process.Pid); err != nil {
		return err
	}
	before := resident(c.Process.Pid)
	began := time.Now()
	if err := send(ctx, c.address, key, b.Upload); err != nil {
		return err
	}
	took := time.Since(began)
	size := fmt.Sprintf("%d MiB until the 202", b.Upload>>20)
	b.add(size, float64(b.Upload)/1e6/took.Seconds(), "MB/s", goal{})
	b.add(size+", growth of memory", max(0, peak(c.Process.Pid)-before), "MiB", goal{most: 64})
	return nil
}

// send submits a recording of so many bytes as it is made.
func send(ctx context.Context, address, key string, size int64) error {
	out, in := io.Pipe()
	form := multipart.NewWriter(in)
	go func() {
		part, err := form.CreateFormFile("audio", "sound.wav")
		if err == nil {
			err = writeSound(part, size)
		}
		in.CloseWithError(errors.Join(err, form.Close()))
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+address+"/recordings", out)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", form.FormDataContentType())
	request.Header.Set("Authorization", "Bearer "+key)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusAccepted {
		err = fmt.Errorf("the server answered %s: %s", response.Status, answer)
	}
	return err
}

// writeSound writes a WAV file of hissing, 16 kHz mono: 512 MiB are 4.7 hours.
func writeSound(w io.Writer, size int64) error {
	const head = 44
	header := []byte("RIFF____WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x80\x3e\x00\x00\x00\x7d\x00\x00\x02\x00\x10\x00data____")
	binary.LittleEndian.PutUint32(header[4:], uint32(size-8))
	binary.LittleEndian.PutUint32(header[40:], uint32(size-head))
	if _, err := w.Write(header); err != nil {
		return err
	}
	hiss := make([]byte, 1<<20)
	for i, state := 0, uint32(1); i < len(hiss); i += 2 {
		state = state*1664525 + 1013904223
		binary.LittleEndian.PutUint16(hiss[i:], uint16(int16(state>>16)/64))
	}
	for left := size - head; left > 0; left -= int64(len(hiss)) {
		if _, err := w.Write(hiss[:min(left, int64(len(hiss)))]); err != nil {
			return err
		}
	}
	return nil
}

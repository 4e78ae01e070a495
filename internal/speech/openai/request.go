package openai

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"talkit"
	"talkit/internal/speech"
)

// form is how much an answer says.
type form int32

const (
	withWords    form = iota // verbose_json with the times of words
	withSegments             // verbose_json as it is without asking for words
	plain                    // json: the text alone
)

// request is one piece, on its way to the server.
type request struct {
	model    string
	pcm      []byte
	language string // "" for the server to guess
	prompt   string
	within   time.Duration // it must be answered; 0 is the usual time
}

func newRequest(model string, piece speech.Piece) request {
	return request{model: model, pcm: piece.PCM, prompt: strings.Join(piece.Hints, ", "),
		language: talkit.LanguageCode(piece.Language)} // servers refuse what they don't know
}

// encode writes the request as multipart/form-data. The whole body is made
// before it is sent: some servers take none of unknown length.
func (r request) encode(f form) (body []byte, contentType string, err error) {
	var out bytes.Buffer
	out.Grow(len(r.pcm) + 4096)
	form := multipart.NewWriter(&out)
	fields := [][2]string{{"model", r.model}, {"language", r.language}, {"prompt", r.prompt}}
	switch f {
	case withWords:
		fields = append(fields, [2]string{"response_format", "verbose_json"},
			[2]string{"timestamp_granularities[]", "word"}, [2]string{"timestamp_granularities[]", "segment"})
	case withSegments:
		fields = append(fields, [2]string{"response_format", "verbose_json"})
	case plain:
		fields = append(fields, [2]string{"response_format", "json"})
	}
	for _, field := range fields {
		if field[1] != "" {
			err = errors.Join(err, form.WriteField(field[0], field[1]))
		}
	}
	file, failed := form.CreatePart(map[string][]string{
		"Content-Disposition": {`form-data; name="file"; filename="piece.wav"`}, "Content-Type": {"audio/wav"}})
	if failed == nil {
		_, failed = file.Write(wav(r.pcm))
	}
	err = errors.Join(err, failed, form.Close())
	return out.Bytes(), form.FormDataContentType(), err
}

// wav puts a header before samples.
func wav(pcm []byte) []byte {
	header := make([]byte, 0, 44+len(pcm))
	size := func(n int) { header = binary.LittleEndian.AppendUint32(header, uint32(n)) }
	header = append(header, "RIFF"...)
	size(36 + len(pcm))
	header = append(header, "WAVEfmt "...)
	size(16)
	size(1 | 1<<16) // PCM, one channel
	size(sampleRate)
	size(bytesPerSecond)
	size(2 | 16<<16) // bytes and bits a sample
	header = append(header, "data"...)
	size(len(pcm))
	return append(header, pcm...)
}

// endpoint is the address of transcriptions on a server that is named by its
// root, its /v1, or by that address itself.
func endpoint(server string) (*url.URL, error) {
	u, err := url.Parse(server)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Hostname() == "" { // not its words: they repeat what can be secret
		return nil, errors.New("TALKIT_OPENAI_URL must be the address of a server, like http://gpu.example.com:8000/v1")
	}
	const path = "/audio/transcriptions"
	u.Path, u.RawPath, u.Fragment = strings.TrimRight(u.Path, "/"), "", ""
	switch {
	case strings.HasSuffix(u.Path, path):
	case u.Path == "":
		u.Path = "/v1" + path
	default:
		u.Path += path
	}
	return u, nil
}

// Place is the address without what may be secret in it.
func (s *Server) Place() string { return s.target.Scheme + "://" + s.target.Host + s.target.Path }

// newClient follows no redirects: what is sent is somebody's voice, and the
// operator said where to.
func newClient(connections int) *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.MaxIdleConnsPerHost = connections
	transport.DialContext = (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 15 * time.Second}).DialContext
	transport.MaxResponseHeaderBytes = 64 << 10
	return &http.Client{Transport: transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

// Bounds of what is read of an answer: far more than one about 30 seconds has.
const (
	maxAnswer  = 4 << 20
	maxRefusal = 64 << 10
)

// send asks once. What it returns is an answer or a *fault; where ctx ended,
// ctx says so.
func (e *Engine) send(ctx context.Context, r request, f form, sound levels) (answer, *fault) {
	body, contentType, err := r.encode(f)
	if err != nil {
		return answer{}, &fault{what: refused, err: err}
	}
	fill(&r.within, e.options.Timeout)
	ctx, cancel := context.WithTimeout(ctx, r.within)
	defer cancel()
	defer context.AfterFunc(e.life, cancel)()
	httpRequest, err := http.NewRequestWithContext(ctx, http.MethodPost, e.target.String(), bytes.NewReader(body))
	if err != nil {
		return answer{}, &fault{what: setup, err: errors.New("TALKIT_OPENAI_URL cannot be asked")}
	}
	httpRequest.Header.Set("Content-Type", contentType)
	httpRequest.Header.Set("Accept", "application/json, text/plain;q=0.5")
	e.sign(httpRequest)
	response, err := e.client.Do(httpRequest)
	if err != nil {
		return answer{}, e.noAnswer(ctx, r.within, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		said, _ := io.ReadAll(io.LimitReader(response.Body, maxRefusal))
		return answer{}, e.refusal(response, said)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer+1))
	switch {
	case err != nil:
		return answer{}, e.noAnswer(ctx, r.within, err)
	case len(content) > maxAnswer:
		return answer{}, e.rubbish("an answer of more than %d MiB", maxAnswer>>20)
	}
	return e.understand(response.Header.Get("Content-Type"), content, sound, seconds(r.pcm))
}

// sign says who asks.
func (s *Server) sign(r *http.Request) {
	r.Header.Set("User-Agent", "talkit")
	if s.options.Key != "" {
		r.Header.Set("Authorization", "Bearer "+s.options.Key)
	}
}

func (e *Engine) rubbish(format string, args ...any) *fault {
	return &fault{what: rubbish, err: fmt.Errorf("the speech server at %s gives %s, which is no transcript: is TALKIT_OPENAI_URL right?",
		e.Place(), fmt.Sprintf(format, args...))}
}

package install

import (
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"talkit"
	"talkit/internal/webhook/safehttp"
)

// client speaks with the model hub. It sends no credential, and a file counts
// only once it has the hash it must have; so all that a false hub or network
// can do is to fail an installation.
type client struct {
	hub  *url.URL
	http *http.Client
}

const (
	dialTime   = 15 * time.Second // for a connection, and again for TLS
	answerTime = 30 * time.Second // for the head of an answer

	// stallTime is how long a download may bring nothing.
	stallTime = 30 * time.Second

	maxRedirects = 5
	maxList      = 4 << 20 // bytes of the hub's list of files

	// maxTries is how often in a row a download may bring nothing new.
	maxTries = 4
)

// tryAgainAfter is how long the first pause between tries is. Tests shorten it.
var tryAgainAfter = 2 * time.Second

func newClient(hub string) (*client, error) {
	address, err := url.Parse(strings.TrimSuffix(hub, "/"))
	if err != nil {
		return nil, talkit.Errorf(talkit.Invalid, "The model hub's address cannot be read.").Because(err)
	}
	c := &client{hub: address}
	c.http = &http.Client{Transport: c.transport(), CheckRedirect: c.follow}
	return c, nil
}

// transport dials the hub, wherever the operator says it is, and what the hub
// sends us on to only if that is a public address. Behind a proxy it is the
// proxy that decides.
func (c *client) transport() *http.Transport {
	plain := &net.Dialer{Timeout: dialTime}
	guarded := &net.Dialer{Timeout: dialTime, Control: safehttp.Public}
	trusted := map[string]bool{c.hub.Hostname(): true}
	for _, scheme := range []string{"http", "https"} {
		if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: &url.URL{Scheme: scheme, Host: "talkit.example"}}); err == nil && proxy != nil {
			trusted[proxy.Hostname()] = true
		}
	}
	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
			if host, _, err := net.SplitHostPort(address); err == nil && trusted[host] {
				return plain.DialContext(ctx, network, address)
			}
			return guarded.DialContext(ctx, network, address)
		},
		TLSHandshakeTimeout:    dialTime,
		ResponseHeaderTimeout:  answerTime,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		DisableCompression:     true, // sizes and ranges are of the bytes themselves
	}
}

// errElsewhere is a redirect that is not followed.
var errElsewhere = errors.New("the model hub sends on to where files must not come from")

// follow judges a redirect: the hub keeps large files on another host. That
// must be the hub's own, or one that is reached by https.
func (c *client) follow(next *http.Request, before []*http.Request) error {
	switch {
	case len(before) > maxRedirects:
		return errors.New("the model hub redirects without an end")
	case next.URL.User != nil:
		return errElsewhere
	case next.URL.Hostname() == c.hub.Hostname() && (next.URL.Scheme == "https" || next.URL.Scheme == c.hub.Scheme):
		return nil
	case next.URL.Scheme != "https":
		return errElsewhere
	}
	next.Header.Del("Referer")
	return nil
}

func (c *client) get(ctx context.Context, address string, from int64) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("User-Agent", "talkit")
	if from > 0 {
		request.Header.Set("Range", fmt.Sprintf("bytes=%d-", from))
	}
	return c.http.Do(request)
}

// list asks for the files of a revision.
func (c *client) list(ctx context.Context, repository, revision string) (entries []entry, err error) {
	ctx, cancel := context.WithTimeout(ctx, 2*answerTime)
	defer cancel()
	answer, err := c.get(ctx, fmt.Sprintf("%s/api/models/%s/tree/%s", c.hub, repository, revision), 0)
	if err != nil {
		return nil, c.failed(ctx, repository, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, c.failed(ctx, repository, statusError(answer.StatusCode))
	}
	if err := json.NewDecoder(io.LimitReader(answer.Body, maxList)).Decode(&entries); err != nil {
		return nil, c.failed(ctx, repository, err)
	}
	return entries, nil
}

// small reads a file whole.
func (c *client) small(ctx context.Context, w weights, e entry) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*answerTime)
	defer cancel()
	answer, err := c.get(ctx, hubAddress(c.hub.String(), w, e.Path), 0)
	if err != nil {
		return nil, c.failed(ctx, e.Path, err)
	}
	defer func() { _ = answer.Body.Close() }()
	if answer.StatusCode != http.StatusOK {
		return nil, c.failed(ctx, e.Path, statusError(answer.StatusCode))
	}
	content, err := io.ReadAll(io.LimitReader(answer.Body, e.Size+1))
	if err != nil {
		return nil, c.failed(ctx, e.Path, err)
	}
	return content, nil
}

// fetch brings a file into a folder, from where an earlier try broke off, and
// checks it.
func (c *client) fetch(ctx context.Context, w weights, f file, folder string) error {
	path := filepath.Join(folder, f.name)
	if verifyFile(path, f) == nil {
		return nil
	}
	if info, err := os.Stat(path); err == nil && info.Size() >= f.bytes {
		_ = os.Remove(path) // whole, and wrong
	}
	resumed, err := c.download(ctx, hubAddress(c.hub.String(), w, f.name), f, path)
	if err != nil {
		return err
	}
	err = verifyFile(path, f)
	if err == nil {
		return nil
	}
	_ = os.Remove(path)
	if resumed { // what was there before may have been bad
		return c.fetch(ctx, w, f, folder)
	}
	return talkit.Errorf(talkit.Unavailable, "%s came from %s with other content than it must have: nothing was installed.",
		f.name, c.hub.Host).Because(err)
}

// download asks until all is there, each time for what is missing. It gives up
// when several tries in a row brought nothing.
func (c *client) download(ctx context.Context, address string, f file, path string) (resumed bool, err error) {
	out, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return false, unwritable(filepath.Dir(path), err)
	}
	defer func() { _ = out.Close() }()
	at, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return false, unwritable(filepath.Dir(path), err)
	}
	resumed = at > 0
	furthest := at
	for fruitless := 0; at < f.bytes; {
		if at, err = c.more(ctx, address, f, out, at); err == nil {
			continue
		}
		if fruitless++; at > furthest {
			fruitless, furthest = 0, at
		}
		if fruitless == maxTries || !worthAnotherTry(err) {
			return resumed, c.failed(ctx, f.name, err)
		}
		select {
		case <-ctx.Done():
			return resumed, context.Cause(ctx)
		case <-time.After(tryAgainAfter << fruitless):
		}
	}
	if err := out.Sync(); err != nil {
		return resumed, unwritable(filepath.Dir(path), err)
	}
	return resumed, nil
}

// more asks once, and returns how far the file has come by it.
func (c *client) more(ctx context.Context, address string, f file, out *os.File, at int64) (int64, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stalled := time.AfterFunc(answerTime+dialTime, func() { cancel(errStalled) })
	defer stalled.Stop()
	answer, err := c.get(ctx, address, at)
	if err != nil {
		return at, cause(ctx, err)
	}
	defer func() { _ = answer.Body.Close() }()
	switch {
	case answer.StatusCode == http.StatusPartialContent && beginsAt(answer, at):
	case answer.StatusCode == http.StatusOK || answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		at = 0 // from the beginning; after a 416 by the next request
		if err := out.Truncate(0); err != nil {
			return at, &diskError{err}
		}
		if answer.StatusCode != http.StatusOK {
			return at, statusError(answer.StatusCode)
		}
	default:
		return at, statusError(answer.StatusCode)
	}
	n, err := io.Copy(io.NewOffsetWriter(out, at), &watched{io.LimitReader(answer.Body, f.bytes-at), stalled})
	switch at += n; {
	case err == nil && at < f.bytes:
		return at, io.ErrUnexpectedEOF
	case errors.As(err, new(*os.PathError)):
		return at, &diskError{err}
	}
	return at, cause(ctx, err)
}

func beginsAt(answer *http.Response, at int64) bool {
	return strings.HasPrefix(answer.Header.Get("Content-Range"), fmt.Sprintf("bytes %d-", at))
}

// watched puts off the end of a download for as long as it brings something.
type watched struct {
	io.Reader
	stalled *time.Timer
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if n > 0 {
		w.stalled.Reset(stallTime)
	}
	return n, err
}

var errStalled = fmt.Errorf("nothing came for %.0f seconds", stallTime.Seconds())

func cause(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

type statusError int

func (s statusError) Error() string {
	return fmt.Sprintf("it answered %d %s", int(s), http.StatusText(int(s)))
}

// diskError is ours, not the hub's.
type diskError struct{ error }

func (d *diskError) Unwrap() error { return d.error }

func worthAnotherTry(err error) bool {
	status, isStatus := errors.AsType[statusError](err)
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, errElsewhere), errors.As(err, new(safehttp.Refused)), errors.As(err, new(*diskError)):
		return false
	case isStatus:
		return status >= 500 || status == http.StatusTooManyRequests || status == http.StatusRequestTimeout ||
			status == http.StatusRequestedRangeNotSatisfiable
	}
	return true
}

// failed is why something did not come, in words for the operator.
func (c *client) failed(ctx context.Context, what string, err error) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return context.Cause(ctx)
	}
	if d, ok := errors.AsType[*diskError](err); ok {
		return talkit.Errorf(talkit.Unavailable, "%s could not be written: %v.", what, d.error).Because(err)
	}
	words := err.Error()
	if e, ok := errors.AsType[*url.Error](err); ok {
		words = e.Err.Error() // without the address, which may be signed
	}
	switch status, _ := errors.AsType[statusError](err); status {
	case http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden:
		words += "; is there such a revision, and is it public?"
	}
	return talkit.Errorf(talkit.Unavailable, "%s could not be had from the model hub %s (TALKIT_MODEL_HUB): %s.",
		what, c.hub.Host, words).Because(err)
}

func sum(content []byte) string {
	hash := sha256.Sum256(content)
	return hex.EncodeToString(hash[:])
}

// gitHash is the name Git has for a file's content.
func gitHash(content []byte) string {
	hash := sha1.New()
	fmt.Fprintf(hash, "blob %d\x00", len(content))
	hash.Write(content)
	return hex.EncodeToString(hash.Sum(nil))
}

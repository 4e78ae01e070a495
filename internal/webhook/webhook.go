// Package webhook signs and sends events to the addresses of plugins.
package webhook

import (
	"bytes"
	"context"
	"crypto/x509"
	"net/http"
	"net/netip"
	"time"

	"talkit/internal/webhook/safehttp"
)

// Timeout is how long a receiver may take, from the first packet to the end of
// its answer.
const Timeout = 15 * time.Second

// Options of a Sender; the zero value is fit for the public internet.
type Options struct {
	Allow   []netip.Prefix // internal networks that webhooks may reach, with http as well
	RootCAs *x509.CertPool // nil: the system's
	Timeout time.Duration  // 0: Timeout
}

// Sender makes delivery attempts. Its methods may be called from many
// goroutines at once.
type Sender struct {
	client  *http.Client
	timeout time.Duration
}

// NewSender returns a Sender, which keeps connections open between attempts.
func NewSender(o Options) *Sender {
	if o.Timeout == 0 {
		o.Timeout = Timeout
	}
	return &Sender{
		client:  safehttp.New(safehttp.Options{Allow: o.Allow, RootCAs: o.RootCAs}),
		timeout: o.Timeout,
	}
}

// Close ends the connections that are idle.
func (s *Sender) Close() { s.client.CloseIdleConnections() }

// Request is one attempt at a delivery.
type Request struct {
	URI     string
	Key     string   // the event's: the webhook-id, the same over all attempts
	Body    []byte   // JSON as wire.Encode writes it
	Secrets []string // the current one first, then the one it replaces, while both sign
}

// Result is what became of an attempt.
type Result struct {
	StatusCode   int           // 0 when nothing answered
	Error        string        // why it failed, in words for the developer; "" for success, which is 2xx
	Duration     time.Duration // until the answer's end
	ResponseBody string        // as Excerpt gives it
	RetryAfter   time.Duration // how long a receiver that failed asks to be left alone; 0 to MaxRetryAfter
}

// OK tells whether the delivery is done.
func (r Result) OK() bool { return r.Error == "" }

// Send makes one attempt. It succeeded when a 2xx began within the time limit,
// whatever became of the answer's body.
func (s *Sender) Send(ctx context.Context, r Request) Result {
	began := time.Now()
	ctx, cancel := context.WithTimeout(ctx, s.timeout)
	defer cancel()
	result := s.attempt(ctx, r, began)
	result.Duration = time.Since(began)
	return result
}

func (s *Sender) attempt(ctx context.Context, r Request, now time.Time) Result {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.URI, bytes.NewReader(r.Body))
	if err != nil {
		return Result{Error: "The address cannot be read as a URI."}
	}
	request.Header, err = Signature(r.Key, now, r.Body, r.Secrets...)
	if err != nil {
		return Result{Error: "The webhook's secret cannot sign; rotate it to get a new one."}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Talkit/1")
	response, err := s.client.Do(request)
	if err != nil {
		return Result{Error: explain(err)}
	}
	return read(response, now)
}

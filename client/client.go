// Package client is the Talkit API for those who build plugins: it mints the
// tokens of installations, calls the operations, follows lists and verifies
// webhooks. The objects are those of package wire.
//
// A plugin's server holds two credentials: its developer's key for what
// belongs to the plugin, and one of the plugin's secret keys, with which it
// acts for each installation.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client calls one server with one credential. Its methods may be called from
// many goroutines at once. They fail with *Error when the server said no, and
// with errors of package net/http when it could not be asked.
type Client struct {
	// HTTP makes the requests; it may be replaced before the first call. The
	// one of New gives each request 30 s.
	HTTP *http.Client

	base       string
	credential Credential
}

// New returns a client for the server at baseURL, such as
// https://talkit.example.
func New(baseURL string, credential Credential) *Client {
	return &Client{
		HTTP:       &http.Client{Timeout: 30 * time.Second},
		base:       strings.TrimRight(baseURL, "/"),
		credential: credential,
	}
}

// get asks for the object at a path.
func get[T any](ctx context.Context, c *Client, path string, query url.Values) (T, error) {
	return call[T](ctx, c, http.MethodGet, path, query, nil)
}

// call makes a request, with body as JSON unless it is nil, and reads the
// answer.
func call[T any](ctx context.Context, c *Client, method, path string, query url.Values, body any) (T, error) {
	var answer T
	request, err := c.request(ctx, method, path, query, body)
	if err != nil {
		return answer, fmt.Errorf("talkit: %w", err)
	}
	response, err := c.HTTP.Do(request)
	if err != nil {
		return answer, fmt.Errorf("talkit: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode/100 != 2 {
		return answer, readError(response)
	}
	if err := json.NewDecoder(response.Body).Decode(&answer); err != nil {
		return answer, fmt.Errorf("talkit: the answer to %s %s: %w", method, path, err)
	}
	io.CopyN(io.Discard, response.Body, 512) // to its end, so that the connection is used again
	return answer, nil
}

func (c *Client) request(ctx context.Context, method, path string, query url.Values, body any) (*http.Request, error) {
	var content io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, err
		}
		content = bytes.NewReader(text)
	}
	uri := c.base + path
	if len(query) > 0 {
		uri += "?" + query.Encode()
	}
	request, err := http.NewRequestWithContext(ctx, method, uri, content)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+c.credential())
	request.Header.Set("Accept", "application/json")
	request.Header.Set("User-Agent", "talkit-client/1")
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	return request, nil
}

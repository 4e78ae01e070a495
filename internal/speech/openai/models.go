package openai

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"talkit"
)

const (
	// modelsKept is how long an answer about models is kept, a bad one too: who
	// asks for models that there are not must not have the server asked each time.
	modelsKept = time.Minute

	// modelsTime is short: whoever asks for a model waits meanwhile.
	modelsTime = 5 * time.Second
)

// known are the models that the server said it has.
type known struct {
	mu    sync.Mutex // held while it is asked: nobody asks beside another
	names []string
	err   error
	until time.Time
}

// HasModel asks the server for its models (GET /v1/models), once a minute at
// most. Its error is of kind talkit.Invalid where the server lacks this one, and
// names those there are; of kind talkit.Unavailable, wrapping
// speech.ErrNotReady, where it could not be asked.
func (s *Server) HasModel(model string) error {
	names, err := s.models()
	switch {
	case err != nil:
		unknown := talkit.Errorf(talkit.Unavailable, "The speech server cannot be asked for its models just now. Try again in a minute.").Because(notReady(err))
		unknown.RetryAfter = modelsKept
		return unknown
	case slices.Contains(names, model):
		return nil
	case len(names) == 0:
		return talkit.Errorf(talkit.Invalid, "No other model can be chosen: the speech server does not say which it has.")
	}
	const shown = 20
	more := ""
	if len(names) > shown {
		names, more = names[:shown], " and others"
	}
	return talkit.Errorf(talkit.Invalid, "The speech server does not have this model. There is %s%s.", strings.Join(names, ", "), more)
}

// models are those of the server, none where it doesn't say.
func (s *Server) models() ([]string, error) {
	s.known.mu.Lock()
	defer s.known.mu.Unlock()
	if time.Now().After(s.known.until) {
		ctx, cancel := context.WithTimeout(context.Background(), modelsTime)
		defer cancel()
		s.known.names, s.known.err = s.askModels(ctx)
		s.known.until = time.Now().Add(modelsKept)
	}
	return s.known.names, s.known.err
}

// askModels fails where another time may bring an answer.
func (s *Server) askModels(ctx context.Context) ([]string, error) {
	address := *s.target
	address.Path = strings.TrimSuffix(address.Path, "/audio/transcriptions") + "/models"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	s.sign(request)
	response, err := s.client.Do(request)
	if err != nil {
		return nil, s.noAnswer(ctx, modelsTime, err).err
	}
	defer response.Body.Close()
	switch status := response.StatusCode; {
	case status >= 500, status == http.StatusUnauthorized, status == http.StatusPaymentRequired, status == http.StatusForbidden,
		status == http.StatusRequestTimeout, status == http.StatusTooManyRequests:
		return nil, fmt.Errorf("the speech server at %s does not say which models it has (%d)", s.Place(), status)
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, s.noAnswer(ctx, modelsTime, err).err
	}
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.Unmarshal(content, &list) != nil {
		return nil, nil
	}
	var names []string
	for _, m := range list.Data {
		if m.ID != "" {
			names = append(names, oneLine(m.ID))
		}
	}
	return names, nil
}

package dictate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"talkit"
	"talkit/wire"
)

// Text waits for the text of a recording, for as long as it takes, and gives
// the recording as it is then as well. waits is told once what it waits for,
// where that is more than its turn.
func (s *Server) Text(ctx context.Context, r wire.Recording, waits func(words string)) (wire.Recording, string, error) {
	told := ""
	for failures := 0; ; {
		now, err := get[wire.Recording](ctx, s, fmt.Sprintf("/recordings/%d", r.ID))
		switch p, said := errors.AsType[*Problem](err); {
		case ctx.Err() != nil, said && !p.passes():
			return r, "", err
		case err != nil:
			failures++
		default:
			r, failures = now, 0
		}
		switch talkit.RecordingStatus(r.Status) {
		case talkit.RecordingCompleted, talkit.RecordingReview:
			t, err := get[wire.Transcript](ctx, s, fmt.Sprintf("/recordings/%d/transcript", r.ID))
			if p, said := errors.AsType[*Problem](err); said && p.Status == http.StatusNotFound { // a person is to write it
				return r, "", nil
			}
			if err == nil {
				return r, t.Text, nil
			}
		case talkit.RecordingFailed:
			words := "There is no text."
			if r.Error != nil {
				words = *r.Error
			}
			return r, "", talkit.Errorf(talkit.Invalid, "%s", words)
		}
		if w := r.WaitingFor; w != nil && w.Message != told {
			told = w.Message
			waits(told)
		}
		if err := rest(ctx, min(failures, 4)); err != nil {
			return r, "", err
		}
	}
}

func get[T any](ctx context.Context, s *Server, path string) (T, error) {
	var v T
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.at(path), nil)
	if err != nil {
		return v, err
	}
	request.Header = s.header()
	answer, err := s.HTTP.Do(request)
	if err != nil {
		return v, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return v, problemOf(answer)
	}
	return v, json.NewDecoder(answer.Body).Decode(&v)
}

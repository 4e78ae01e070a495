package openai

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"

	"talkit"
)

// HasModel asks the server for its models (GET /v1/models). Its error, of kind
// talkit.Invalid where the server lacks the engine's model, names those there are.
func (e *Engine) HasModel(ctx context.Context) error {
	models := e.models(ctx)
	switch {
	case slices.Contains(models, e.options.Model):
		return nil
	case len(models) == 0:
		return talkit.Errorf(talkit.Invalid, "No other model can be chosen: the speech server does not say which it has.")
	}
	const shown = 20
	more := ""
	if len(models) > shown {
		models, more = models[:shown], " and others"
	}
	return talkit.Errorf(talkit.Invalid, "The speech server does not have this model. There is %s%s.", strings.Join(models, ", "), more)
}

// models are those of the server, none where it doesn't say.
func (e *Engine) models(ctx context.Context) []string {
	address := *e.target
	address.Path = strings.TrimSuffix(address.Path, "/audio/transcriptions") + "/models"
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address.String(), nil)
	if err != nil {
		return nil
	}
	e.sign(request)
	response, err := e.client.Do(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	var list struct {
		Data []struct {
			ID string `json:"id"`
		} `json:"data"`
	}
	if json.NewDecoder(io.LimitReader(response.Body, 1<<20)).Decode(&list) != nil {
		return nil
	}
	var names []string
	for _, m := range list.Data {
		if m.ID != "" {
			names = append(names, oneLine(m.ID))
		}
	}
	return names
}

package api

import (
	"cmp"
	"context"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// openAIRoutes are what the clients of OpenAI call.
func (a *API) openAIRoutes() {
	a.transcriptionRoute()
	register(a, operation(http.MethodGet, "/v1/models", tagOpenAI, "List Models",
		"List the models that sound can be transcribed with; whisper-1 is a name for the server's own", app.UserKey),
		func(context.Context, talkit.Caller, *struct{}) (*out[wire.ModelList], error) {
			return answer(wire.NewModelList(a.App.HearingModels()), nil)
		})
	type model struct {
		Model string `path:"model" maxLength:"200" doc:"The name of the Model"`
	}
	register(a, operation(http.MethodGet, "/v1/models/{model}", tagOpenAI, "Fetch a Model",
		"Fetch a model that sound can be transcribed with", app.UserKey),
		func(_ context.Context, _ talkit.Caller, in *model) (*out[wire.Model], error) {
			if names := a.App.HearingModels(); !slices.Contains(names, in.Model) {
				e := talkit.Errorf(talkit.NotFound, "There is no such model. There is %s.", cmp.Or(strings.Join(names, ", "), "none"))
				e.Fields = []talkit.FieldError{{Location: "path.model", Message: "is not here"}}
				return nil, e
			}
			return answer(wire.NewModel(in.Model), nil)
		})
}

// transcribed is a transcription in the form that was asked for.
type transcribed struct {
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (a *API) transcriptionRoute() {
	op := conflicts(operation(http.MethodPost, "/v1/audio/transcriptions", tagOpenAI, "Create a Transcription",
		"Turn sound into text and wait for it; nothing of either is kept", app.UserKey), 400, 404, 409, 413, 429, 503, 507)
	register(a, op, func(ctx context.Context, who talkit.Caller, in *transcription) (*transcribed, error) {
		defer in.drop()
		if err := a.App.CheckHearing(in.hearing()); err != nil {
			return nil, err
		}
		heard, err := a.App.Hear(ctx, who, in.hearing())
		if err != nil {
			return nil, err
		}
		return in.write(heard)
	})
	documented := operationAt(a.huma.OpenAPI(), op.Method, op.Path)
	documented.RequestBody = transcriptionBody()
	schemas := a.huma.OpenAPI().Components.Schemas
	success := documented.Responses["200"]
	success.Content = map[string]*huma.MediaType{
		"application/json": {Schema: &huma.Schema{AnyOf: []*huma.Schema{
			schemas.Schema(reflect.TypeFor[wire.Transcription](), true, "Transcription"),
			schemas.Schema(reflect.TypeFor[wire.VerboseTranscription](), true, "VerboseTranscription")}}},
	}
	for _, contentType := range []string{textType, srtType, vttType, eventsType} {
		success.Content[contentType] = &huma.MediaType{Schema: &huma.Schema{Type: "string"}}
	}
	delete(success.Headers, "Content-Type") // a document says that otherwise
}

const (
	jsonType   = "application/json"
	textType   = "text/plain; charset=utf-8"
	srtType    = "application/x-subrip; charset=utf-8"
	vttType    = "text/vtt; charset=utf-8"
	eventsType = "text/event-stream"
)

// write makes the answer of what was heard.
func (t *transcription) write(heard app.Heard) (*transcribed, error) {
	switch {
	case t.stream:
		return t.events(heard)
	case t.format == "text":
		return &transcribed{textType, []byte(heard.Segments.Text() + "\n")}, nil
	case t.format == "srt":
		return &transcribed{srtType, []byte(heard.SRT())}, nil
	case t.format == "vtt":
		return &transcribed{vttType, []byte(heard.WebVTT())}, nil
	case t.format == "verbose_json":
		return asJSON(wire.NewVerboseTranscription(heard.Segments, heard.Language, heard.Duration.Seconds(), t.words, t.segments))
	}
	return asJSON(wire.NewTranscription(heard.Segments, heard.Duration.Seconds()))
}

func asJSON(v any) (*transcribed, error) {
	body, err := wire.Encode(v)
	return &transcribed{jsonType, body}, err
}

// events writes what was heard as OpenAI's events (stream=true): one a segment,
// and the whole at the end.
func (t *transcription) events(heard app.Heard) (*transcribed, error) {
	type event struct {
		Type  string  `json:"type"`
		Delta *string `json:"delta,omitempty"`
		Text  *string `json:"text,omitempty"`
	}
	whole := heard.Segments.Text()
	var events []event
	for i, s := range heard.Segments {
		delta := s.Text
		if i > 0 {
			delta = talkit.Joint(heard.Segments[i-1].Text, s.Text) + s.Text
		}
		events = append(events, event{Type: "transcript.text.delta", Delta: &delta})
	}
	events = append(events, event{Type: "transcript.text.done", Text: &whole})
	var body []byte
	for _, e := range events {
		line, err := wire.Encode(e)
		if err != nil {
			return nil, err
		}
		body = append(append(append(body, "data: "...), line...), "\n\n"...)
	}
	return &transcribed{eventsType, body}, nil
}

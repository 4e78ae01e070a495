package api

import (
	"context"
	"net/http"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

type againBody struct {
	Model      string  `json:"model,omitempty" maxLength:"64" doc:"One of the server's models; its own if left out"`
	Language   *string `json:"language,omitempty" maxLength:"8" doc:"ISO 639-1, like en; empty for the User's own, else as detected. If left out it is as it was said when the Recording was submitted"`
	Vocabulary *bool   `json:"vocabulary,omitempty" doc:"Give the engine the User's own words as hints; as the User's settings say if left out"`
}

func (a *API) transcribeRoute() {
	type again struct {
		RecordingPath
		Body *againBody `required:"false"`
	}
	op := conflicts(operation(http.MethodPost, "/recordings/{id}/transcribe", tagRecording, "Transcribe a Recording again",
		"Turn a Recording into text once more. The text that it has stays until there is a new one, which becomes its newest Revision. "+
			"A failed Recording begins anew", app.UserKey), 409)
	op.DefaultStatus = http.StatusAccepted
	register(a, op, func(ctx context.Context, who talkit.Caller, in *again) (*out[wire.Recording], error) {
		var how app.Again
		if in.Body != nil {
			how = app.Again{Model: in.Body.Model, Language: in.Body.Language, Vocabulary: in.Body.Vocabulary}
		}
		return answer(a.App.Transcribe(ctx, who, in.ID, how))
	})
}

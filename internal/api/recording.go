package api

import (
	"context"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// RecordingPath names a recording.
type RecordingPath struct {
	ID int64 `path:"id" json:"-" doc:"The ID of the Recording"`
}

func (p RecordingPath) permitted(ctx context.Context, a *app.App, who talkit.Caller) error {
	_, err := a.FetchRecording(ctx, who, p.ID)
	return err
}

func (a *API) recordingRoutes() {
	a.submitRoute()
	op := operation(http.MethodGet, "/recordings", tagRecording, "List Recordings",
		"List the User's Recordings, or those that the Plugin Installation submitted", app.UserKey, app.InstallationJWT)
	register(a, described(op, "The maximum number of Recordings to return", "The ID of the last Recording from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *struct{ PageOf }) (*out[wire.List[wire.Recording]], error) {
			return answer(a.App.ListRecordings(ctx, who, in.page()))
		})
	register(a, operation(http.MethodGet, "/recordings/{id}", tagRecording, "Fetch a Recording", "Fetch a Recording and how far it has come",
		app.UserKey, app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*out[wire.Recording], error) {
			return answer(a.App.FetchRecording(ctx, who, in.ID))
		})
	a.watchRoute()
	a.watchAllRoute()
	register(a, operation(http.MethodGet, "/recordings/{id}/peaks", tagRecording, "Fetch the Waveform of a Recording",
		"Fetch how loud a Recording is in each of 600 parts; none before it was decoded, and once its sound is no longer kept", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*out[wire.Peaks], error) {
			return answer(a.App.FetchPeaks(ctx, who, in.ID))
		})
	register(a, soundOperation("/recordings/{id}/audio", tagRecording, "Fetch the Audio of a Recording", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*huma.StreamResponse, error) {
			return a.sendSound(ctx, who, in.ID, a.App.RecordingAudio)
		})
	register(a, operation(http.MethodDelete, "/recordings/{id}", tagRecording, "Delete a Recording",
		"Erase a Recording for good: its sound, its texts, its Transcript, and what logs kept of it", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*empty, error) {
			return done(a.App.DeleteRecording(ctx, who, in.ID))
		})
	a.downloadRoutes()
	a.ownTextRoutes()
	a.revisionRoutes()
	a.changeRoute()
	a.stepRoutes()
	a.transcribeRoute()
}

// submitted is a Recording with its address.
type submitted struct {
	Location string `header:"Location" doc:"The address of the Recording"`
	Body     wire.Recording
}

func (s *submitted) locate(a *API) {
	s.Location = fmt.Sprintf("%s/recordings/%d", a.App.Wire.URL, s.Body.ID)
}

func (a *API) submitRoute() {
	op := conflicts(operation(http.MethodPost, "/recordings", tagRecording, "Submit a Recording",
		"Send sound to be turned into a Transcript. The answer comes once the sound is safely stored; the text follows", app.UserKey, app.InstallationJWT),
		400, 409, 413, 415, 503, 507)
	op.DefaultStatus = http.StatusAccepted
	register(a, op, func(ctx context.Context, who talkit.Caller, in *submission) (*submitted, error) {
		r, err := a.App.Submit(ctx, who, in.recording(), in.upload)
		if err != nil {
			return nil, err
		}
		return shape[submitted](a, r), nil
	})
	operationAt(a.huma.OpenAPI(), op.Method, op.Path).RequestBody = submissionBody()
}

type textBody struct {
	Text     string `json:"text" doc:"The whole text"`
	Revision *int   `json:"revision,omitempty" minimum:"0" doc:"The number of the Revision that the text was changed from, 0 for none: 409 if there is another by now"`
}

func (a *API) ownTextRoutes() {
	const path = "/recordings/{id}/transcript"
	register(a, operation(http.MethodGet, path, tagRecording, "Fetch the Transcript of a Recording",
		"The person's own view of the text, released or not", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*out[wire.Transcript], error) {
			return answer(a.App.OwnTranscript(ctx, who, in.ID))
		})
	type write struct {
		RecordingPath
		Body textBody
	}
	put := conflicts(operation(http.MethodPut, path, tagRecording, "Write the Transcript of a Recording",
		"Put a person's text in place of the current one, which stays as a revision", app.UserKey), 409)
	put.MaxBodyBytes = maxTextJSON
	register(a, put, func(ctx context.Context, who talkit.Caller, in *write) (*out[wire.Transcript], error) {
		return answer(a.App.WriteTranscript(ctx, who, in.ID, in.Body.Text, in.Body.Revision))
	})
}

// stepRoutes are what a person does with a recording by a word.
func (a *API) stepRoutes() {
	for _, step := range []struct {
		name, summary, description string
		do                         func(context.Context, talkit.Caller, int64) (wire.Recording, error)
	}{
		{"release", "Release a Recording", "Let plugins see a text that waited for review", a.App.Release},
		{"withdraw", "Withdraw a Recording", "Take a released text and its sound away from plugins", a.App.Withdraw},
		{"restore", "Restore a Recording", "Give back what was withdrawn", a.App.Restore},
		{"retry", "Retry a Recording", "Begin a failed Recording anew", a.App.Retry},
	} {
		op := conflicts(operation(http.MethodPost, "/recordings/{id}/"+step.name, tagRecording, step.summary, step.description, app.UserKey), 409)
		register(a, op, func(ctx context.Context, who talkit.Caller, in *RecordingPath) (*out[wire.Recording], error) {
			return answer(step.do(ctx, who, in.ID))
		})
	}
}

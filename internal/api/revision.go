package api

import (
	"context"
	"net/http"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// RevisionPath names a revision of a recording.
type RevisionPath struct {
	RecordingPath
	Number int `path:"number" json:"-" doc:"The number of the Revision"`
}

func (p RevisionPath) permitted(ctx context.Context, a *app.App, who talkit.Caller) error {
	_, err := a.FetchRevision(ctx, who, p.ID, p.Number)
	return err
}

// revisionRoutes are about every text that a recording has had.
func (a *API) revisionRoutes() {
	const path = "/recordings/{id}/revisions"
	type list struct {
		RecordingPath
		PageOf
	}
	op := operation(http.MethodGet, path, tagRecording, "List Revisions of a Recording", "List every text the Recording has had", app.UserKey)
	register(a, described(op, "The maximum number of Revisions to return", "The ID of the last Revision from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *list) (*out[wire.List[wire.Revision]], error) {
			return answer(a.App.Revisions(ctx, who, in.ID, in.page()))
		})
	register(a, operation(http.MethodGet, path+"/{number}", tagRecording, "Fetch a Revision of a Recording", "Fetch one text the Recording has had", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *RevisionPath) (*out[wire.Revision], error) {
			return answer(a.App.FetchRevision(ctx, who, in.ID, in.Number))
		})
	register(a, conflicts(operation(http.MethodPost, path+"/{number}/restore", tagRecording, "Restore a Revision of a Recording",
		"Make an earlier text the current one again: it becomes a new Revision, with the times its words had", app.UserKey), 409),
		func(ctx context.Context, who talkit.Caller, in *RevisionPath) (*out[wire.Recording], error) {
			return answer(a.App.RestoreRevision(ctx, who, in.ID, in.Number))
		})
}

type recordingChange struct {
	Name     *string         `json:"name,omitempty" maxLength:"200" doc:"A title; empty to have it made from the first words"`
	Type     *string         `json:"type,omitempty" enum:"note,meeting,task,letter" doc:"What was dictated"`
	Metadata talkit.Metadata `json:"metadata,omitempty" doc:"Up to 50 strings, in place of all there were"`
}

// changeRoute changes what was said of a recording when it was submitted.
func (a *API) changeRoute() {
	type change struct {
		RecordingPath
		Body recordingChange
	}
	register(a, operation(http.MethodPatch, "/recordings/{id}", tagRecording, "Change a Recording",
		"Change what is named, leave the rest; what was released is changed with it", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *change) (*out[wire.Recording], error) {
			return answer(a.App.ChangeRecording(ctx, who, in.ID, app.RecordingChange{Name: in.Body.Name,
				Type: (*talkit.TranscriptType)(in.Body.Type), Metadata: in.Body.Metadata}))
		})
}

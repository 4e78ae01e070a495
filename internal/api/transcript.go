package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

// TranscriptPath names a transcript.
type TranscriptPath struct {
	ID int64 `path:"id" doc:"The ID of the Transcript to fetch"`
}

// transcriptQuery asks for a part of the list, or of what is found in it.
type transcriptQuery struct {
	PageOf
	Q string `query:"q" json:"-" maxLength:"200" doc:"Only Transcripts that have these words, in name or text, in whatever order; the last may be the beginning of one. Case and accents do not matter"`
}

func (a *API) transcriptRoutes() {
	op := operation(http.MethodGet, "/transcripts", tagTranscript, "List Transcripts", "Fetch Transcripts for the current User", app.InstallationJWT)
	register(a, described(op, "The maximum number of Transcripts to return", "The ID of the last Transcript from the previous page"),
		func(ctx context.Context, who talkit.Caller, in *transcriptQuery) (*out[wire.List[wire.Transcript]], error) {
			return answer(a.App.ListTranscripts(ctx, who, in.Q, in.page()))
		})
	register(a, operation(http.MethodGet, "/transcripts/{id}", tagTranscript, "Fetch a Transcript", "Fetch details about a Transcript", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *TranscriptPath) (*out[wire.Transcript], error) {
			return answer(a.App.FetchTranscript(ctx, who, in.ID))
		})
	register(a, operation(http.MethodGet, "/transcripts/{id}/segments", tagTranscript, "List Segments of a Transcript",
		"Fetch the timed words of a Transcript, with their probability", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *TranscriptPath) (*out[wire.SegmentList], error) {
			return answer(a.App.TranscriptSegments(ctx, who, in.ID))
		})
	a.exportRoutes()
	register(a, soundOperation("/transcripts/{id}/audio", tagTranscript, "Fetch the Audio of a Transcript", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *TranscriptPath) (*huma.StreamResponse, error) {
			return a.sendSound(ctx, who, in.ID, a.App.TranscriptAudio)
		})
}

// exports are the forms in which a transcript leaves the house.
var exports = []struct {
	format               app.ExportFormat
	contentType, summary string
}{
	{app.WebVTT, "text/vtt; charset=utf-8", "Fetch WebVTT Captions"},
	{app.SRT, "application/x-subrip; charset=utf-8", "Fetch SRT Captions"},
	{app.PlainTxt, "text/plain; charset=utf-8", "Export as Text"},
	{app.Markdown, "text/markdown; charset=utf-8", "Export as Markdown"},
}

func (a *API) exportRoutes() {
	for _, export := range exports {
		op := operation(http.MethodGet, "/transcripts/{id}/"+string(export.format), tagTranscript, export.summary,
			"Fetch a Transcript as a file", app.InstallationJWT)
		op.Responses = map[string]*huma.Response{"200": text("The file", export.contentType)}
		op.Responses["200"].Headers = headers("Content-Disposition", "attachment", "Content-Security-Policy", sandbox)
		register(a, op, func(ctx context.Context, who talkit.Caller, in *TranscriptPath) (*huma.StreamResponse, error) {
			content, err := a.App.Export(ctx, who, in.ID, export.format)
			if err != nil {
				return nil, err
			}
			return sendFile(content, export.contentType, "attachment"), nil
		})
	}
	register(a, operation(http.MethodGet, "/transcripts/{id}/export.json", tagTranscript, "Export as JSON",
		"Fetch a Transcript with its timed words", app.InstallationJWT),
		func(ctx context.Context, who talkit.Caller, in *TranscriptPath) (*out[wire.Export], error) {
			return answer(a.App.ExportJSON(ctx, who, in.ID))
		})
}

func sendFile(content, contentType, disposition string) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(ctx huma.Context) {
		ctx.SetHeader("Content-Type", contentType)
		ctx.SetHeader("Content-Disposition", disposition)
		ctx.SetHeader("Content-Security-Policy", sandbox)
		ctx.SetStatus(http.StatusOK)
		ctx.BodyWriter().Write([]byte(content))
	}}
}

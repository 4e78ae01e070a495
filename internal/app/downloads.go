package app

import (
	"context"

	"talkit"
	"talkit/internal/caption"
	"talkit/wire"
)

// Download is a file made of a text.
type Download struct {
	Title   string // of the transcript, for the file's name
	Content string
}

// ownText reads a person's own text with its timed words, released or not.
func (a *App) ownText(ctx context.Context, who talkit.Caller, recordingID int64) (talkit.Transcript, talkit.Segments, error) {
	t, err := a.ownTranscript(ctx, who, recordingID)
	if err != nil {
		return t, nil, err
	}
	if err := a.longTexts.hold(ctx, t.Audio.Length()); err != nil {
		return t, nil, err
	}
	revision, err := a.DB.CurrentRevision(ctx, recordingID)
	return t, revision.Segments, err
}

// OwnSegments shows a person the timed words of their recording.
func (a *App) OwnSegments(ctx context.Context, who talkit.Caller, recordingID int64) (wire.SegmentList, error) {
	_, segments, err := a.ownText(ctx, who, recordingID)
	return wire.SegmentList{Data: a.Wire.Segments(segments)}, err
}

// OwnExport writes a person's own text in a text format.
func (a *App) OwnExport(ctx context.Context, who talkit.Caller, recordingID int64, format ExportFormat) (Download, error) {
	t, segments, err := a.ownText(ctx, who, recordingID)
	if err != nil {
		return Download{}, err
	}
	return Download{Title: t.Name, Content: exportAs(format, t.Name, segments)}, nil
}

// OwnExportJSON is a person's own transcript with its timed words.
func (a *App) OwnExportJSON(ctx context.Context, who talkit.Caller, recordingID int64) (wire.Export, error) {
	t, segments, err := a.ownText(ctx, who, recordingID)
	if err != nil {
		return wire.Export{}, err
	}
	of, err := a.surroundings(ctx, who.Person, t)
	return wire.Export{Transcript: a.Wire.OwnTranscript(of.around(t)), Segments: a.Wire.Segments(segments)}, err
}

func exportAs(format ExportFormat, title string, segments talkit.Segments) string {
	switch format {
	case WebVTT:
		return caption.WebVTT(segments)
	case SRT:
		return caption.SRT(segments)
	case Markdown:
		return caption.Markdown(title, segments)
	}
	return caption.Text(segments)
}

// titleOf is a recording's name, or the one that its text gives it.
func (a *App) titleOf(ctx context.Context, r talkit.Recording) (string, error) {
	if r.Name != "" {
		return r.Name, nil
	}
	opening, err := a.DB.Opening(ctx, r.ID)
	return talkit.Title(opening), ignoreMissing(err)
}

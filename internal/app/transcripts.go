package app

import (
	"context"
	"io"

	"talkit"
	"talkit/internal/search"
	"talkit/wire"
)

// ListTranscripts lists the user's transcripts as the installation may see
// them: with a query that is not blank those that have its words, in name or
// text. Withdrawn ones have none.
func (a *App) ListTranscripts(ctx context.Context, who talkit.Caller, query string, p talkit.Page) (wire.List[wire.Transcript], error) {
	if err := who.Require(talkit.ResourceTranscript, talkit.AccessRead); err != nil {
		return wire.List[wire.Transcript]{}, err
	}
	q, err := search.Parse("query.q", query)
	if err != nil {
		return wire.List[wire.Transcript]{}, err
	}
	list, err := a.transcripts(ctx, who.UserID, q, p)
	if err != nil {
		return wire.List[wire.Transcript]{}, err
	}
	of, err := a.surroundings(ctx, who.Person, list.Items...)
	if err != nil {
		return wire.List[wire.Transcript]{}, err
	}
	a.used(who, useTranscripts)
	show := func(t talkit.Transcript) wire.Transcript {
		return a.Wire.Transcript(of.around(t), who.Installation.Permissions)
	}
	return wire.ListOf(list, show), nil
}

func (a *App) transcripts(ctx context.Context, userID int64, q search.Query, p talkit.Page) (talkit.List[talkit.Transcript], error) {
	if q.Asked {
		return a.DB.SearchTranscripts(ctx, userID, q, p)
	}
	return a.DB.Transcripts(ctx, userID, p)
}

// FetchTranscript shows one of the user's transcripts to an installation.
func (a *App) FetchTranscript(ctx context.Context, who talkit.Caller, id int64) (wire.Transcript, error) {
	t, err := a.readableTranscript(ctx, who, id)
	if err != nil {
		return wire.Transcript{}, err
	}
	a.used(who, useTranscripts)
	return a.showTranscript(ctx, who.Person, *who.Installation, t)
}

func (a *App) readableTranscript(ctx context.Context, who talkit.Caller, id int64) (talkit.Transcript, error) {
	if err := who.Require(talkit.ResourceTranscript, talkit.AccessRead); err != nil {
		return talkit.Transcript{}, err
	}
	return a.DB.Transcript(ctx, who.UserID, id)
}

// showTranscript is the one way a Transcript reaches a plugin, in an answer or
// a webhook.
func (a *App) showTranscript(ctx context.Context, person talkit.User, i talkit.Installation, t talkit.Transcript) (wire.Transcript, error) {
	of, err := a.surroundings(ctx, person, t)
	return a.Wire.Transcript(of.around(t), i.Permissions), err
}

// surroundings are what transcripts of one user are shown with.
type surroundings struct {
	user  talkit.User
	logos map[int64]string // of CRM integrations
}

func (a *App) surroundings(ctx context.Context, person talkit.User, transcripts ...talkit.Transcript) (surroundings, error) {
	s := surroundings{user: person, logos: map[int64]string{}}
	for _, t := range transcripts {
		if t.CRMIntegrationID == nil {
			continue
		}
		if _, known := s.logos[*t.CRMIntegrationID]; known {
			continue
		}
		crm, err := a.DB.CRMIntegration(ctx, *t.CRMIntegrationID)
		if err != nil {
			return s, err
		}
		s.logos[crm.ID] = crm.LogoKey
	}
	return s, nil
}

func (s surroundings) around(t talkit.Transcript) wire.TranscriptOf {
	of := wire.TranscriptOf{Transcript: t, User: s.user}
	if t.CRMIntegrationID != nil {
		of.LogoKey = s.logos[*t.CRMIntegrationID]
	}
	return of
}

// Sound is stored sound on its way out.
type Sound struct {
	io.ReadSeekCloser
	talkit.Audio
	ChangedOn talkit.Time
	Own       bool   // for the person whose it is
	Title     string // then: of what was said, for the file's name
}

// TranscriptAudio opens the sound of a transcript for an installation.
func (a *App) TranscriptAudio(ctx context.Context, who talkit.Caller, id int64) (Sound, error) {
	if err := who.Require(talkit.ResourceAudio, talkit.AccessRead); err != nil {
		return Sound{}, err
	}
	t, err := a.readableTranscript(ctx, who, id)
	if err != nil {
		return Sound{}, err
	}
	if t.Disabled {
		return Sound{}, talkit.Missing("audio")
	}
	a.used(who, useAudio)
	return a.openSound(ctx, t.Audio, t.CreatedOn)
}

func (a *App) openSound(ctx context.Context, audio talkit.Audio, on talkit.Time) (Sound, error) {
	if audio.Key == "" {
		return Sound{}, talkit.Missing("audio")
	}
	r, err := a.Blobs.Open(ctx, audio.Key)
	return Sound{ReadSeekCloser: r, Audio: audio, ChangedOn: on}, err
}

// segmentsOf reads a transcript with its timed words, none where it was withdrawn.
func (a *App) segmentsOf(ctx context.Context, who talkit.Caller, id int64) (talkit.Transcript, talkit.Segments, error) {
	t, err := a.readableTranscript(ctx, who, id)
	if err == nil {
		a.used(who, useTranscripts)
	}
	if err != nil || t.Disabled {
		return t.ForPlugins(), nil, err
	}
	if err := a.longTexts.hold(ctx, t.Audio.Length()); err != nil {
		return t, nil, err
	}
	revision, err := a.DB.CurrentRevision(ctx, t.RecordingID)
	return t, revision.Segments, err
}

// TranscriptSegments shows the timed words of a transcript.
func (a *App) TranscriptSegments(ctx context.Context, who talkit.Caller, id int64) (wire.SegmentList, error) {
	_, segments, err := a.segmentsOf(ctx, who, id)
	return wire.SegmentList{Data: a.Wire.Segments(segments)}, err
}

// ExportFormat is a form in which a transcript leaves the house.
type ExportFormat string

// The formats.
const (
	WebVTT   ExportFormat = "captions.vtt"
	SRT      ExportFormat = "captions.srt"
	PlainTxt ExportFormat = "export.txt"
	Markdown ExportFormat = "export.md"
)

// Export writes a transcript in a text format.
func (a *App) Export(ctx context.Context, who talkit.Caller, id int64, format ExportFormat) (string, error) {
	t, segments, err := a.segmentsOf(ctx, who, id)
	if err != nil {
		return "", err
	}
	return exportAs(format, t.Name, segments), nil
}

// ExportJSON is a transcript with its timed words.
func (a *App) ExportJSON(ctx context.Context, who talkit.Caller, id int64) (wire.Export, error) {
	t, segments, err := a.segmentsOf(ctx, who, id)
	if err != nil {
		return wire.Export{}, err
	}
	shown, err := a.showTranscript(ctx, who.Person, *who.Installation, t)
	return wire.Export{Transcript: shown, Segments: a.Wire.Segments(segments)}, err
}

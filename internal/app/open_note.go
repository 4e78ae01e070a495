package app

import (
	"context"

	"talkit"
)

// OpenNote is a note as its person opens it: the recording, and the text that
// it has by now.
type OpenNote struct {
	talkit.Recording
	Title      string // "" while there is none
	Paragraphs []talkit.Paragraph
	Channels   []int       // of each paragraph, 0 where the sound is one
	Version    int         // the number of its text, 0 while there is none
	ByHand     bool        // a person wrote that version
	Sure       int         // how sure the engine was of that version, in percent; 0 where it did not say
	WrittenOn  talkit.Time // that version
	FiledUnder string      // a customer system, "" for none
	Renewable  bool        // its text can be made again
}

// OpenNote reads a note for the person whose it is.
func (a *App) OpenNote(ctx context.Context, who talkit.Caller, recordingID int64) (OpenNote, error) {
	r, err := a.recording(ctx, who, recordingID)
	if err != nil {
		return OpenNote{}, err
	}
	n := OpenNote{Recording: r, Title: r.Name, Renewable: a.renewable(r)}
	if err := a.longTexts.hold(ctx, r.Audio.Length()); err != nil {
		return OpenNote{}, err
	}
	v, err := a.DB.CurrentRevision(ctx, r.ID)
	switch {
	case err == nil:
		n.Version, n.ByHand, n.WrittenOn = v.Number, v.RunID == nil, v.CreatedOn
		if sure, known := v.Segments.Confidence(); known && !n.ByHand && len(v.Segments) > 0 {
			n.Sure = int(sure*100 + 1e-9)
		}
		for _, turn := range v.Segments.Turns() {
			n.Paragraphs, n.Channels = append(n.Paragraphs, turn.Paragraph), append(n.Channels, channelOf(turn))
		}
		if n.Title == "" {
			n.Title = talkit.Title(v.Text)
		}
	case !talkit.IsNotFound(err):
		return OpenNote{}, err
	}
	n.FiledUnder, err = a.filedUnder(ctx, r)
	return n, err
}

func channelOf(turn talkit.Turn) int {
	if turn.Channel == nil {
		return 0
	}
	return *turn.Channel
}

// filedUnder names the customer system that a note is filed under, or would be
// once it is released.
func (a *App) filedUnder(ctx context.Context, r talkit.Recording) (string, error) {
	var crm *int64
	if t, err := a.DB.TranscriptOfRecording(ctx, r.ID); err == nil {
		crm = t.CRMIntegrationID
	} else if !talkit.IsNotFound(err) {
		return "", err
	} else if owner, err := a.DB.User(ctx, r.UserID); err != nil {
		return "", err
	} else {
		crm = owner.CRMIntegrationID
	}
	if crm == nil {
		return "", nil
	}
	c, err := a.DB.CRMIntegration(ctx, *crm)
	return c.Name, err
}

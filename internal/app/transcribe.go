package app

import (
	"context"
	"errors"
	"slices"
	"strings"

	"talkit"
	"talkit/internal/store"
	"talkit/wire"
)

// Again says how a recording is to be turned into text once more.
type Again struct {
	Model      string  // "" for the server's own
	Language   *string // "" for the person's own, else detected; nil: as it was said of the recording
	Vocabulary *bool   // give the engine the person's words; nil: as their settings say
}

// byHand is why nothing can be transcribed again.
const byHand = "On this server a person writes the texts: there is no engine to do it again."

// Transcribe turns a recording into text again. Its text stays as it is until
// there is a new one, which becomes its newest revision; what was released is
// changed with it, and plugins are told. A failed recording begins anew.
func (a *App) Transcribe(ctx context.Context, who talkit.Caller, id int64, how Again) (wire.Recording, error) {
	if _, err := a.recording(ctx, who, id); err != nil { // what is not theirs is not there, whatever engines there are
		return wire.Recording{}, err
	}
	model, err := a.modelFor(how)
	if err != nil {
		return wire.Recording{}, err
	}
	return a.changeRecording(ctx, who, id, "recording.transcribed_again", func(tx *store.Tx, r *talkit.Recording) error {
		if err := mayTranscribe(*r); err != nil {
			return err
		}
		run := talkit.Run{Model: how.Model, Language: r.Language, Hints: how.Vocabulary}
		if how.Language != nil {
			run.Language = *how.Language
		}
		if err := checkLanguage(model, run.Language); err != nil {
			return err
		}
		if err := a.replaceAgain(ctx, tx, r); err != nil {
			return err
		}
		if r.Status == talkit.RecordingFailed {
			r.Run, r.Language = run, run.Language
			return a.again(ctx, tx, r)
		}
		r.Again, r.UpdatedOn = run, talkit.Now()
		if err := tx.AddAgain(ctx, r); err != nil {
			return err
		}
		tx.Enqueue(talkit.PrepareJob{})
		return nil
	})
}

// renewable tells whether Transcribe would do it with this server's own model.
func (a *App) renewable(r talkit.Recording) bool {
	_, err := a.modelFor(Again{})
	return err == nil && mayTranscribe(r) == nil
}

// replaceAgain ends a run that was asked for before and has not begun: it may
// wait for something that does not come.
func (a *App) replaceAgain(ctx context.Context, tx *store.Tx, r *talkit.Recording) error {
	if r.Again.Status != talkit.RunQueued {
		return nil
	}
	before := r.Again
	before.Status, before.CompletedOn, before.Error = talkit.RunFailed, talkit.Now(), "Another was asked for."
	_, err := tx.SetRun(ctx, before, talkit.RunQueued)
	return err
}

func mayTranscribe(r talkit.Recording) error {
	switch {
	case r.Status == talkit.RecordingQueued || r.Status == talkit.RecordingProcessing:
		return talkit.Errorf(talkit.Conflict, "This recording is being turned into text just now. It can be transcribed again once that is done.")
	case r.Again.Status == talkit.RunRunning:
		return talkit.Errorf(talkit.Conflict, "This recording is being transcribed again already.")
	case r.Audio.Key == "":
		return talkit.Errorf(talkit.Conflict, "The sound of this recording is no longer kept, so it cannot be transcribed again.")
	}
	return nil
}

// modelFor is the model that is asked for, one that knows all where a.Speech is nil.
func (a *App) modelFor(how Again) (model talkit.SpeechModel, err error) {
	if a.Speech == nil {
		return model, nil
	}
	model, err = a.Speech(how.Model)
	if e, refused := asInvalid(err); refused {
		e.Fields = []talkit.FieldError{{Location: "body.model", Message: e.Message}}
		return model, e
	}
	switch {
	case err != nil:
	case model.ByHand:
		err = talkit.Errorf(talkit.Conflict, byHand)
	case how.Model != "" && model.Away:
		err = a.refuseAway(model)
	}
	return model, err
}

// refuseAway refuses a model that has no engine now. The server's own is waited
// for, whoever names it.
func (a *App) refuseAway(model talkit.SpeechModel) error {
	if own, err := a.Speech(""); err == nil && own.Name == model.Name {
		return nil
	}
	err := talkit.Errorf(talkit.Invalid, "%s", notThere(model.Name))
	err.Fields = []talkit.FieldError{{Location: "body.model", Message: err.Message}}
	return err
}

func asInvalid(err error) (*talkit.Error, bool) {
	e, ok := errors.AsType[*talkit.Error](err)
	return e, ok && e.Kind == talkit.Invalid
}

// CheckSubmission checks what was sent with sound, or will be: also that the
// model which will recognise it knows the language.
func (a *App) CheckSubmission(r talkit.Recording) error {
	if err := r.ValidateSubmission(); err != nil || r.Language == "" || a.Speech == nil {
		return err
	}
	model, err := a.Speech("")
	if err != nil {
		return err
	}
	return checkLanguage(model, r.Language)
}

// checkLanguage refuses a language that a model does not know, "" is none.
func checkLanguage(model talkit.SpeechModel, language string) error {
	if language == "" || model.Languages == nil || slices.Contains(model.Languages, language) {
		return nil
	}
	return talkit.InvalidField("body.language", "is not one that the model %s knows; it knows %s", model.Name, strings.Join(model.Languages, ", "))
}

// renew makes a text that was made again the current one.
func (a *App) renew(ctx context.Context, tx *store.Tx, r talkit.Recording, v talkit.Revision) error {
	if err := tx.AddRevision(ctx, &v); err != nil {
		return err
	}
	if r.TranscriptID == nil {
		return nil
	}
	err := a.changeReleased(ctx, tx, r, func(t *talkit.Transcript) {
		t.Run = r.Again
		setText(t, r.Name, v.Text)
	})
	if err != nil {
		return err
	}
	return a.audit(ctx, tx, theServer, "transcript.renewed", "recording", r.ID, "")
}

// LanguagesKnown are the codes of the languages that this server's own model
// knows, or where it does not say all that any model does.
func (a *App) LanguagesKnown() []string {
	if a.Speech != nil {
		if model, err := a.Speech(""); err == nil && model.Languages != nil {
			return model.Languages
		}
	}
	return talkit.LanguageCodes()
}

// Models are the names of the models that a recording can be transcribed with,
// the server's own first; none where nobody can choose.
func (a *App) Models() []string {
	if a.SpeechModels == nil {
		return nil
	}
	return a.SpeechModels()
}

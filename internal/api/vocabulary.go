package api

import (
	"context"
	"net/http"

	"talkit"
	"talkit/internal/app"
	"talkit/wire"
)

type newVocabulary struct {
	Words        []string           `json:"words,omitempty" nullable:"false" maxItems:"200" doc:"Names, products and the like, those that matter most first"`
	Replacements []wire.Replacement `json:"replacements,omitempty" nullable:"false" maxItems:"500" doc:"What is written in place of what is heard"`
	UpdatedOn    *string            `json:"updated_on,omitempty" doc:"As it was fetched; nothing is made of it"`
}

func (n newVocabulary) vocabulary() talkit.Vocabulary {
	v := talkit.Vocabulary{Words: n.Words}
	for _, r := range n.Replacements {
		v.Replacements = append(v.Replacements, talkit.Replacement(r))
	}
	return v
}

func (a *API) vocabularyRoutes() {
	const path = "/vocabulary"
	register(a, operation(http.MethodGet, path, tagVocabulary, "Fetch the Vocabulary",
		"Fetch the words a User says that an engine does not know, and what is written in place of what is heard", app.UserKey),
		func(ctx context.Context, who talkit.Caller, _ *struct{}) (*out[wire.Vocabulary], error) {
			v, err := a.App.Vocabulary(ctx, who)
			return answer(a.App.Wire.Vocabulary(v), err)
		})
	type input struct{ Body newVocabulary }
	register(a, operation(http.MethodPut, path, tagVocabulary, "Replace the Vocabulary",
		"Put a whole Vocabulary in place of the one there was. It holds for texts made from then on", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *input) (*out[wire.Vocabulary], error) {
			v, err := a.App.SetVocabulary(ctx, who, in.Body.vocabulary())
			return answer(a.App.Wire.Vocabulary(v), err)
		})
}

type settingsChange struct {
	Language         *string `json:"language,omitempty" maxLength:"3" doc:"Spoken where a Recording does not say, ISO 639-1; empty to detect it"`
	Dictated         *bool   `json:"dictated_punctuation,omitempty" doc:"Comma, new paragraph and the like are punctuation and layout, in English"`
	Hints            *bool   `json:"hints,omitempty" doc:"The engine is told the words of the Vocabulary"`
	Review           *bool   `json:"review,omitempty" doc:"Every Transcript waits for review"`
	ReviewBelow      *int    `json:"review_below,omitempty" minimum:"0" maximum:"100" doc:"A Transcript of less confidence waits for review: percent, 0 for none"`
	AudioDays        *int    `json:"audio_days,omitempty" minimum:"-1" maximum:"3650" doc:"How many days sound is kept: -1 for ever, 0 until it is transcribed. Holds for the sound there is, too"`
	CRMIntegrationID *int64  `json:"crm_integration_id,omitempty" minimum:"0" doc:"The CRM Integration that notes are filed under, 0 for none"`
}

func (c settingsChange) change() app.ProfileChange {
	return app.ProfileChange{Review: c.Review, AudioDays: c.AudioDays, CRMIntegrationID: c.CRMIntegrationID,
		SpeechChange: app.SpeechChange{Language: c.Language, Dictated: c.Dictated, Hints: c.Hints, ReviewBelow: c.ReviewBelow}}
}

func (a *API) settingsRoutes() {
	const path = "/settings"
	register(a, operation(http.MethodGet, path, tagVocabulary, "Fetch the Settings", "Fetch how a User speaks, and what becomes of their notes", app.UserKey),
		func(ctx context.Context, who talkit.Caller, _ *struct{}) (*out[wire.Settings], error) {
			u, err := a.App.Profile(ctx, who)
			return answer(a.App.Wire.Settings(u), err)
		})
	type input struct{ Body settingsChange }
	register(a, operation(http.MethodPatch, path, tagVocabulary, "Change the Settings", "Change what is named, leave the rest", app.UserKey),
		func(ctx context.Context, who talkit.Caller, in *input) (*out[wire.Settings], error) {
			u, err := a.App.ChangeProfile(ctx, who, in.Body.change())
			return answer(a.App.Wire.Settings(u), err)
		})
}

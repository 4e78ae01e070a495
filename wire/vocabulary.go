package wire

import "talkit"

// Vocabulary is what a person says that an engine does not know how to write.
type Vocabulary struct {
	Words        []string      `json:"words" doc:"Names, products and the like, those that matter most first" maxItems:"200"`
	Replacements []Replacement `json:"replacements" doc:"What is written in place of what is heard" maxItems:"500"`
	UpdatedOn    *string       `json:"updated_on" doc:"Null where there never was one"`
}

// Replacement has what an engine writes written otherwise.
type Replacement struct {
	Heard string `json:"heard" doc:"Whole words as the engine writes them, in any case" maxLength:"100"`
	Write string `json:"write" doc:"What is written in their place" maxLength:"100"`
}

// Vocabulary shows v.
func (Maker) Vocabulary(v talkit.Vocabulary) Vocabulary {
	shown := Vocabulary{Words: append([]string{}, v.Words...), Replacements: make([]Replacement, len(v.Replacements))}
	for i, r := range v.Replacements {
		shown.Replacements[i] = Replacement(r)
	}
	if v.UpdatedOn != 0 {
		shown.UpdatedOn = optional(v.UpdatedOn.String())
	}
	return shown
}

// Settings are what people set for themselves.
type Settings struct {
	Language         string `json:"language" doc:"Spoken where a Recording does not say, ISO 639-1; empty to detect it"`
	Dictated         bool   `json:"dictated_punctuation" doc:"Comma, new paragraph and the like are punctuation and layout, in English"`
	Hints            bool   `json:"hints" doc:"The engine is told the words of the Vocabulary"`
	Review           bool   `json:"review" doc:"Every Transcript waits for review"`
	ReviewBelow      int    `json:"review_below" doc:"A Transcript of less confidence waits for review: percent, 0 for none" minimum:"0" maximum:"100"`
	AudioDays        int    `json:"audio_days" doc:"How many days sound is kept: -1 for ever, 0 until it is transcribed" minimum:"-1" maximum:"3650"`
	CRMIntegrationID *int64 `json:"crm_integration_id" doc:"The CRM Integration that notes are filed under"`
}

// Settings shows those of u.
func (Maker) Settings(u talkit.User) Settings {
	return Settings{Language: u.Language, Dictated: u.Dictated, Hints: u.Hints, Review: u.Review, ReviewBelow: u.ReviewBelow,
		AudioDays: u.AudioDays, CRMIntegrationID: u.CRMIntegrationID}
}

package talkit

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Transcript is the text of a recording, released to plugins. It gets its id
// when it becomes visible.
type Transcript struct {
	ID               int64          `db:"id"` // 0 while it is not released
	RecordingID      int64          `db:"recording_id"`
	UserID           int64          `db:"user_id"`
	Name             string         `db:"name"`
	Description      string         `db:"description"`
	Text             string         `db:"text"`
	Type             TranscriptType `db:"type"`
	Disabled         bool           `db:"disabled"` // withdrawn by the user
	CRMIntegrationID *int64         `db:"crm_integration_id"`
	Metadata         Metadata       `db:"metadata"`
	CreatedOn        Time           `db:"created_on"`
	UpdatedOn        Time           `db:"updated_on"`

	Run   Run   `db:"run"`
	Audio Audio `db:"audio"`
}

// ForPlugins is what plugins may see of t: once it is withdrawn nothing of its
// text, so no title either that was made from it.
func (t Transcript) ForPlugins() Transcript {
	if !t.Disabled {
		return t
	}
	if t.Name == Title(t.Text) || t.Name == firstTitle(t.Text) {
		t.Name = ""
	}
	t.Text, t.Description, t.Metadata, t.Audio = "", "", nil, Audio{}
	return t
}

// TranscriptType is what was dictated.
type TranscriptType string

// The types of transcripts.
const (
	Note    TranscriptType = "note"
	Meeting TranscriptType = "meeting"
	Task    TranscriptType = "task"
	Letter  TranscriptType = "letter"
)

// Validate checks that the type exists.
func (t TranscriptType) Validate(location string) error {
	switch t {
	case Note, Meeting, Task, Letter:
		return nil
	}
	return InvalidField(location, "must be one of note, meeting, task, letter")
}

// Segment is a stretch of speech with its words. Times are seconds from the
// start of the recording.
type Segment struct {
	Start   float64 `json:"start"`
	End     float64 `json:"end"`
	Channel *int    `json:"channel"` // 1 or 2; nil where the sound is one
	Speaker *string `json:"speaker"` // nil until someone or something says who speaks
	Text    string  `json:"text"`
	Words   []Word  `json:"words"`
}

// Word is one word as it was recognised. Joined, the words of a segment give
// its text: each carries the space before it.
type Word struct {
	Word        string  `json:"word"`
	Start       float64 `json:"start"`
	End         float64 `json:"end"`
	Probability float64 `json:"probability"`
}

// Segments are kept as a JSON array.
type Segments []Segment

// Text is the whole text: a line is left free between paragraphs.
func (s Segments) Text() string {
	var texts []string
	for _, p := range s.Paragraphs() {
		if text := p.Text(); text != "" {
			texts = append(texts, text)
		}
	}
	return strings.Join(texts, "\n\n")
}

// Confidence is how sure the engine was of what it heard, 0 to 1: the mean
// probability of its words, by their time. known is false where it does not say
// that of all: words without have the probability 1. Of no text it is sure.
func (s Segments) Confidence() (sure float64, known bool) {
	const least = 0.01 // seconds: some words have no time at all
	time, sum, unsaid := 0.0, 0.0, true
	for _, segment := range s {
		if len(segment.Words) == 0 && strings.TrimSpace(segment.Text) != "" {
			return 0, false
		}
		for _, w := range segment.Words {
			long := max(w.End-w.Start, least)
			time += long
			sum += long * w.Probability
			unsaid = unsaid && w.Probability == 1
		}
	}
	if time == 0 {
		return 1, true
	}
	return sum / time, !unsaid
}

// HasHoles tells whether sound was left out that no try gave a text: see NotHeard.
func (s Segments) HasHoles() bool {
	return slices.ContainsFunc(s, func(segment Segment) bool {
		return segment.Text == Inaudible && len(segment.Words) == 1 && segment.Words[0].Probability == 0
	})
}

// Revision is one version of a recording's text: an engine's or a person's.
type Revision struct {
	ID          int64    `db:"id"`
	RecordingID int64    `db:"recording_id"`
	Number      int      `db:"number"`  // from 1
	RunID       *int64   `db:"run_id"`  // the run that made it, nil for a person's
	UserID      *int64   `db:"user_id"` // the person who wrote it, nil for an engine's
	Text        string   `db:"text"`
	Segments    Segments `db:"segments"`
	CreatedOn   Time     `db:"created_on"`
}

// Title makes a transcript's name from the first words of its text that say
// something: without "um, so", and not of a single word alone.
func Title(text string) string {
	text = withoutFillers(text)
	title := firstSentence(text)
	if rest := strings.TrimPrefix(strings.TrimSpace(text), title); len(strings.Fields(title)) < 2 && strings.HasPrefix(rest, " ") {
		title = strings.TrimSpace(title + " " + firstSentence(rest))
	}
	return clip(strings.TrimRight(title, ".!?…,;:。！？ "), 60)
}

// firstTitle is how Title was made once: names that stand in the database may
// have been.
func firstTitle(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	for i, r := range line {
		end := i + utf8.RuneLen(r)
		next, _ := utf8.DecodeRuneInString(line[end:])
		if strings.ContainsRune("。！？", r) || strings.ContainsRune(".!?", r) && (end == len(line) || unicode.IsSpace(next)) {
			line = line[:end]
			break
		}
	}
	return clip(strings.TrimRight(line, ".!?…,;:。！？ "), 60)
}

// Abstract makes a short description: the first sentence, cut at 200 characters.
func Abstract(text string) string { return clip(firstSentence(text), 200) }

// clip cuts text to max characters, at a word's end where there is one.
func clip(text string, max int) string {
	runes := []rune(text)
	if len(runes) <= max {
		return text
	}
	cut := string(runes[:max-1])
	if i := strings.LastIndexFunc(cut, unicode.IsSpace); i > len(cut)/2 && !unicode.IsSpace(runes[max-1]) {
		cut = cut[:i]
	}
	return strings.TrimRightFunc(cut, unicode.IsSpace) + "…"
}

// RoundMillis rounds seconds to the millisecond, as the API shows them.
func RoundMillis(seconds float64) float64 { return math.Round(seconds*1000) / 1000 }

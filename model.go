package talkit

// SpeechModel is what a server turns sound into text with.
type SpeechModel struct {
	Name      string   // "base"; "" where there is none to choose
	Languages []string // ISO 639-1 codes of those it knows; nil: it does not say
	ByHand    bool     // it is a person
	Away      bool     // it is not installed, damaged or out of reach
}

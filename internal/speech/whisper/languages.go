package whisper

import "strings"

// multilingual are the languages that Whisper's models know, by the codes that
// they have for them: ISO 639-1, but for haw (Hawaiian) and jw (Javanese). The
// largest ones know Cantonese too, which is left out here: it is chosen by
// no name that all of them know.
var multilingual = []string{
	"af", "am", "ar", "as", "az", "ba", "be", "bg", "bn", "bo", "br", "bs", "ca", "cs", "cy", "da", "de", "el", "en", "es", "et", "eu", "fa", "fi", "fo",
	"fr", "gl", "gu", "ha", "haw", "he", "hi", "hr", "ht", "hu", "hy", "id", "is", "it", "ja", "jw", "ka", "kk", "km", "kn", "ko", "la", "lb", "ln", "lo",
	"lt", "lv", "mg", "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "ne", "nl", "nn", "no", "oc", "pa", "pl", "ps", "pt", "ro", "ru", "sa", "sd", "si",
	"sk", "sl", "sn", "so", "sq", "sr", "su", "sv", "sw", "ta", "te", "tg", "th", "tk", "tl", "tr", "tt", "uk", "ur", "uz", "vi", "yi", "yo", "zh",
}

// languages of a model: those whose name ends in .en know English alone, and so
// do the distilled ones.
func languages(model string) []string {
	if strings.HasSuffix(model, ".en") || strings.HasPrefix(model, "distil-") {
		return []string{"en"}
	}
	return multilingual
}

package talkit

import (
	"maps"
	"slices"
	"strings"
)

// languageNames are the languages that Whisper knows, by its codes: ISO 639-1,
// but for haw, jw and yue. Servers of the OpenAI kind name them so in English.
var languageNames = map[string]string{
	"af": "afrikaans", "am": "amharic", "ar": "arabic", "as": "assamese", "az": "azerbaijani", "ba": "bashkir", "be": "belarusian",
	"bg": "bulgarian", "bn": "bengali", "bo": "tibetan", "br": "breton", "bs": "bosnian", "ca": "catalan", "cs": "czech", "cy": "welsh",
	"da": "danish", "de": "german", "el": "greek", "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian",
	"fi": "finnish", "fo": "faroese", "fr": "french", "gl": "galician", "gu": "gujarati", "ha": "hausa", "haw": "hawaiian", "he": "hebrew",
	"hi": "hindi", "hr": "croatian", "ht": "haitian creole", "hu": "hungarian", "hy": "armenian", "id": "indonesian", "is": "icelandic",
	"it": "italian", "ja": "japanese", "jw": "javanese", "ka": "georgian", "kk": "kazakh", "km": "khmer", "kn": "kannada", "ko": "korean",
	"la": "latin", "lb": "luxembourgish", "ln": "lingala", "lo": "lao", "lt": "lithuanian", "lv": "latvian", "mg": "malagasy", "mi": "maori",
	"mk": "macedonian", "ml": "malayalam", "mn": "mongolian", "mr": "marathi", "ms": "malay", "mt": "maltese", "my": "myanmar", "ne": "nepali",
	"nl": "dutch", "nn": "nynorsk", "no": "norwegian", "oc": "occitan", "pa": "punjabi", "pl": "polish", "ps": "pashto", "pt": "portuguese",
	"ro": "romanian", "ru": "russian", "sa": "sanskrit", "sd": "sindhi", "si": "sinhala", "sk": "slovak", "sl": "slovenian", "sn": "shona",
	"so": "somali", "sq": "albanian", "sr": "serbian", "su": "sundanese", "sv": "swedish", "sw": "swahili", "ta": "tamil", "te": "telugu",
	"tg": "tajik", "th": "thai", "tk": "turkmen", "tl": "tagalog", "tr": "turkish", "tt": "tatar", "uk": "ukrainian", "ur": "urdu", "uz": "uzbek",
	"vi": "vietnamese", "yi": "yiddish", "yo": "yoruba", "yue": "cantonese", "zh": "chinese",
}

// LanguageName is the English name of a language, in lower case; the code
// itself where it is none of those that Whisper knows.
func LanguageName(code string) string {
	if name, ok := languageNames[code]; ok {
		return name
	}
	return code
}

// LanguageCode is the code of a language that is given by its code or English
// name, in any case and with or without a region (en-US); "" for one that
// Whisper does not know.
func LanguageCode(name string) string {
	name = strings.ToLower(strings.TrimSpace(name))
	for code, full := range languageNames {
		if full == name {
			return code
		}
	}
	code, _, _ := strings.Cut(strings.ReplaceAll(name, "_", "-"), "-")
	if _, known := languageNames[code]; !known {
		return ""
	}
	return code
}

// LanguageCodes are the codes of all languages that Whisper knows, in order.
func LanguageCodes() []string { return slices.Sorted(maps.Keys(languageNames)) }

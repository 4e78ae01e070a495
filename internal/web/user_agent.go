package web

import "strings"

// sign is a part of what a browser says it is, and what it means.
type sign struct{ part, name string }

// Browsers say that they are others as well: who is more particular comes first.
var browserSigns = []sign{
	{"EdgA/", "Edge"}, {"EdgiOS/", "Edge"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"OPT/", "Opera"}, {"Vivaldi/", "Vivaldi"},
	{"SamsungBrowser/", "Samsung Internet"}, {"DuckDuckGo/", "DuckDuckGo"}, {"FxiOS/", "Firefox"}, {"Firefox/", "Firefox"},
	{"CriOS/", "Chrome"}, {"HeadlessChrome/", "Chrome"}, {"Chromium/", "Chromium"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"curl/", "curl"},
}

var systemSigns = []sign{
	{"iPhone", "an iPhone"}, {"iPad", "an iPad"}, {"Android", "Android"}, {"CrOS", "ChromeOS"}, {"Windows", "Windows"},
	{"Macintosh", "a Mac"}, {"FreeBSD", "FreeBSD"}, {"Linux", "Linux"}, {"X11", "Unix"},
}

// browserInWords is what a browser says it is, for people. Nothing of what it
// says is repeated.
func browserInWords(agent string) string {
	browser, system := findSign(agent, browserSigns), findSign(agent, systemSigns)
	switch {
	case browser == "" && system == "":
		return "Unknown browser"
	case browser == "":
		return "A browser on " + system
	case system == "":
		return browser
	}
	return browser + " on " + system
}

func findSign(agent string, signs []sign) string {
	for _, s := range signs {
		if strings.Contains(agent, s.part) {
			return s.name
		}
	}
	return ""
}

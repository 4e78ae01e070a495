package talkit

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxFileName is the longest file name that FileName makes, in bytes: file
// systems take 255, and an extension comes after it.
const maxFileName = 120

// deviceName is what Windows takes for a device, whatever its extension.
var deviceName = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[1-9]|lpt[1-9])(\.|$)`)

// FileName makes of a title what every file system takes as a name without its
// extension: no separators, no dot at either end, and nothing invisible, which
// could make another extension seem to be there. It is "" where nothing is left.
func FileName(title string) string {
	name := strings.Join(strings.Fields(strings.Map(fileRune, title)), " ")
	name = strings.Trim(name, ". -")
	if len(name) > maxFileName {
		end := maxFileName
		for !utf8.RuneStart(name[end]) {
			end--
		}
		name = strings.TrimRight(name[:end], ". -")
	}
	if deviceName.MatchString(name) {
		name = "_" + name
	}
	return name
}

func fileRune(r rune) rune {
	switch {
	case unicode.IsSpace(r):
		return ' '
	case !unicode.IsPrint(r) || r == utf8.RuneError:
		return -1
	case strings.ContainsRune(`/\:*?"<>|`, r):
		return '-'
	}
	return r
}

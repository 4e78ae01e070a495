package caption

import (
	"regexp"
	"strings"
)

var (
	inline    = regexp.MustCompile("[\\\\`*_\\[\\]<>~|$#]")
	entity    = regexp.MustCompile(`&(#?[0-9A-Za-z]+;)`)
	lineStart = regexp.MustCompile(`^(\s*)([+=-]|\d+[.)])`)
)

// escape makes CommonMark show text as it is: markers inside a line, HTML and
// entities, and what makes a line a heading, a list or a quotation.
func escape(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		line = inline.ReplaceAllString(line, `\$0`)
		line = entity.ReplaceAllString(line, `\&$1`)
		lines[i] = lineStart.ReplaceAllStringFunc(strings.TrimSpace(line), escapeMarker)
	}
	return strings.Join(lines, "\n")
}

// escapeMarker puts a backslash before the sign of a marker: of "1." its point.
func escapeMarker(marker string) string {
	return marker[:len(marker)-1] + `\` + marker[len(marker)-1:]
}

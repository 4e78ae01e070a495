// Package caption writes a transcript as SubRip (SRT), WebVTT, plain text and
// Markdown. All functions are pure; lines end with LF, in SRT too, where both
// are common and every player reads both.
package caption

import (
	"fmt"
	"math"
	"strings"

	"talkit"
)

// SRT writes captions in the SubRip format, which has no standard and no way
// to escape. A transcript without text gives an empty file.
func SRT(segments talkit.Segments) string {
	var b strings.Builder
	for i, c := range cues(segments) {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%d\n%s --> %s\n%s\n", i+1, stamp(c.start, ','), stamp(c.end, ','), srtText.Replace(strings.Join(c.lines, "\n")))
	}
	return b.String()
}

// srtText keeps what somebody said from being read as a line of times or as
// formatting, which is all that players look for: some know that of HTML, some
// that of SubStation Alpha, "{\an8}" and "\N". U+2060 is not seen.
var srtText = strings.NewReplacer("-->", "→", "<", "‹", ">", "›", `{\`, "{\u2060\\\u2060", `\`, "\\\u2060")

// WebVTT writes captions as https://www.w3.org/TR/webvtt1/ says. Who speaks, or
// in which channel, is a voice span: SubRip has nothing of the kind.
func WebVTT(segments talkit.Segments) string {
	var b strings.Builder
	b.WriteString("WEBVTT\n")
	for _, c := range cues(segments) {
		fmt.Fprintf(&b, "\n%s --> %s\n%s\n", stamp(c.start, '.'), stamp(c.end, '.'), c.voice.span()+vttText.Replace(strings.Join(c.lines, "\n")))
	}
	return b.String()
}

// vttText escapes cue text; without a raw ">" there is no arrow in it either.
var vttText = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// stamp is hours:minutes:seconds and milliseconds.
func stamp(seconds float64, point rune) string {
	ms := int64(math.Round(seconds * 1000))
	return fmt.Sprintf("%02d:%02d:%02d%c%03d", ms/3600000, ms/60000%60, ms/1000%60, point, ms%1000)
}

// Text writes the transcript alone, in the paragraphs in which it is read. A
// transcript without text gives an empty file.
func Text(segments talkit.Segments) string {
	text := strings.Join(paragraphs(segments), "\n\n")
	if text == "" {
		return ""
	}
	return text + "\n"
}

// Markdown writes a title and the paragraphs of Text (CommonMark). What was
// said is text, never formatting.
func Markdown(title string, segments talkit.Segments) string {
	parts := make([]string, 0, 8)
	if title = strings.Join(strings.Fields(title), " "); title != "" {
		parts = append(parts, "# "+escape(title))
	}
	for _, p := range paragraphs(segments) {
		parts = append(parts, escape(p))
	}
	if len(parts) == 0 {
		return ""
	}
	return strings.Join(parts, "\n\n") + "\n"
}

func paragraphs(segments talkit.Segments) []string {
	var all []string
	for _, p := range segments.Paragraphs() {
		all = append(all, p.Text())
	}
	return all
}

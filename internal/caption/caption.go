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

// Text writes the transcript alone, in the paragraphs in which it is read,
// each with who says it where there are several. A transcript without text
// gives an empty file.
func Text(segments talkit.Segments) string {
	var all []string
	for _, p := range paragraphs(segments) {
		all = append(all, p.by(p.name)+p.text)
	}
	return file(all)
}

// Markdown writes a title and the paragraphs of Text (CommonMark). What was
// said is text, never formatting.
func Markdown(title string, segments talkit.Segments) string {
	var all []string
	if title = strings.Join(strings.Fields(title), " "); title != "" {
		all = append(all, "# "+escape(title))
	}
	for _, p := range paragraphs(segments) {
		all = append(all, p.by("**"+escape(p.name)+"**")+escape(p.text))
	}
	return file(all)
}

func file(paragraphs []string) string {
	if len(paragraphs) == 0 {
		return ""
	}
	return strings.Join(paragraphs, "\n\n") + "\n"
}

// paragraph is one with who says it, "" where all is one voice's.
type paragraph struct{ name, text string }

func (p paragraph) by(name string) string {
	if p.name == "" {
		return ""
	}
	return name + ": "
}

func paragraphs(segments talkit.Segments) []paragraph {
	var all []paragraph
	names := map[string]bool{}
	for _, t := range segments.Turns() {
		name := voiceOf(t.Channel, t.Speaker).name()
		names[name] = true
		all = append(all, paragraph{name, t.Text()})
	}
	if len(names) > 1 {
		return all
	}
	for i := range all {
		all[i].name = ""
	}
	return all
}

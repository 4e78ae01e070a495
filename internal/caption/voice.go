package caption

import (
	"strconv"
	"strings"
)

// voice tells who speaks; what two say does not stand in one cue.
type voice struct {
	channel int // 0 where the sound is one
	speaker string
}

func voiceOf(channel *int, speaker *string) voice {
	var v voice
	if channel != nil {
		v.channel = *channel
	}
	if speaker != nil {
		v.speaker = strings.Join(strings.Fields(*speaker), " ")
	}
	return v
}

// name is whom a reader can tell apart, "" where there is one voice.
func (v voice) name() string {
	switch {
	case v.speaker != "":
		return v.speaker
	case v.channel > 0:
		return "Channel " + strconv.Itoa(v.channel)
	}
	return ""
}

// span opens a WebVTT voice span. It may stay open where all of a cue is one
// voice's.
func (v voice) span() string {
	if name := v.name(); name != "" {
		return "<v " + annotation.Replace(name) + ">"
	}
	return ""
}

// annotation has no entities, as not every reader knows them there.
var annotation = strings.NewReplacer("&", "＆", "<", "‹", ">", "›")

package audio

import "slices"

// family is what a container of ffmpeg's is called with sound alone and with
// pictures.
type family struct{ audio, video string }

var families = map[string]family{
	"wav":      {audio: "audio/wav"},
	"w64":      {audio: "audio/x-w64"},
	"au":       {audio: "audio/basic"},
	"mp3":      {audio: "audio/mpeg"},
	"flac":     {audio: "audio/flac"},
	"aac":      {audio: "audio/aac"},
	"aiff":     {audio: "audio/aiff"},
	"amr":      {audio: "audio/amr"},
	"caf":      {audio: "audio/x-caf"},
	"ogg":      {audio: "audio/ogg", video: "video/ogg"},
	"asf":      {audio: "audio/x-ms-wma", video: "video/x-ms-wmv"},
	"mov":      {audio: "audio/mp4", video: "video/mp4"},
	"matroska": {audio: "audio/x-matroska", video: "video/x-matroska"},
}

// webmCodecs are what WebM may hold; ffmpeg has one name for it and Matroska.
var webmCodecs = []string{"opus", "vorbis", "vp8", "vp9", "av1"}

// contentType decides by the container, whether there are pictures, and the
// codecs; "" for a container that is not ours.
func contentType(container string, video bool, codecs []string) string {
	f := families[container]
	if container == "matroska" && !slices.ContainsFunc(codecs, notWebM) {
		f = family{audio: "audio/webm", video: "video/webm"}
	}
	if video && f.video != "" {
		return f.video
	}
	return f.audio
}

func notWebM(codec string) bool { return !slices.Contains(webmCodecs, codec) }

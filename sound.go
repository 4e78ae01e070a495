package talkit

import (
	"maps"
	"slices"
)

// soundExtensions are the file name extensions of stored sound, by content type.
var soundExtensions = map[string]string{
	"audio/wav":        ".wav",
	"audio/x-w64":      ".w64",
	"audio/basic":      ".au",
	"audio/mpeg":       ".mp3",
	"audio/mp4":        ".m4a",
	"audio/webm":       ".webm",
	"audio/x-matroska": ".mka",
	"audio/ogg":        ".ogg",
	"audio/flac":       ".flac",
	"audio/aac":        ".aac",
	"audio/aiff":       ".aiff",
	"audio/amr":        ".amr",
	"audio/x-caf":      ".caf",
	"audio/x-ms-wma":   ".wma",
	"video/mp4":        ".mp4",
	"video/webm":       ".webm",
	"video/x-matroska": ".mkv",
	"video/ogg":        ".ogv",
	"video/x-ms-wmv":   ".wmv",
}

// SoundTypes are the content types under which stored sound goes out. The list
// is fixed, so that no stranger's file can choose its type.
var SoundTypes = slices.Sorted(maps.Keys(soundExtensions))

// SoundExtension is the file name extension for one of SoundTypes, with its
// dot; "" for any other type.
func SoundExtension(contentType string) string { return soundExtensions[contentType] }

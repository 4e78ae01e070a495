package audio

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"talkit"
)

// Format is what a file says of itself.
type Format struct {
	ContentType string        // one of a fixed list, see Extension
	Duration    time.Duration // 0 where the file does not say

	// stereo has two channels.
	stereo bool
	// guessed durations come from a bit rate: they are for show alone.
	guessed bool
	// options read a file that ffmpeg cannot make out by itself.
	options []string
}

// whitelist keeps ffmpeg to one local file in formats that name no other:
// playlists (ffconcat, HLS) would make it read its neighbours.
var whitelist = []string{
	"-protocol_whitelist", "file",
	"-format_whitelist", "wav,mp3,mov,matroska,ogg,flac,aac,aiff,amr,caf,asf,w64,au",
}

// Probe looks at the head of a local file. What is no sound is an Unsupported
// or Invalid error, sound that says it is longer than talkit.MaxDuration is
// TooLarge, all with words for the person; other errors are the machine's, also
// that looking took too long, which is Unavailable: nothing was found out.
func Probe(ctx context.Context, path string) (Format, error) {
	path, err := regular(path)
	if err != nil {
		return Format{}, err
	}
	format, err := probe(ctx, path, probeLimits)
	if err != nil {
		return Format{}, err
	}
	if !format.guessed && format.Duration > talkit.MaxDuration {
		return Format{}, tooLong(talkit.MaxDuration)
	}
	return format, nil
}

func tooLong(max time.Duration) error {
	return talkit.Errorf(talkit.TooLarge, "The sound is longer than %v hours, the most that is taken. Send it in parts.", max.Hours())
}

// regular checks that there is something to read, and gives its full path.
func regular(path string) (string, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("read sound: %w", err)
	case !info.Mode().IsRegular():
		return "", talkit.Errorf(talkit.Invalid, "This is not a file of sound but a folder or a device.")
	case info.Size() == 0:
		return "", talkit.Errorf(talkit.Invalid, "The file is empty. Nothing was recorded, or it was not sent whole.")
	}
	return filepath.Abs(path)
}

func probe(ctx context.Context, path string, limit limits) (Format, error) {
	args := append([]string{"-v", "error"}, whitelist...)
	args = append(args, "-of", "json",
		"-show_entries", "format=format_name,duration,probe_score:stream=codec_type,codec_name,duration,channels:stream_disposition=attached_pic",
		"-i", "file:"+path)
	var out bounded
	err := run(ctx, limit, &out, "ffprobe", args...)
	if _, ok := errors.AsType[*failedError](err); ok {
		return unreadable(path, err)
	}
	if errors.Is(err, errTooSlow) {
		return Format{}, talkit.Errorf(talkit.Unavailable, "Looking at the sound took too long: the server has much to do. Try again in a while.").Because(err)
	}
	if err != nil {
		return Format{}, err
	}
	var found probed
	if err := json.Unmarshal(out.kept, &found); err != nil {
		return Format{}, fmt.Errorf("ffprobe's answer: %w", err)
	}
	return found.format()
}

// unreadable is for what ffprobe refuses: WAV with one broken length can be
// read all the same.
func unreadable(path string, cause error) (Format, error) {
	if format, ok := salvageWAV(path); ok {
		return format, nil
	}
	return Format{}, unsupported().Because(cause)
}

func unsupported() *talkit.Error {
	return talkit.Errorf(talkit.Unsupported, "The file holds no sound that can be read. "+
		"It may be damaged, cut off, or not be sound at all; WAV, MP3, M4A, WebM, Ogg and FLAC are among what is taken.")
}

// probed is ffprobe's JSON, as far as it is asked for.
type probed struct {
	Format struct {
		Name     string `json:"format_name"`
		Duration string `json:"duration"`
		Score    int    `json:"probe_score"`
	} `json:"format"`
	Streams []stream `json:"streams"`
}

type stream struct {
	Type        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Duration    string `json:"duration"`
	Channels    int    `json:"channels"`
	Disposition struct {
		AttachedPic int `json:"attached_pic"`
	} `json:"disposition"`
}

// doubtful is the score under which a file only happens to hold some bytes
// that look like a frame of MP3, as random bytes do.
const doubtful = 5

func (p probed) format() (Format, error) {
	if p.Format.Score < doubtful {
		return Format{}, unsupported()
	}
	sound := slices.IndexFunc(p.Streams, func(s stream) bool { return s.Type == "audio" })
	if sound < 0 {
		return Format{}, talkit.Errorf(talkit.Unsupported, "The file has no sound in it.")
	}
	var video bool
	var codecs []string
	for _, s := range p.Streams {
		switch {
		case s.Type == "video" && s.Disposition.AttachedPic == 0:
			video = true
			codecs = append(codecs, s.Codec)
		case s.Type == "audio":
			codecs = append(codecs, s.Codec)
		}
	}
	container, _, _ := strings.Cut(p.Format.Name, ",")
	format := Format{
		ContentType: contentType(container, video, codecs),
		Duration:    seconds(p.Streams[sound].Duration),
		stereo:      p.Streams[sound].Channels == 2,
		guessed:     slices.Contains([]string{"mp3", "aac", "amr"}, container),
	}
	if format.ContentType == "" {
		return Format{}, unsupported()
	}
	if format.Duration == 0 && !video { // the pictures may last longer than the sound
		format.Duration = seconds(p.Format.Duration)
	}
	return format, nil
}

// seconds reads ffprobe's decimal seconds; 0 for none or nonsense.
func seconds(decimal string) time.Duration {
	const century = 100 * 365 * 24 * 3600
	s, err := strconv.ParseFloat(decimal, 64)
	if err != nil || !(s > 0) {
		return 0
	}
	return time.Duration(min(s, century) * float64(time.Second))
}

package audio

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"talkit"
)

// Decode writes the first audio stream of a local file to w as 16 kHz mono
// s16le, in constant memory, and returns how long the sound is. It fails like
// Probe; sound over talkit.MaxDuration is TooLarge, whatever the file says of
// itself; a file that ends long before its own length is Invalid. What could
// be read of a damaged file counts otherwise. w's errors come back as they are.
func Decode(ctx context.Context, path string, w io.Writer) (time.Duration, error) {
	return decoder{max: talkit.MaxDuration, limits: decodeLimits}.decode(ctx, path, w)
}

// DecodeChannels is Decode, but stereo sound stays stereo: then it writes both
// channels, interleaved, to what begin returns for 2.
func DecodeChannels(ctx context.Context, path string, begin func(channels int) io.Writer) (time.Duration, error) {
	return decoder{max: talkit.MaxDuration, limits: decodeLimits, begin: begin}.decode(ctx, path, nil)
}

type decoder struct {
	max    time.Duration
	limits limits
	begin  func(channels int) io.Writer // nil: mono
}

func (d decoder) decode(ctx context.Context, path string, w io.Writer) (time.Duration, error) {
	path, err := regular(path)
	if err != nil {
		return 0, err
	}
	format, err := probe(ctx, path, probeLimits)
	if err != nil {
		return 0, err
	}
	if !format.guessed && format.Duration > d.max {
		return 0, tooLong(d.max)
	}
	channels := 1
	if d.begin != nil {
		if format.stereo {
			channels = 2
		}
		w = d.begin(channels)
	}
	sound := &meter{to: w, max: d.max, channels: channels}
	err = run(ctx, d.limits, sound, "ffmpeg", decodeArgs(format, path, channels)...)
	return sound.duration(), judge(err, sound.duration(), format)
}

func decodeArgs(format Format, path string, channels int) []string {
	args := []string{"-hide_banner", "-loglevel", "error", "-nostdin", "-threads", "1"}
	if format.options != nil {
		args = append(args, format.options...)
	} else {
		args = append(args, whitelist...)
	}
	return append(args, "-i", "file:"+path, "-map", "0:a:0", "-vn", "-sn", "-dn",
		"-ac", strconv.Itoa(channels), "-ar", strconv.Itoa(talkit.SampleRate), "-f", "s16le", "pipe:1")
}

// judge decides what became of a file from how ffmpeg ended and what it gave.
func judge(err error, decoded time.Duration, format Format) error {
	if errors.Is(err, errTooSlow) {
		return talkit.Errorf(talkit.TooLarge, "Reading the sound took too long, so it was given up. Send it in parts, or as WAV, MP3 or FLAC.").Because(err)
	}
	if _, refused := errors.AsType[*failedError](err); err != nil && !refused {
		return err
	}
	known := format.Duration > 0 && !format.guessed
	switch {
	case decoded == 0:
		return talkit.Errorf(talkit.Invalid, "The file holds no sound that can be read. It is damaged, cut off, or has a head without sound behind it.").Because(err)
	case known && cutOff(decoded, format.Duration):
		return talkit.Errorf(talkit.Invalid, "The file is cut off or damaged: it says it holds %v of sound, but only %v can be read. Send it again, whole.",
			format.Duration.Round(time.Second), decoded.Round(time.Second)).Because(err)
	case err != nil && !known:
		return talkit.Errorf(talkit.Invalid, "The file is damaged: it cannot be read to its end.").Because(err)
	}
	return nil
}

// cutOff tells whether so much is missing that a person must be told. A
// little less than the head says is usual: encoders pad, streams have gaps.
func cutOff(decoded, said time.Duration) bool {
	missing := said - decoded
	return missing > time.Second && missing > said/10
}

// meter counts the sound and refuses more than max.
type meter struct {
	to       io.Writer
	max      time.Duration
	channels int
	bytes    int64
}

func (m *meter) Write(p []byte) (int, error) {
	if m.bytes+int64(len(p)) > int64(m.max.Seconds())*talkit.BytesPerSecond*int64(m.channels) {
		return 0, tooLong(m.max)
	}
	n, err := m.to.Write(p)
	m.bytes += int64(n)
	return n, err
}

func (m *meter) duration() time.Duration { return Offset(m.bytes / int64(m.channels)) }

// Offset is the time at which a byte of decoded sound is heard.
func Offset(bytes int64) time.Duration {
	samples := bytes / talkit.BytesPerSample
	return time.Duration(samples) * time.Second / talkit.SampleRate
}

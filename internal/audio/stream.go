package audio

import (
	"context"
	"io"
	"strconv"
	"time"

	"talkit"
)

// streamLimits are for sound that comes as slowly as it is spoken.
var streamLimits = limits{wall: talkit.MaxDuration + time.Hour, cpu: 30 * time.Minute, memory: 1 << 30}

// DecodeStream decodes sound while it comes from a client, to 16 kHz mono s16le,
// and returns when from ends or cannot be read on. What from gives first must be
// the head of the file. from must end when ctx does. Nothing is judged: what the
// sound is worth Decode says of it whole.
func DecodeStream(ctx context.Context, from io.Reader, w io.Writer) error {
	args := []string{"-hide_banner", "-loglevel", "error", "-threads", "1",
		// What is there goes on at once: a frame is enough to know Opus or AAC by.
		// Not nobuffer, which loses the frames that were looked at.
		"-probesize", "32768", "-analyzeduration", "0",
		"-protocol_whitelist", "pipe", "-format_whitelist", "wav,mp3,mov,matroska,ogg,flac,aac,aiff,amr,caf,w64,au",
		"-i", "pipe:0", "-map", "0:a:0", "-vn", "-sn", "-dn",
		"-ac", "1", "-ar", strconv.Itoa(talkit.SampleRate), "-flush_packets", "1", "-f", "s16le", "pipe:1"}
	return runFrom(ctx, streamLimits, from, w, "ffmpeg", args...)
}

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
// and returns when from ends or cannot be read on. Stereo is mixed as Channel
// does it. What from gives first must be the head of the file. from must end when
// ctx does. Nothing is judged: what the sound is worth Decode says of it whole.
func DecodeStream(ctx context.Context, from io.Reader, w io.Writer) error {
	args := []string{"-hide_banner", "-loglevel", "error", "-threads", "1",
		// What is there goes on at once: a frame is enough to know Opus or AAC by.
		// Not nobuffer, which loses the frames that were looked at.
		"-probesize", "32768", "-analyzeduration", "0",
		"-protocol_whitelist", "pipe", "-format_whitelist", "wav,mp3,mov,matroska,ogg,flac,aac,aiff,amr,caf,w64,au",
		"-i", "pipe:0", "-map", "0:a:0", "-vn", "-sn", "-dn", "-map_metadata", "-1",
		// A WAV, as only its head says how many channels there are.
		"-af", "aformat=channel_layouts=mono|stereo", "-ar", strconv.Itoa(talkit.SampleRate), "-c:a", "pcm_s16le", "-flush_packets", "1", "-f", "wav", "pipe:1"}
	return runFrom(ctx, streamLimits, from, &mixed{to: w}, "ffmpeg", args...)
}

// mixed takes a WAV of 16 bits as it comes and hands on its samples, of two
// channels their mix.
type mixed struct {
	to       io.Writer
	head     []byte
	channels int    // 0 while the head is not all there
	partial  []byte // of a sample of all channels
}

// Write implements io.Writer.
func (m *mixed) Write(p []byte) (int, error) {
	n := len(p)
	if m.channels == 0 {
		m.head = append(m.head, p...)
		wav, ok := findSamples(m.head)
		switch {
		case ok && wav.channels <= 2:
			m.channels, p, m.head = wav.channels, m.head[wav.start:], nil
		case ok, len(m.head) > wavHead:
			return 0, errOutput
		default:
			return n, nil
		}
	}
	if m.channels == 2 {
		p = m.mix(p)
	}
	_, err := m.to.Write(p)
	return n, err
}

func (m *mixed) mix(p []byte) []byte {
	p = append(m.partial, p...)
	whole := len(p) &^ (2*talkit.BytesPerSample - 1)
	m.partial = append([]byte(nil), p[whole:]...)
	return Channel(p[:whole], 0)
}

package audio

import (
	"bytes"
	"encoding/binary"
	"io"
	"os"
	"strconv"
	"time"
)

// Recorders that stream WAV cannot go back to fill in lengths. ffmpeg copes
// with a data chunk of unknown length, but not when a chunk before it has the
// unknown length 0xffffffff. Then the sound is looked for by its tag, and read
// as the raw samples it is.

// wavHead is how much of a file is looked through for its chunks.
const wavHead = 64 << 10

// salvageWAV reads the head of a RIFF/WAVE file by hand. It is false for
// anything but plain samples behind a readable fmt chunk.
func salvageWAV(path string) (Format, bool) {
	f, err := os.Open(path)
	if err != nil {
		return Format{}, false
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Format{}, false
	}
	head, _ := io.ReadAll(io.LimitReader(f, wavHead))
	if len(head) < 12 || string(head[:4]) != "RIFF" || string(head[8:12]) != "WAVE" {
		return Format{}, false
	}
	w, ok := findSamples(head)
	size := info.Size() - int64(w.start)
	if !ok || size < int64(w.bytesPerSecond)/100 {
		return Format{}, false
	}
	length := time.Duration(float64(size) / float64(w.bytesPerSecond) * float64(time.Second))
	return Format{ContentType: "audio/wav", Duration: length, options: w.options()}, true
}

// rawWAV is where the samples begin and what they are.
type rawWAV struct {
	demuxer        string // of ffmpeg, for raw samples of that kind
	channels, rate int
	bytesPerSecond int
	start          int
}

// options let ffmpeg read raw samples: a format that cannot name other files.
func (w rawWAV) options() []string {
	return []string{"-protocol_whitelist", "file", "-format_whitelist", w.demuxer, "-f", w.demuxer,
		"-ac", strconv.Itoa(w.channels), "-ar", strconv.Itoa(w.rate), "-skip_initial_bytes", strconv.Itoa(w.start)}
}

// findSamples walks the chunks to fmt, and takes the first data tag behind it,
// whatever the lengths between them say.
func findSamples(head []byte) (rawWAV, bool) {
	at := bytes.Index(head, []byte("fmt "))
	if at < 0 || at+24 > len(head) {
		return rawWAV{}, false
	}
	w, ok := readFmt(head[at+8 : at+24])
	data := bytes.Index(head[at+24:], []byte("data"))
	if !ok || data < 0 {
		return rawWAV{}, false
	}
	w.start = at + 24 + data + 8
	return w, w.start <= len(head)
}

// readFmt reads the 16 bytes of a WAVEFORMAT.
func readFmt(b []byte) (rawWAV, bool) {
	tag, bits := binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[14:])
	w := rawWAV{
		demuxer:  rawDemuxers[[2]uint16{tag, bits}],
		channels: int(binary.LittleEndian.Uint16(b[2:])),
		rate:     int(binary.LittleEndian.Uint32(b[4:])),
	}
	w.bytesPerSecond = w.rate * w.channels * int(bits) / 8
	ok := w.demuxer != "" && w.channels >= 1 && w.channels <= 8 && w.rate >= 1000 && w.rate <= 384000
	return w, ok
}

// rawDemuxers are ffmpeg's names for WAVE format tags and bits per sample.
var rawDemuxers = map[[2]uint16]string{
	{1, 8}: "u8", {1, 16}: "s16le", {1, 24}: "s24le", {1, 32}: "s32le",
	{3, 32}: "f32le", {3, 64}: "f64le", {6, 8}: "alaw", {7, 8}: "mulaw",
}

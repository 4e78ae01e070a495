package app

import (
	"bytes"
	"context"
	"encoding/binary"
	"io"
	"math"

	"talkit"
)

// wavHeaderSize is what stands before the samples of a dictation that came as
// plain samples.
const wavHeaderSize = 44

// wavHeader begins a WAV file of 16 kHz mono s16le (RIFF, WAVEFORMATEX) that has
// so many bytes of samples. While it grows its length is the most there is, as
// programs write it that cannot go back.
func wavHeader(samples int64) []byte {
	data, all := uint32(math.MaxUint32), uint32(math.MaxUint32)
	if samples >= 0 && samples+wavHeaderSize-8 < math.MaxUint32 {
		data, all = uint32(samples), uint32(samples+wavHeaderSize-8)
	}
	le := binary.LittleEndian
	h := le.AppendUint32([]byte("RIFF"), all)
	h = le.AppendUint32(append(h, "WAVEfmt "...), 16)
	h = le.AppendUint16(h, 1) // PCM
	h = le.AppendUint16(h, 1) // channel
	h = le.AppendUint32(h, talkit.SampleRate)
	h = le.AppendUint32(h, talkit.BytesPerSecond)
	h = le.AppendUint16(h, talkit.BytesPerSample)
	h = le.AppendUint16(h, 8*talkit.BytesPerSample)
	return le.AppendUint32(append(h, "data"...), data)
}

var growing = wavHeader(-1)

// checkRaw makes sure that plain samples can be appended: the upload is a WAV
// of such samples, which it becomes if nothing came yet.
func (l *LiveUpload) checkRaw(ctx context.Context) error {
	if l.Offset == 0 {
		return l.Append(ctx, growing)
	}
	if l.RecordingID != nil { // nothing will be
		return nil
	}
	head := make([]byte, wavHeaderSize)
	sound := l.Sound(ctx, 0)
	defer sound.Close()
	if _, err := io.ReadFull(sound, head); err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return err
	}
	if !isOurWAV(head) {
		return talkit.Errorf(talkit.Conflict, "This upload was not begun as audio/pcm;rate=16000, so that cannot be appended to it. Name the content type that it was begun with.")
	}
	return nil
}

// isOurWAV tells whether samples of 16 kHz mono s16le follow, whatever the
// lengths say.
func isOurWAV(head []byte) bool {
	return len(head) == wavHeaderSize && bytes.Equal(head[:4], growing[:4]) && bytes.Equal(head[8:40], growing[8:40])
}

// measured reads the sound of an upload, and puts the length into the header
// of a WAV that grew live: some players show none otherwise, and cannot seek.
func measured(from io.Reader, length int64) io.Reader {
	head := make([]byte, wavHeaderSize)
	n, err := io.ReadFull(from, head)
	if err == nil && bytes.Equal(head, growing) {
		head = wavHeader(length - wavHeaderSize)
	}
	rest := from
	if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		rest = failing{err}
	}
	return io.MultiReader(bytes.NewReader(head[:n]), rest)
}

type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

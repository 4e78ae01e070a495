package dictate

import (
	"context"
	"encoding/binary"
	"io"
	"math"
	"os"
	"sync"

	"talkit"
)

// Sound is what was heard so far: 16 kHz mono s16le, in a WAV file that grows,
// so that nothing is lost whatever becomes of the connection, the server or us.
type Sound struct {
	file *os.File

	mu    sync.Mutex
	size  int64 // of the samples, in bytes
	ended bool
	grown chan struct{} // closed when there is more, or no more will come
}

// headerSize is what stands before the samples of a WAV file.
const headerSize = 44

// NewSound makes an empty file in the folder for what is temporary.
func NewSound() (*Sound, error) {
	file, err := os.CreateTemp("", "talkit-dictation-*.wav")
	if err != nil {
		return nil, err
	}
	s := &Sound{file: file, grown: make(chan struct{})}
	if _, err := file.Write(header(growing)); err != nil {
		s.Remove()
		return nil, err
	}
	return s, nil
}

// growing is the length of samples whose end is not known: what is left after a
// kill can be played.
const growing = math.MaxUint32 - headerSize

// header begins a WAV file with so many bytes of samples.
func header(samples uint32) []byte {
	le := binary.LittleEndian
	h := le.AppendUint32([]byte("RIFF"), samples+headerSize-8)
	h = le.AppendUint32(append(h, "WAVEfmt "...), 16)
	h = le.AppendUint16(le.AppendUint16(h, 1), 1) // PCM, one channel
	h = le.AppendUint32(le.AppendUint32(h, talkit.SampleRate), talkit.BytesPerSecond)
	h = le.AppendUint16(le.AppendUint16(h, talkit.BytesPerSample), 8*talkit.BytesPerSample)
	return le.AppendUint32(append(h, "data"...), samples)
}

// Write adds samples at the end. It implements io.Writer. After End nothing is
// taken any more.
func (s *Sound) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return 0, io.ErrClosedPipe
	}
	n, err := s.file.Write(p)
	s.size += int64(n)
	s.wake()
	return n, err
}

// End says that no more will come.
func (s *Sound) End() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.ended = true
		s.wake()
	}
}

func (s *Sound) wake() {
	close(s.grown)
	s.grown = make(chan struct{})
}

// Size is how many bytes of samples there are.
func (s *Sound) Size() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.size
}

// read fills p with whole samples from an offset on. It waits for some, and
// gives io.EOF once no more will come.
func (s *Sound) read(ctx context.Context, p []byte, at int64) (int, error) {
	for {
		s.mu.Lock()
		there, ended, grown := s.size-s.size%talkit.BytesPerSample-at, s.ended, s.grown
		s.mu.Unlock()
		switch {
		case there > 0:
			return s.file.ReadAt(p[:min(int64(len(p)), there)], headerSize+at)
		case ended:
			return 0, io.EOF
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return 0, ctx.Err()
		}
	}
}

// goesOn tells whether there are samples behind an offset, once that is known.
func (s *Sound) goesOn(ctx context.Context, at int64) (bool, error) {
	_, err := s.read(ctx, make([]byte, talkit.BytesPerSample), at)
	if err == io.EOF {
		return false, nil
	}
	return err == nil, err
}

// Keep closes the file and gives its path: for sound that no server has.
func (s *Sound) Keep() (path string, err error) {
	if _, err = s.file.WriteAt(header(uint32(s.Size())), 0); err == nil {
		err = s.file.Close()
	}
	return s.file.Name(), err
}

// Remove forgets the sound.
func (s *Sound) Remove() {
	s.file.Close()
	os.Remove(s.file.Name())
}

package audio

import (
	"encoding/binary"
	"slices"

	"talkit"
)

// Range is a piece of decoded sound: bytes from Start up to End.
type Range struct{ Start, End int64 }

// Len is the number of bytes.
func (r Range) Len() int64 { return r.End - r.Start }

// The splitter looks at frames of 20 ms by the loudest sample in them, as
// ffmpeg's silencedetect does, with which these figures were measured.
const (
	frameBytes = talkit.BytesPerSecond / 50

	// Whisper encodes 30 s however short a piece is, so pieces are filled to
	// just under that.
	maxFrames  = 1490 // 29.8 s
	minFrames  = 500  // 10 s: a pause before that is no place to cut
	pause      = 15   // 0.3 s
	margin     = 15   // kept of the silence around speech
	longSilent = 250  // 5 s of silence end a piece

	quiet  = 583 // -35 dB of full scale: a pause
	silent = 33  // -60 dB: nothing that anybody spoke into a microphone
)

// Splitter cuts decoded sound (written to it in any portions) into pieces of
// less than 30 s: at pauses, in speech without any at the quietest place.
// Long silences fall out. It keeps some kilobytes, however long the sound is,
// and 16 bytes a piece.
type Splitter struct {
	partial []byte // the beginning of a frame
	next    int    // number of the next frame
	start   int    // number of the open piece's first frame
	peaks   []int  // of the open piece's frames; before there is one, of up to margin silent frames
	open    bool
	hush    int // silent frames at the end of peaks
	pieces  []Range
}

// Loud tells whether somebody could be speaking in samples: not where they are
// all as quiet as a pause.
func Loud(samples []byte) bool { return peak(samples) >= quiet }

// Write takes the next bytes of sound. It never fails.
func (s *Splitter) Write(p []byte) (int, error) {
	n := len(p)
	if len(s.partial) > 0 {
		take := min(frameBytes-len(s.partial), len(p))
		s.partial, p = append(s.partial, p[:take]...), p[take:]
		if len(s.partial) < frameBytes {
			return n, nil
		}
		s.add(peak(s.partial))
		s.partial = s.partial[:0]
	}
	for len(p) >= frameBytes {
		s.add(peak(p[:frameBytes]))
		p = p[frameBytes:]
	}
	s.partial = append(s.partial, p...)
	return n, nil
}

// Pieces ends the sound and returns its pieces: in order, none overlapping
// another, each of whole samples and at most 30 s. Sound that is all silence
// has none.
func (s *Splitter) Pieces() []Range {
	total := int64(s.next)*frameBytes + int64(len(s.partial)&^1)
	if len(s.partial) > 1 {
		s.add(peak(s.partial))
	}
	s.partial = nil
	s.close(len(s.peaks))
	if n := len(s.pieces); n > 0 {
		s.pieces[n-1].End = min(s.pieces[n-1].End, total)
	}
	return s.pieces
}

// Closed are the pieces that are cut already, while more sound comes. From is the
// byte from which on nothing is.
func (s *Splitter) Closed() (pieces []Range, from int64) {
	return s.pieces, int64(s.start) * frameBytes
}

// peak is the largest magnitude of the samples.
func peak(samples []byte) int {
	loudest := 0
	for i := 0; i+1 < len(samples); i += 2 {
		v := int(int16(binary.LittleEndian.Uint16(samples[i:])))
		loudest = max(loudest, v, -v)
	}
	return loudest
}

func (s *Splitter) add(level int) {
	s.next++
	s.peaks = append(s.peaks, level)
	if level < silent {
		s.hush++
	} else {
		s.hush, s.open = 0, true
	}
	switch {
	case !s.open && len(s.peaks) > margin:
		s.peaks = slices.Delete(s.peaks, 0, 1)
		s.start++
	case s.open && s.hush >= longSilent:
		s.close(len(s.peaks) - margin)
	case s.open && len(s.peaks) == maxFrames:
		s.close(cutPoint(s.peaks))
	}
}

// close ends the open piece before its frame cut, without the silence at its
// end, and begins again with the frames behind.
func (s *Splitter) close(cut int) {
	rest := slices.Clone(s.peaks[cut:])
	head := s.peaks[:cut]
	for len(head) > 0 && head[len(head)-1] < silent {
		head = head[:len(head)-1]
	}
	if len(head) > 0 {
		end := s.start + min(len(head)+margin, cut)
		s.pieces = append(s.pieces, Range{int64(s.start) * frameBytes, int64(end) * frameBytes})
	}
	s.start += cut
	s.peaks, s.hush, s.open = s.peaks[:0], 0, false
	s.next = s.start
	for _, level := range rest {
		s.add(level)
	}
}

// cutPoint chooses the frame before which a full piece is cut: the middle of
// its last pause, else the middle of the quietest 0.3 s of its last part.
func cutPoint(peaks []int) int {
	threshold := pauseLevel(peaks)
	run := 0
	for i := len(peaks) - 1; i >= minFrames; i-- {
		if peaks[i] >= threshold {
			run = 0
			continue
		}
		run++
		if run == pause {
			return middleOfPause(peaks, i+pause, threshold)
		}
	}
	return quietest(peaks)
}

// middleOfPause finds the middle of the pause that ends before frame end, as
// far as it lies in the part where cuts are made.
func middleOfPause(peaks []int, end, threshold int) int {
	begin := end
	for begin > minFrames && peaks[begin-1] < threshold {
		begin--
	}
	return (begin + end) / 2
}

// pauseLevel is -35 dB; in a faint recording 20 dB under its loud frames,
// where everything would be a pause otherwise.
func pauseLevel(peaks []int) int {
	sorted := slices.Sorted(slices.Values(peaks))
	return min(quiet, max(1, sorted[len(sorted)*9/10]/10))
}

func quietest(peaks []int) int {
	from := len(peaks) * 2 / 3
	best, at := -1, len(peaks)
	sum := 0
	for i := from; i < len(peaks); i++ {
		sum += peaks[i]
		if i-from < pause-1 {
			continue
		}
		if best < 0 || sum <= best {
			best, at = sum, i-pause/2
		}
		sum -= peaks[i-pause+1]
	}
	return at
}

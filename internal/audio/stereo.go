package audio

import (
	"encoding/binary"
	"math"
	"slices"

	"talkit"
)

// Cut is a piece of decoded sound. Its range counts the bytes of one channel.
type Cut struct {
	Range
	Channel int // 1 or 2; 0 for all of them mixed
}

// Stereo listens to decoded sound of two channels (interleaved, written to it
// in any portions) and cuts it: each channel by itself where they hold
// different speech, as those of a telephone call do, else all of it as one. It
// keeps some kilobytes, however long the sound is.
//
// What tells one from the other is who is louder when: of two people with a
// microphone each, now this channel and now that one is louder by far. In the
// stereo of one scene the difference is small, as between two microphones of
// one recorder, or always the same, as where one is nearer or fails. Delays
// between the channels and inverted phase do not matter to that.
type Stereo struct {
	splitters [3]Splitter // of the mix, the first and the second channel
	alone     [2]Splitter // of each channel where the other one is muted in it
	muter     muter
	mono      [3][]byte
	partial   []byte // the beginning of a sample of both

	frames        int // in the open window
	window        [2]float64
	first, second float64 // energy of each channel,
	both          float64 // and what they have in common
	windows       [levels][3]int
}

const (
	windowFrames = talkit.SampleRate / 5 // 0.2 s: longer than any delay in a room

	levels = 91 // of windows, in dB from -90 to 0

	faint      = -45 // dB: below it nobody is taken to speak
	underTop   = 35  // dB below the loudest window neither
	muchLouder = 10  // dB between the channels

	leastTurns = 3    // windows in which each channel is the louder one,
	leastShare = 0.05 // and their share of those where somebody speaks
)

// What a window can be.
const (
	alike = iota
	firstLouder
	secondLouder
)

// Write takes the next bytes of sound. It never fails.
func (s *Stereo) Write(p []byte) (int, error) {
	n := len(p)
	const size = 2 * talkit.BytesPerSample
	if len(s.partial) > 0 {
		take := min(size-len(s.partial), len(p))
		s.partial, p = append(s.partial, p[:take]...), p[take:]
		if len(s.partial) < size {
			return n, nil
		}
		s.add(s.partial)
		s.partial = s.partial[:0]
	}
	whole := len(p) / size * size
	s.add(p[:whole])
	s.partial = append(s.partial, p[whole:]...)
	return n, nil
}

// add takes whole samples of both channels.
func (s *Stereo) add(p []byte) {
	all := p
	for i := range s.mono {
		s.mono[i] = s.mono[i][:0]
	}
	for ; len(p) > 0; p = p[4:] {
		s.hear(float64(int16(binary.LittleEndian.Uint16(p))), float64(int16(binary.LittleEndian.Uint16(p[2:]))))
		s.mono[1], s.mono[2] = append(s.mono[1], p[0], p[1]), append(s.mono[2], p[2], p[3])
		s.mono[0] = appendMix(s.mono[0], p)
	}
	for i := range s.splitters {
		s.splitters[i].Write(s.mono[i])
	}
	s.muter.emit = s.splitAlone
	s.muter.Write(all)
}

func (s *Stereo) splitAlone(first, second []byte) {
	s.alone[0].Write(first)
	s.alone[1].Write(second)
}

func appendMix(to, p []byte) []byte {
	sum := int(int16(binary.LittleEndian.Uint16(p))) + int(int16(binary.LittleEndian.Uint16(p[2:])))
	return binary.LittleEndian.AppendUint16(to, uint16(int16(sum/2)))
}

func (s *Stereo) hear(first, second float64) {
	s.window[0] += first * first
	s.window[1] += second * second
	s.both += first * second
	if s.frames++; s.frames == windowFrames {
		s.closeWindow()
	}
}

func (s *Stereo) closeWindow() {
	a, b := decibel(s.window[0]), decibel(s.window[1])
	kind := alike
	switch {
	case a-b >= muchLouder:
		kind = firstLouder
	case b-a >= muchLouder:
		kind = secondLouder
	}
	level := min(max(int(max(a, b))+levels-1, 0), levels-1)
	s.windows[level][kind]++
	s.first += s.window[0]
	s.second += s.window[1]
	s.window, s.frames = [2]float64{}, 0
}

// decibel is the level of a window, from full scale; -90 is the least.
func decibel(energy float64) float64 {
	return max(10*math.Log10(energy/windowFrames/(1<<30)+1e-12), -90)
}

// Cuts ends the sound and returns its pieces, in order, and whether each
// channel holds speech of its own: ChannelAlone reads it then. Where they do not, and mixing them would
// take away from the sound, as one is empty or the inverse of the other, the
// louder one stands for both.
func (s *Stereo) Cuts() (cuts []Cut, apart bool) {
	if s.Apart() {
		s.muter.end()
		cuts = append(cutsOf(&s.alone[0], 1), cutsOf(&s.alone[1], 2)...)
		slices.SortStableFunc(cuts, func(a, b Cut) int { return int(a.Start - b.Start) })
		return cuts, true
	}
	loudest, channel := s.first, 1
	if s.second > s.first {
		loudest, channel = s.second, 2
	}
	if mixed := (s.first + s.second + 2*s.both) / 4; mixed >= 0.4*loudest {
		channel = 0
	}
	return cutsOf(&s.splitters[channel], channel), false
}

func cutsOf(s *Splitter, channel int) []Cut {
	var cuts []Cut
	for _, r := range s.Pieces() {
		cuts = append(cuts, Cut{r, channel})
	}
	return cuts
}

// Apart tells whether the channels hold different speech.
func (s *Stereo) Apart() bool {
	spoken := s.spoken()
	all := float64(spoken[alike] + spoken[firstLouder] + spoken[secondLouder])
	least := min(spoken[firstLouder], spoken[secondLouder])
	return least >= leastTurns && float64(least) >= leastShare*all
}

// spoken counts the windows of each kind in which somebody speaks.
func (s *Stereo) spoken() (spoken [3]int) {
	top := levels - 1
	for top > 0 && s.windows[top] == [3]int{} {
		top--
	}
	for level := max(faint+levels-1, top-underTop); level <= top; level++ {
		for kind, n := range s.windows[level] {
			spoken[kind] += n
		}
	}
	return spoken
}

// Channel takes one channel, 1 or 2, or with 0 the mix of both, out of
// interleaved sound of whole samples.
func Channel(stereo []byte, channel int) []byte {
	mono := make([]byte, 0, len(stereo)/2)
	for ; len(stereo) >= 4; stereo = stereo[4:] {
		switch channel {
		case 1:
			mono = append(mono, stereo[0], stereo[1])
		case 2:
			mono = append(mono, stereo[2], stereo[3])
		default:
			mono = appendMix(mono, stereo)
		}
	}
	return mono
}

package audio

import (
	"encoding/binary"
	"math"
)

// muter takes the other speaker out of two channels that hold one each: lines
// cross over, and a microphone hears who sits opposite. Where the other channel
// is muchLouder, a channel is silent. Where both speak at once it stays as it
// is. It keeps a fifth of a second, however long the sound is.
//
// Levels are those of the sound around a frame, so that neither the gaps
// between two syllables nor a delay between the channels open a muted one, and
// a word that begins is let through from its beginning.
type muter struct {
	emit func(first, second []byte) // 16-bit samples of each channel

	partial []byte    // the beginning of a frame
	frames  []twofold // those around the next one to be decided on, and that one
	next    int       // its place in frames
	gain    [2]float64
}

// twofold is a frame of both channels.
type twofold struct {
	samples []byte
	energy  [2]float64
}

const (
	muteFrame = 2 * frameBytes // of interleaved sound: 20 ms
	muteReach = 5              // frames on each side that count for the level of one
)

// Write takes the next bytes of interleaved sound. It never fails.
func (m *muter) Write(p []byte) (int, error) {
	n := len(p)
	for len(p) > 0 {
		take := min(muteFrame-len(m.partial), len(p))
		m.partial, p = append(m.partial, p[:take]...), p[take:]
		if len(m.partial) == muteFrame {
			m.add(m.partial)
			m.partial = nil
		}
	}
	return n, nil
}

// end emits what has waited for more.
func (m *muter) end() {
	if whole := len(m.partial) / 4 * 4; whole > 0 {
		m.add(m.partial[:whole])
	}
	m.partial = nil
	for m.next < len(m.frames) {
		m.decide()
	}
}

func (m *muter) add(samples []byte) {
	f := twofold{samples: samples}
	for i := 0; i+3 < len(samples); i += 4 {
		first, second := float64(sample(samples[i:])), float64(sample(samples[i+2:]))
		f.energy[0] += first * first
		f.energy[1] += second * second
	}
	if m.frames = append(m.frames, f); len(m.frames) > m.next+muteReach {
		m.decide()
	}
}

// decide emits the next frame, and forgets those that count no more.
func (m *muter) decide() {
	var level [2]float64
	for _, f := range m.frames[:min(m.next+muteReach+1, len(m.frames))] {
		level[0] += f.energy[0]
		level[1] += f.energy[1]
	}
	samples := m.frames[m.next].samples
	m.emit(m.faded(samples, 0, level[1] >= level[0]*muchLouderPower), m.faded(samples, 1, level[0] >= level[1]*muchLouderPower))
	if m.next++; m.next > muteReach {
		m.frames, m.next = m.frames[1:], m.next-1
	}
}

var muchLouderPower = math.Pow(10, muchLouder/10.0)

// faded is one channel of a frame. Where it falls silent, or is heard again,
// it does so over the frame: a step would be a click.
func (m *muter) faded(samples []byte, channel int, silent bool) []byte {
	out := make([]byte, 0, len(samples)/2)
	from, to, n := m.gain[channel], 1.0, len(samples)/4
	if silent {
		to = 0
	}
	m.gain[channel] = to
	for i := range n {
		gain := from + (to-from)*float64(i)/float64(n)
		v := float64(sample(samples[4*i+2*channel:])) * gain
		out = binary.LittleEndian.AppendUint16(out, uint16(int16(v)))
	}
	return out
}

func sample(p []byte) int16 { return int16(binary.LittleEndian.Uint16(p)) }

// ChannelAlone is Channel where each channel holds a speaker of its own: the
// other one is not heard in it.
func ChannelAlone(stereo []byte, channel int) []byte {
	alone := make([]byte, 0, len(stereo)/2)
	m := muter{emit: func(first, second []byte) {
		alone = append(alone, [2][]byte{first, second}[channel-1]...)
	}}
	m.Write(stereo)
	m.end()
	return alone
}

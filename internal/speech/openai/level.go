package openai

import (
	"encoding/binary"
	"math"
	"slices"
)

// The gate before the server: Whisper makes words up where nobody speaks, and
// a server need not have a gate of its own. It looks at windows of 100 ms by
// their mean level.
const (
	windowSamples = sampleRate / 10

	// silent is the level under which nobody spoke into a microphone: -60 dB of
	// full scale.
	silent = -60.0

	// steady is the least by which speech stands out, in dB, in at least one
	// window. White noise of 20 s keeps within 1 dB, a held tone and a hum too.
	steady = 2.5
)

// levels are those of the windows of a piece, in dB of full scale.
type levels []float64

func listen(pcm []byte) levels {
	all := make(levels, 0, len(pcm)/2/windowSamples+1)
	for window := range slices.Chunk(pcm, 2*windowSamples) {
		sum := 0.0
		for i := 0; i+1 < len(window); i += 2 {
			sample := float64(int16(binary.LittleEndian.Uint16(window[i:]))) / 32768
			sum += sample * sample
		}
		all = append(all, 10*math.Log10(sum/float64(max(1, len(window)/2))+1e-12))
	}
	return all
}

// mayBeSpeech is false where all is silence, noise of one strength, or one
// held tone.
func (l levels) mayBeSpeech() bool {
	var sounding []float64
	for _, level := range l {
		if level >= silent {
			sounding = append(sounding, level)
		}
	}
	if len(sounding) == 0 {
		return false
	}
	if len(sounding) < 5 {
		return true // too little to tell what it is
	}
	inner := slices.Sorted(slices.Values(sounding[1 : len(sounding)-1])) // what begins or ends in a window is less loud there
	return inner[len(inner)-1]-inner[len(inner)/20] > steady
}

// silentBetween tells whether nothing sounds from one time to another, in
// seconds, and a little around it.
func (l levels) silentBetween(from, to float64) bool {
	const margin = 0.3
	first := min(len(l), max(0, int((from-margin)*10)))
	last := min(len(l), max(first, int(math.Ceil((to+margin)*10))))
	return !slices.ContainsFunc(l[first:last], func(level float64) bool { return level >= silent })
}

// sounding is where the piece is not silent, in seconds.
func (l levels) sounding() (from, to float64) {
	first := slices.IndexFunc(l, func(level float64) bool { return level >= silent })
	last := len(l)
	for last > 0 && l[last-1] < silent {
		last--
	}
	return float64(max(0, first)) / 10, float64(last) / 10
}

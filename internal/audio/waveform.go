package audio

import "talkit"

// WaveformPeaks is how many peaks a waveform has.
const WaveformPeaks = 600

const (
	// Each peak is drawn from several bins, so that none looks higher than its
	// neighbour only because it got one more of them.
	maxBins  = 16 * WaveformPeaks
	firstBin = 16 * talkit.BytesPerSample // a millisecond; doubled as the sound goes on
)

// Waveform finds how loud decoded sound is from its beginning to its end
// (written to it in any portions), however long, in constant memory: once all
// bins are full, two become one.
type Waveform struct {
	bins    []uint16
	width   int    // of a bin, in bytes; 0 until the first
	loudest int    // in the open bin
	filled  int    // of the open bin, in bytes
	half    []byte // the first byte of a sample
}

// Write takes the next bytes of sound. It never fails.
func (w *Waveform) Write(p []byte) (int, error) {
	n := len(p)
	if w.width == 0 {
		w.width = firstBin
	}
	if len(w.half) > 0 && len(p) > 0 {
		w.add([]byte{w.half[0], p[0]})
		w.half, p = nil, p[1:]
	}
	for len(p) > 1 {
		take := min(w.width-w.filled, len(p)&^1)
		w.add(p[:take])
		p = p[take:]
	}
	if len(p) > 0 {
		w.half = []byte{p[0]}
	}
	return n, nil
}

// add takes whole samples, at most as many as the open bin has room for.
func (w *Waveform) add(samples []byte) {
	w.loudest = max(w.loudest, peak(samples))
	if w.filled += len(samples); w.filled < w.width {
		return
	}
	w.close()
	if len(w.bins) < maxBins {
		return
	}
	for i := range maxBins / 2 {
		w.bins[i] = max(w.bins[2*i], w.bins[2*i+1])
	}
	w.bins = w.bins[:maxBins/2]
	w.width *= 2
}

func (w *Waveform) close() {
	w.bins = append(w.bins, uint16(w.loudest))
	w.loudest, w.filled = 0, 0
}

// Peaks ends the sound and returns WaveformPeaks bytes: the largest magnitude
// in each part of it, 255 for full scale. Without any sound there are none.
func (w *Waveform) Peaks() []byte {
	if w.filled > 0 {
		w.close()
	}
	n := len(w.bins)
	if n == 0 {
		return nil
	}
	peaks := make([]byte, WaveformPeaks)
	for i := range peaks {
		from, to := i*n/WaveformPeaks, (i+1)*n/WaveformPeaks
		var loudest uint16
		for _, bin := range w.bins[from:max(to, from+1)] {
			loudest = max(loudest, bin)
		}
		peaks[i] = byte(min(int(loudest)*255/32767, 255))
	}
	return peaks
}

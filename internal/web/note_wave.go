package web

import (
	"fmt"
	"slices"
	"strings"
)

// wave is how loud a recording is, drawn as bars: many where there is room for
// them, few on a phone.
type wave struct{ Many, Few string }

// How many bars there are, and how wide the picture of each is, in its own
// units: it is stretched to the room it gets.
const (
	manyBars, fewBars    = 120, 30
	waveWidth, waveTop   = 1200, 30
	quietestBar, loudest = 2, 28
)

func newWave(peaks []byte) wave {
	return wave{Many: bars(peaks, manyBars), Few: bars(peaks, fewBars)}
}

// bars is an SVG path of n upright lines. Each shows the loudest of its share
// of the peaks; where there are none it is a dot. The loudest of all fills the
// height, so that a quiet voice is seen too, but for mere noise.
func bars(peaks []byte, n int) string {
	var path strings.Builder
	full := max(int(slices.Max(append(peaks[:len(peaks):len(peaks)], 0))), faintest)
	for i := range n {
		var peak byte
		for _, p := range peaks[i*len(peaks)/n : (i+1)*len(peaks)/n] {
			peak = max(peak, p)
		}
		height := quietestBar + int(peak)*(loudest-quietestBar)/full
		fmt.Fprintf(&path, "M%d %dv%d", (2*i+1)*waveWidth/(2*n), (waveTop-height)/2, height)
	}
	return path.String()
}

// faintest is the peak of sound that is drawn as loud, were it the loudest.
const faintest = 20

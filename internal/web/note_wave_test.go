package web

import (
	"strings"
	"testing"
)

func TestBarsOfAWave(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		peaks []byte
		want  string
	}{
		{nil, "M150 14v2M450 14v2M750 14v2M1050 14v2"},
		{[]byte{0, 0, 255, 10, 128, 0, 0, 51}, "M150 14v2M450 1v28M750 7v15M1050 11v7"},
		{[]byte{0, 100}, "M150 14v2M450 14v2M750 14v2M1050 1v28"},     // fewer than bars
		{[]byte{5, 5, 5, 5}, "M150 11v8M450 11v8M750 11v8M1050 11v8"}, // noise
	} {
		if got := bars(c.peaks, 4); got != c.want {
			t.Errorf("%v: %s, want %s", c.peaks, got, c.want)
		}
	}
	if w := newWave(make([]byte, 600)); strings.Count(w.Many, "M") != manyBars || strings.Count(w.Few, "M") != fewBars {
		t.Errorf("%+v", w)
	}
}

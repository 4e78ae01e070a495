package web

import (
	"fmt"
	"strings"

	"talkit"
	"talkit/internal/app"
)

// The size of a small picture, in units of its viewBox.
const (
	lineWidth  = 240.0
	lineHeight = 32.0
)

// line makes the points of an SVG polyline of values, the largest at the top;
// none above 0 lie flat.
func line(values []float64) string {
	most := 0.0
	for _, v := range values {
		most = max(most, v)
	}
	if most == 0 {
		most = 1
	}
	points := make([]string, len(values))
	for i, v := range values {
		x := lineWidth * float64(i) / float64(max(len(values)-1, 1))
		points[i] = fmt.Sprintf("%.1f,%.1f", x, 1+(lineHeight-2)*(1-v/most))
	}
	return strings.Join(points, " ")
}

// healthLines are the small pictures of a webhook's day.
func healthLines(h app.WebhookHealth) map[string]string {
	var attempts, failed, took []float64
	for _, hour := range h.ByHour {
		attempts = append(attempts, float64(hour.Attempts))
		failed = append(failed, float64(hour.Failed))
		took = append(took, hour.P95.Seconds())
	}
	return map[string]string{"attempts": line(attempts), "failed": line(failed), "took": line(took)}
}

// lineOver makes the points of an SVG polyline of values over a time, the
// largest at the top and 0 at the bottom.
func lineOver(points []app.Point, from, until talkit.Time) string {
	most := 0.0
	for _, p := range points {
		most = max(most, p.Value)
	}
	if most == 0 {
		most = 1
	}
	out := make([]string, len(points))
	for i, p := range points {
		x := lineWidth * float64(p.On-from) / float64(until-from)
		out[i] = fmt.Sprintf("%.1f,%.1f", x, 1+(lineHeight-2)*(1-p.Value/most))
	}
	return strings.Join(out, " ")
}

package webhook

import (
	"math/rand/v2"
	"time"
)

// waits between attempts, without their jitter: a little over three days in all.
var waits = []time.Duration{
	5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour,
	10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour,
}

// MaxAttempts is how often a delivery is tried, the first time included.
const MaxAttempts = 10

// Backoff says how long to wait after so many failed attempts, from 1, within
// 15 % of the plan, so that deliveries which failed together do not come back
// together. It is false when the last attempt has been made.
func Backoff(attempt int) (time.Duration, bool) {
	if attempt < 1 || attempt > len(waits) {
		return 0, false
	}
	jitter := 0.85 + 0.3*rand.Float64()
	return time.Duration(float64(waits[attempt-1]) * jitter), true
}

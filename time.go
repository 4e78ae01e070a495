package talkit

import "time"

// Time is a moment: microseconds since the Unix epoch, as the databases keep
// it. Zero means "not yet".
type Time int64

// Now is the present moment.
func Now() Time { return TimeOf(time.Now()) }

// TimeOf converts t.
func TimeOf(t time.Time) Time { return Time(t.UnixMicro()) }

// Std converts to UTC.
func (t Time) Std() time.Time { return time.UnixMicro(int64(t)).UTC() }

// Add moves t by d.
func (t Time) Add(d time.Duration) Time { return t + Time(d.Microseconds()) }

// Sub is the span from u to t.
func (t Time) Sub(u Time) time.Duration { return time.Duration(t-u) * time.Microsecond }

// String is RFC 3339 in UTC with milliseconds, as the API shows times.
func (t Time) String() string { return t.Std().Format("2006-01-02T15:04:05.000Z") }

package server

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

// collectAt lets garbage grow to four times what is in use before it is
// collected: what is in use is small here, a few MiB, and each list leaves
// some garbage. GOGC in the environment goes before.
const collectAt = 400

// enoughMemory ends that: beyond it garbage may grow by half of what is in use.
// GOMEMLIMIT in the environment goes before.
const enoughMemory = 48 << 20

// settled is when what starting took is no longer needed.
const settled = time.Second

// tuneMemory trades memory for time while little is in use, and gives back what
// the start took.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limitMemory()
	}
	time.AfterFunc(settled, debug.FreeOSMemory)
}

// limitMemory is done anew after each collection: a limit close to what is in
// use would have garbage collected all the time.
func limitMemory() {
	inUse := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(inUse)
	debug.SetMemoryLimit(max(enoughMemory, int64(inUse[0].Value.Uint64())*3/2))
	runtime.SetFinalizer(&collected{}, func(*collected) { limitMemory() })
}

// collected is used by nobody, so its finalizer runs after the next collection.
type collected struct{ _ *byte }

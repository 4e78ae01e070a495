package server

import (
	"os"
	"runtime/debug"
	"time"
)

// collectAt lets garbage grow to four times what is in use before it is
// collected: what is in use is small here, a few MiB, and each list leaves
// some garbage. GOGC in the environment goes before.
const collectAt = 400

// settled is when what starting took is no longer needed.
const settled = time.Second

// tuneMemory trades memory for time while there is work, and gives back what
// the start took.
func tuneMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(collectAt)
	}
	time.AfterFunc(settled, debug.FreeOSMemory)
}

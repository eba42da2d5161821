// Package heap is for programs that serve: it keeps a small heap from being collected all the time. Go collects when the
// heap has doubled, and not below 4 MiB; a worker keeps two, and one that executes thousands of runs a second would be
// collected every few hundred of them, with all its goroutines' stacks. The library leaves that to its host.
package heap

import (
	"os"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
)

// Room is what a heap may grow to before it is collected, in bytes, be there ever so little in it.
const Room = 64 << 20

// KeepRoom lets the heap grow to Room, and beyond it to the double of what is live, as by default. It holds for the whole
// process, from now on. Where GOGC or GOMEMLIMIT is set, that stands and KeepRoom does nothing.
func KeepRoom() {
	if os.Getenv("GOGC") != "" || os.Getenv("GOMEMLIMIT") != "" {
		return
	}
	adjust()
}

// adjust sets the heap's goal, and again after each collection. A ballast would do so too, and be in every figure of memory.
func adjust() {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/gc/gogc:percent"}}
	metrics.Read(live)
	if wanted := percent(live[0].Value.Uint64()); wanted != live[1].Value.Uint64() {
		debug.SetGCPercent(int(wanted))
	}
	runtime.SetFinalizer(&collected{}, func(*collected) { adjust() })
}

// collected is found to be garbage by the next collection. It has a pointer, so that it is an object of its own.
type collected struct{ _ *byte }

// percent is by how much a heap may grow beyond what is live, which counts in whole MiB, so that it seldom changes.
func percent(live uint64) uint64 {
	mib := max(1, (live+1<<20-1)>>20) // nothing is known before the first collection
	return max(200, 100*(Room>>20)/mib) - 100
}

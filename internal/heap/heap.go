// Package heap is for programs that serve: it keeps a small heap from being collected all the time. Go collects when the
// heap has doubled, and not below 4 MiB; a worker keeps two, and one that executes thousands of runs a second would be
// collected every few hundred of them, with all its goroutines' stacks. The library leaves that to its host.
package heap

import "os"

// Ballast is what KeepRoom adds to the heap, in bytes. It is in Go's figures of the heap, and not in the process's memory.
const Ballast = 32 << 20

// ballast is never read or written: the system gives no memory for it.
var ballast []byte

// KeepRoom lets the heap grow to twice the Ballast before it is collected, and a larger one to twice what is live and the
// Ballast. It holds for the whole process, from now on. Where GOGC or GOMEMLIMIT is set, that stands and KeepRoom does nothing.
//
// Setting GOGC by what is live would bound nothing: what is allocated during a collection counts as live, and the next goal is
// made of that at once.
func KeepRoom() {
	if os.Getenv("GOGC") == "" && os.Getenv("GOMEMLIMIT") == "" {
		ballast = make([]byte, Ballast)
	}
}

// Kept is how much of the heap is there for nothing but that, in bytes.
func Kept() uint64 { return uint64(len(ballast)) }

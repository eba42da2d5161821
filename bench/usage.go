// This file owns what a process knows of itself: CPU, memory, goroutines, open files.

package main

import (
	"os"
	"runtime"

	"github.com/pyoco/pyoco/internal/heap"
)

// usage is what a process has used since its start, and what it holds now.
type usage struct {
	CPUSeconds float64 `json:"cpu_seconds"`
	Heap       uint64  `json:"heap"`   // bytes in use after a garbage collection
	Mapped     uint64  `json:"mapped"` // bytes that Go's runtime has of the system
	Goroutines int     `json:"goroutines"`
	Files      int     `json:"files"` // 0 where the system doesn't show them
}

// meter measures its own process. It must not be used at the same time.
type meter struct{ own float64 } // CPU that measuring has taken, which is not the process's work

func (m *meter) read() (usage, error) {
	before, err := cpuSeconds()
	if err != nil {
		return usage{}, err
	}
	runtime.GC()
	runtime.GC() // what has a finalizer goes with the second
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	files, _ := os.ReadDir("/dev/fd")
	u := usage{
		CPUSeconds: before - m.own, Heap: memory.HeapAlloc - heap.Kept(), Mapped: memory.Sys - memory.HeapReleased - heap.Kept(),
		Goroutines: runtime.NumGoroutine(), Files: len(files),
	}
	after, err := cpuSeconds()
	m.own += after - before
	return u, err
}

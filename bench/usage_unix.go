//go:build unix

// This file owns the CPU time of this process on Unix.

package main

import (
	"syscall"
	"time"
)

// cpuSeconds is the time in the program and in the system on its behalf.
func cpuSeconds() (float64, error) {
	var used syscall.Rusage
	err := syscall.Getrusage(syscall.RUSAGE_SELF, &used)
	return (time.Duration(used.Utime.Nano()) + time.Duration(used.Stime.Nano())).Seconds(), err
}

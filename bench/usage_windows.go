// This file owns the CPU time of this process on Windows.

package main

import (
	"syscall"
	"time"
)

// cpuSeconds is the time in the program and in the system on its behalf.
func cpuSeconds() (float64, error) {
	process, err := syscall.GetCurrentProcess()
	if err != nil {
		return 0, err
	}
	var began, ended, system, user syscall.Filetime
	err = syscall.GetProcessTimes(process, &began, &ended, &system, &user)
	ticks := func(t syscall.Filetime) time.Duration { // of 100 ns
		return time.Duration(int64(t.HighDateTime)<<32+int64(t.LowDateTime)) * 100
	}
	return (ticks(system) + ticks(user)).Seconds(), err
}

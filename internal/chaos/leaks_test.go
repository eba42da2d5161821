//go:build unix

// This file owns what a child finds left at its end: goroutines and open files.

package chaos

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"go.uber.org/goleak"
)

// openFiles are the targets of the process's descriptors by their number, where the system shows them.
func openFiles() map[string]string {
	files := map[string]string{}
	links, _ := filepath.Glob("/proc/self/fd/*")
	for _, link := range links {
		if target, err := os.Readlink(link); err == nil {
			files[link] = target
		}
	}
	return files
}

// leaks are the goroutines that still run, and the files that were not open before, but for those of Go's own network
// poller. nats.go leaves a connection whose handshake has failed to the garbage collector.
func leaks(before map[string]string) []string {
	var left []string
	if err := goleak.Find(); err != nil {
		left = append(left, strings.ReplaceAll(err.Error(), "\n", " | "))
	}
	opened := openedSince(before)
	for range 20 {
		if len(opened) == 0 {
			break
		}
		runtime.GC()
		pause(context.Background(), 10*time.Millisecond)
		opened = openedSince(before)
	}
	return append(left, opened...)
}

func openedSince(before map[string]string) []string {
	var opened []string
	for link, target := range openFiles() {
		if before[link] == "" && !strings.HasPrefix(target, "anon_inode:") {
			opened = append(opened, "open: "+target)
		}
	}
	return opened
}

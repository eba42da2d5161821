//go:build !race

// This file owns how much more time and memory than promised a test may take without the race detector.

package graph_test

const slowdown = 1

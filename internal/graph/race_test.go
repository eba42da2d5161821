//go:build race

// This file owns how much more time and memory than promised a test may take under the race detector.

package graph_test

const slowdown = 10

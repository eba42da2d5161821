//go:build !race

// This file owns how much slower than promised a test may run without the race detector.

package expr_test

const slowdown = 1

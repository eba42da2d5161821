// This file owns the pause between two attempts.

package engine

import (
	"math"
	"time"
)

// pause is how long to wait after an attempt, the first being 1, has failed.
func (p Policy) pause(attempt int, random func() float64) time.Duration {
	if p.RetryDelay == 0 || p.Backoff == (Backoff{}) {
		return p.RetryDelay
	}
	pause := float64(p.RetryDelay)
	if p.Backoff.Factor > 1 {
		pause *= math.Pow(p.Backoff.Factor, float64(attempt-1))
	}
	if p.Backoff.Cap > 0 {
		pause = min(pause, float64(p.Backoff.Cap))
	}
	if p.Backoff.Jitter > 0 {
		pause -= pause * p.Backoff.Jitter * random()
	}
	if pause >= math.MaxInt64 { // centuries, or beyond all numbers
		return math.MaxInt64
	}
	return time.Duration(pause)
}

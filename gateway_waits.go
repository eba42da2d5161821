// This file owns how long runs waited before they were started, by the minute of their start: an hour of it, for all runs
// and for those of each tenant. Snapshots don't keep when a run was submitted, so that it is known of starts seen alone.

package pyoco

import (
	"math"
	"sync"
)

const (
	// waitStep is the ratio of one bucket's bound to the one below, and waitSteps how many there are: 1 ms to two days.
	waitStep  = 1.2
	waitSteps = 104
	waitLeast = .001
)

// waitMinute is a histogram of the waits that ended in one minute.
type waitMinute struct {
	minute  int64
	all     int
	buckets [waitSteps]int32
}

// waits are the minutes by tenant; that of "" has all runs. It is safe for concurrent use.
type waits struct {
	mu     sync.Mutex
	minute int64 // the newest
	of     map[string]*[overviewMinutes]*waitMinute
}

func newWaits() *waits { return &waits{of: map[string]*[overviewMinutes]*waitMinute{}} }

func minuteOf(t Timestamp) int64 { return int64(math.Floor(float64(t) / 60)) }

// moved takes what the next snapshot of a run shows to be over.
func (w *waits) moved(before, now *runSummary, seen Timestamp) {
	if before.Status != StatusPending || now.Status != StatusRunning {
		return
	}
	wait := since(before.UpdatedAt, now.hold.StartTime)
	w.mu.Lock()
	defer w.mu.Unlock()
	minute := minuteOf(seen)
	w.forget(minute)
	w.add("", minute, wait)
	if validTenant(now.TenantID) {
		w.add(now.TenantID, minute, wait)
	}
}

// forget drops the tenants of which nothing is left, when a minute has begun.
func (w *waits) forget(minute int64) {
	if minute <= w.minute {
		return
	}
	w.minute = minute
	for tenant, ring := range w.of {
		left := false
		for _, m := range ring {
			left = left || m != nil && m.minute > minute-overviewMinutes
		}
		if !left {
			delete(w.of, tenant)
		}
	}
}

func (w *waits) add(tenant string, minute int64, wait float64) {
	ring := w.of[tenant]
	if ring == nil {
		ring = &[overviewMinutes]*waitMinute{}
		w.of[tenant] = ring
	}
	m := ring[minute%overviewMinutes]
	if m == nil || m.minute != minute {
		m = &waitMinute{minute: minute}
		ring[minute%overviewMinutes] = m
	}
	step := 0
	if wait > waitLeast {
		step = min(int(math.Ceil(math.Log(wait/waitLeast)/math.Log(waitStep))), waitSteps-1)
	}
	m.buckets[step]++
	m.all++
}

// in tells of one minute, as far as the caller sees it.
func (w *waits) in(c *caller, minute int64) (started int, p50, p95 *float64) {
	tenant := ""
	if !c.isAdmin() {
		tenant = c.tenant
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	ring := w.of[tenant]
	if ring == nil {
		return 0, nil, nil
	}
	m := ring[minute%overviewMinutes]
	if m == nil || m.minute != minute {
		return 0, nil, nil
	}
	return m.all, m.quantile(.5), m.quantile(.95)
}

// quantile is the bound of the bucket in which it lies.
func (m *waitMinute) quantile(q float64) *float64 {
	rank, below := int(math.Ceil(q*float64(m.all))), 0
	for step, count := range m.buckets {
		if below += int(count); below >= rank {
			bound := waitLeast * math.Pow(waitStep, float64(step))
			return &bound
		}
	}
	return nil
}

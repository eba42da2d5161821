// This file owns who makes a request, as far as addresses tell, and how often an address may be wrong about a key.

package pyoco

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"
)

const (
	// attemptsAtOnce is how many keys of an address may be refused in a row, and attemptEvery how long it takes until one
	// more may be.
	attemptsAtOnce = 20
	attemptEvery   = 3 * time.Second
	// maxAddresses bounds the addresses that are remembered.
	maxAddresses = 10_000
)

// attempts counts what addresses have left. It is safe for concurrent use.
type attempts struct {
	now func() time.Time

	mu   sync.Mutex
	full map[netip.Addr]time.Time // when an address has all its attempts again
}

func newAttempts() *attempts { return &attempts{now: time.Now, full: map[netip.Addr]time.Time{}} }

// take takes an attempt, or says how long it takes until there is one.
func (a *attempts) take(from netip.Addr) (wait time.Duration) {
	from = network(from)
	now := a.now()
	a.mu.Lock()
	defer a.mu.Unlock()
	full, known := a.full[from]
	if !known || full.Before(now) {
		full = now
	}
	full = full.Add(attemptEvery)
	if wait := full.Sub(now) - attemptsAtOnce*attemptEvery; wait > 0 {
		return wait
	}
	if !known && len(a.full) >= maxAddresses {
		a.makeRoom(now)
	}
	a.full[from] = full
	return 0
}

// giveBack gives an attempt back that was right.
func (a *attempts) giveBack(from netip.Addr) {
	from = network(from)
	a.mu.Lock()
	defer a.mu.Unlock()
	full, known := a.full[from]
	if full = full.Add(-attemptEvery); known && full.After(a.now()) {
		a.full[from] = full
	} else {
		delete(a.full, from)
	}
}

// makeRoom forgets the addresses that have all their attempts, and any one where there is none of these.
func (a *attempts) makeRoom(now time.Time) {
	for from, full := range a.full {
		if full.Before(now) {
			delete(a.full, from)
		}
	}
	for from := range a.full {
		if len(a.full) < maxAddresses {
			return
		}
		delete(a.full, from)
	}
}

// network is what one party has at hand of addresses: one of IPv4, and the 2^64 of an IPv6 network (RFC 4291, 2.5.4).
func network(a netip.Addr) netip.Addr {
	if a = a.Unmap(); !a.Is6() {
		return a
	}
	prefix, err := a.WithZone("").Prefix(64)
	if err != nil {
		return a
	}
	return prefix.Addr()
}

// addressOf is where a request comes from. X-Forwarded-For counts as far as trusted proxies have written it: from its end,
// the first address that is none of theirs.
func addressOf(r *http.Request, trusted []netip.Prefix) netip.Addr {
	port, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	from := port.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		if !slices.ContainsFunc(trusted, func(p netip.Prefix) bool { return p.Contains(from) }) {
			return from
		}
		next, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil {
			return from
		}
		from = next.Unmap()
	}
	return from
}

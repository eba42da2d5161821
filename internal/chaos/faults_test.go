//go:build unix

// This file owns the saboteurs: the actors that injure the system, each on a schedule of its own from the one seed, and
// what they do to workers and gateways.

package chaos

import (
	"context"
	"math/rand/v2"
	"time"
)

// saboteur injures again and again. Each injury heals before it returns, also where ctx has ended.
type saboteur struct {
	system      *system
	random      *rand.Rand
	least, most time.Duration // between two injuries
	injure      func(context.Context, *saboteur) error
}

func (b *saboteur) run(ctx context.Context) error {
	for pause(ctx, between(b.random, b.least, b.most)) {
		if err := b.injure(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

// newSaboteurs makes those of a system. In ten seconds each has had its turn.
func newSaboteurs(s *system, seed uint64) []*saboteur {
	var all []*saboteur
	for _, b := range []struct {
		name        string
		least, most time.Duration
		injure      func(context.Context, *saboteur) error
	}{
		{"replace workers", 600 * time.Millisecond, 2 * time.Second, replaceWorker},
		{"pause workers", 500 * time.Millisecond, 1500 * time.Millisecond, pauseWorker},
		{"cut workers off", 300 * time.Millisecond, time.Second, cutWorker},
		{"injure gateways", time.Second, 3 * time.Second, injureGateway},
		{"injure nats", 1500 * time.Millisecond, 4 * time.Second, injureNATS},
		{"fill the store", 3 * time.Second, 6 * time.Second, fillStore},
	} {
		all = append(all, &saboteur{
			system: s, random: random(seed, b.name), least: b.least, most: b.most, injure: b.injure,
		})
	}
	return all
}

// of is a random one of the units that no other saboteur has, held until the function is called.
func (b *saboteur) of(units []*unit) (*unit, func()) {
	first := b.random.IntN(len(units))
	for i := range units {
		if u := units[(first+i)%len(units)]; u.held.TryLock() {
			return u, u.held.Unlock
		}
	}
	u := units[first]
	u.held.Lock()
	return u, u.held.Unlock
}

// replaceWorker kills it, or now and then ends it cleanly with what it has, and starts another in its place.
func replaceWorker(ctx context.Context, b *saboteur) error {
	u, release := b.of(b.system.workers)
	defer release()
	return b.replace(ctx, u, time.Second)
}

func (b *saboteur) replace(ctx context.Context, u *unit, without time.Duration) error {
	if b.random.IntN(4) == 0 {
		u.end()
	} else {
		u.kill()
	}
	pause(ctx, between(b.random, 0, without))
	return u.start(context.WithoutCancel(ctx))
}

// pauseWorker stops the process by SIGSTOP, often for so long that others take its runs over.
func pauseWorker(ctx context.Context, b *saboteur) error {
	u, release := b.of(b.system.workers)
	defer release()
	u.pause(ctx, between(b.random, lease/20, 2*lease))
	return nil
}

// cutWorker leaves the process alone with its tasks, often for so long that others take its runs over.
func cutWorker(ctx context.Context, b *saboteur) error {
	u, release := b.of(b.system.workers)
	defer release()
	u.cut(ctx, between(b.random, lease/4, 5*lease/2), b.random.IntN(2) == 0)
	return nil
}

// injureGateway replaces it, or stops it or cuts it off amid its calls, for longer than some of them are tried.
func injureGateway(ctx context.Context, b *saboteur) error {
	u, release := b.of(b.system.gateways)
	defer release()
	switch length := between(b.random, 100*time.Millisecond, 4*time.Second); b.random.IntN(4) {
	case 0:
		u.pause(ctx, length)
		return nil
	case 1:
		u.cut(ctx, length, b.random.IntN(2) == 0)
		return nil
	}
	return b.replace(ctx, u, 500*time.Millisecond)
}

// This file owns the keys that were checked before: how long each is taken without work, and what makes it unknown again.

package pyoco

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
)

// knownKey is a key whose secret was found right.
type knownKey struct {
	caller  caller
	revoked bool
	digest  [sha256.Size]byte // of the key's text
	checked atomic.Int64      // when the record's revision was looked at last, in ns
	looking chan struct{}     // has one element while somebody looks
}

// answer is what a right secret is worth.
func (k *knownKey) answer(now time.Time, err error) (*caller, error) {
	switch {
	case err != nil:
		return nil, err
	case k.revoked:
		return nil, errKeyRevoked
	case k.caller.expired(now):
		return nil, errKeyExpired
	}
	return &k.caller, nil
}

func (v *verifier) lookup(id string, digest [sha256.Size]byte) (*knownKey, bool) {
	v.mu.RLock()
	known := v.known[id]
	v.mu.RUnlock()
	return known, known != nil && subtle.ConstantTimeCompare(known.digest[:], digest[:]) == 1
}

// fresh says whether a known key is still what its record says; that costs at most a read a minute.
func (v *verifier) fresh(ctx context.Context, known *knownKey) (bool, error) {
	if known.seen(v.keys.now()) {
		return true, nil
	}
	select {
	case known.looking <- struct{}{}:
		defer func() { <-known.looking }()
	case <-ctx.Done():
		return false, unavailable("the key's record could not be read", ctx.Err())
	}
	if known.seen(v.keys.now()) { // somebody else has looked meanwhile
		return true, nil
	}
	_, revision, err := v.keys.read(ctx, known.caller.keyID)
	if errors.Is(err, ErrUnavailable) {
		return false, err
	}
	if err != nil || revision != known.caller.revision {
		v.drop(known)
		return false, nil
	}
	known.checked.Store(v.keys.now().UnixNano())
	return true, nil
}

func (k *knownKey) seen(now time.Time) bool {
	return now.UnixNano()-k.checked.Load() < int64(recheckAfter)
}

func (v *verifier) drop(known *knownKey) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.known[known.caller.keyID] == known {
		delete(v.known, known.caller.keyID)
	}
}

// underCheck is a key whose check is under way, with what the watch has told since it began.
type underCheck struct {
	id     string
	newest uint64 // revision of the key's record
	reset  bool   // the bucket is read anew
}

func (v *verifier) begin(id string) *underCheck {
	v.mu.Lock()
	defer v.mu.Unlock()
	u := &underCheck{id: id}
	v.checks[u] = struct{}{}
	return u
}

func (v *verifier) end(u *underCheck) {
	v.mu.Lock()
	defer v.mu.Unlock()
	delete(v.checks, u)
}

// keep makes a key known, unless the watch has told of a change of its record that was not read.
func (v *verifier) keep(known *knownKey, u *underCheck) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if u.reset || u.newest > known.caller.revision {
		return
	}
	if _, there := v.known[known.caller.keyID]; !there && len(v.known) >= maxKnownKeys {
		for id := range v.known {
			delete(v.known, id)
			break
		}
	}
	v.known[known.caller.keyID] = known
}

// inForce says whether a caller's key still is what it was; where that can't be read now, it is.
func (v *verifier) inForce(ctx context.Context, c *caller) bool {
	if c.expired(v.keys.now()) {
		return false
	}
	v.mu.RLock()
	known := v.known[c.keyID]
	v.mu.RUnlock()
	reading, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if known != nil && known.caller.revision == c.revision {
		fresh, err := v.fresh(reading, known) // one look a minute, for all its streams
		return fresh || errors.Is(err, ErrUnavailable)
	}
	_, revision, err := v.keys.read(reading, c.keyID)
	return errors.Is(err, ErrUnavailable) || err == nil && revision == c.revision
}

// Reset forgets everything: the bucket is read anew.
func (v *verifier) Reset() {
	v.mu.Lock()
	defer v.mu.Unlock()
	clear(v.known)
	for u := range v.checks {
		u.reset = true
	}
}

// Live needs nothing: what is not known is read.
func (v *verifier) Live(uint64) {}

// Entry forgets a key whose record has changed.
func (v *verifier) Entry(e jet.Entry) {
	id, ok := strings.CutPrefix(e.Key, keyRecordPrefix)
	if !ok {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for u := range v.checks {
		if u.id == id {
			u.newest = e.Revision
		}
	}
	if known := v.known[id]; known != nil && (e.Deleted || known.caller.revision != e.Revision) {
		delete(v.known, id)
	}
}

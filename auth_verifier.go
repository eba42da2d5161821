// This file owns checking a key: what is known of keys that were checked before, and how much work checking may be.

package pyoco

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/netip"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/singleflight"

	"github.com/pyoco/pyoco/internal/jet"
)

const (
	// maxKnownKeys bounds the keys that are known; over it, one of them is checked again.
	maxKnownKeys = 10_000
	// recheckAfter is how long a known key is taken without a look at its record's revision. The watch tells of changes
	// sooner; this holds also where it is silent.
	recheckAfter = time.Minute
	// verifyTime bounds the check of one key.
	verifyTime = 3 * time.Second
	// maxWaiting is how many checks may wait for those under way.
	maxWaiting = 32
)

// noKey is what a secret is checked against where there is no record: the same work, and never a match.
var noKey = keyRecord{Iterations: keyIterations, Salt: base64.RawURLEncoding.EncodeToString(make([]byte, 16))}

// Why a key is refused.
var (
	errKeyInvalid = errors.New("the API key is not valid")
	errKeyRevoked = errors.New("the API key was revoked")
	errKeyExpired = errors.New("the API key has expired")
	errKeysBusy   = errors.New("too many API keys are being checked")
)

// attemptsError says that an address has guessed too often.
type attemptsError struct{ wait time.Duration }

func (e *attemptsError) Error() string { return "too many API keys of this address were refused" }

// verifier checks keys against their records. It is safe for concurrent use, and a follower of the auth bucket.
type verifier struct {
	keys     *Keys
	attempts *attempts
	room     chan struct{} // an element for each check under way or waiting
	slots    chan struct{} // an element for each under way
	flights  singleflight.Group

	mu      sync.RWMutex
	known   map[string]*knownKey // by id
	changes uint64               // how much the watch has told
}

// knownKey is a key whose secret was found right.
type knownKey struct {
	caller  caller
	revoked bool
	digest  [sha256.Size]byte // of the key's text
	checked atomic.Int64      // when the record's revision was looked at last, in ns
	looking chan struct{}     // has one element while somebody looks
}

func newVerifier(keys *Keys) *verifier {
	atOnce := max(1, runtime.GOMAXPROCS(0)-1)
	return &verifier{
		keys: keys, attempts: newAttempts(), known: map[string]*knownKey{},
		room: make(chan struct{}, atOnce+maxWaiting), slots: make(chan struct{}, atOnce),
	}
}

// verify gives whose key a text is. A key that is known costs no work, and is never refused for want of room.
func (v *verifier) verify(ctx context.Context, text string, from netip.Addr) (*caller, error) {
	id, secret, ok := parseKey(text)
	if !ok {
		if wait := v.attempts.take(from); wait > 0 {
			return nil, &attemptsError{wait}
		}
		return nil, errKeyInvalid
	}
	digest := sha256.Sum256([]byte(text))
	if known, ok := v.lookup(id, digest); ok {
		if fresh, err := v.fresh(ctx, known); err != nil || fresh {
			return known.answer(v.keys.now(), err)
		}
	}
	// Requests that bring the same new key at once are one check.
	checked, err, _ := v.flights.Do(from.String()+" "+string(digest[:]), func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), verifyTime)
		defer cancel()
		return v.check(ctx, id, secret, digest, from)
	})
	known, _ := checked.(*knownKey)
	return known.answer(v.keys.now(), err)
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

// check does the work. An id without a record costs the same as a wrong secret. Who was right gets the attempt back.
func (v *verifier) check(ctx context.Context, id, secret string, digest [sha256.Size]byte, from netip.Addr) (*knownKey, error) {
	if wait := v.attempts.take(from); wait > 0 {
		return nil, &attemptsError{wait}
	}
	known, err := v.work(ctx, id, secret, digest)
	if !errors.Is(err, errKeyInvalid) {
		v.attempts.giveBack(from)
	}
	return known, err
}

func (v *verifier) work(ctx context.Context, id, secret string, digest [sha256.Size]byte) (*knownKey, error) {
	leave, err := v.enter(ctx)
	if err != nil {
		return nil, err
	}
	defer leave()
	v.mu.RLock()
	before := v.changes
	v.mu.RUnlock()
	record, revision, err := v.keys.read(ctx, id)
	if errors.Is(err, ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		noKey.matches(secret, v.keys.pepper)
		return nil, errKeyInvalid
	}
	if !record.matches(secret, v.keys.pepper) {
		return nil, errKeyInvalid
	}
	known := &knownKey{
		caller:  caller{keyID: id, tenant: record.TenantID, scopes: record.Scopes, expires: record.ExpiresAt, revision: revision},
		revoked: record.RevokedAt != nil, digest: digest, looking: make(chan struct{}, 1),
	}
	known.checked.Store(v.keys.now().UnixNano())
	v.keep(known, before)
	return known, nil
}

// enter takes a slot for a check, waiting for one where there is room to.
func (v *verifier) enter(ctx context.Context) (leave func(), err error) {
	select {
	case v.room <- struct{}{}:
	default:
		return nil, errKeysBusy
	}
	select {
	case v.slots <- struct{}{}:
		return func() { <-v.slots; <-v.room }, nil
	case <-ctx.Done():
		<-v.room
		return nil, errKeysBusy
	}
}

// keep makes a key known, unless the watch has told something since its record was read: that may have been its change.
func (v *verifier) keep(known *knownKey, before uint64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.changes != before {
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
	v.changes++
}

// Live needs nothing: what is not known is read.
func (v *verifier) Live() {}

// Entry forgets a key whose record has changed.
func (v *verifier) Entry(e jet.Entry) {
	id, ok := strings.CutPrefix(e.Key, keyRecordPrefix)
	if !ok {
		return
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.changes++
	if known := v.known[id]; known != nil && (e.Deleted || known.caller.revision != e.Revision) {
		delete(v.known, id)
	}
}

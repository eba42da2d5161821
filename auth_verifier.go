// This file owns checking a key: the work it takes, and how much of that there may be at once.

package pyoco

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/netip"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
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
	matches  func(r *keyRecord, secret string) bool // the work
	attempts *attempts
	room     chan struct{} // an element for each check under way or waiting
	slots    chan struct{} // an element for each under way
	flights  singleflight.Group

	mu     sync.RWMutex
	known  map[string]*knownKey // by id
	checks map[*underCheck]struct{}
}

func newVerifier(keys *Keys) *verifier {
	atOnce := max(1, runtime.GOMAXPROCS(0)-1)
	return &verifier{
		keys: keys, matches: func(r *keyRecord, secret string) bool { return r.matches(secret, keys.pepper) }, attempts: newAttempts(), known: map[string]*knownKey{}, checks: map[*underCheck]struct{}{},
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
		if known, ok := v.lookup(id, digest); ok && known.seen(v.keys.now()) {
			return known, nil // a check that was under way when this one was asked for has ended
		}
		return v.check(ctx, id, secret, digest, from)
	})
	known, _ := checked.(*knownKey)
	return known.answer(v.keys.now(), err)
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
	under := v.begin(id)
	defer v.end(under)
	record, revision, err := v.keys.read(ctx, id)
	if errors.Is(err, ErrUnavailable) {
		return nil, err
	}
	if err != nil {
		v.matches(&noKey, secret)
		return nil, errKeyInvalid
	}
	if !v.matches(record, secret) {
		return nil, errKeyInvalid
	}
	known := &knownKey{
		caller:  caller{keyID: id, tenant: record.TenantID, scopes: record.Scopes, expires: record.ExpiresAt, revision: revision},
		revoked: record.RevokedAt != nil, digest: digest, looking: make(chan struct{}, 1),
	}
	known.checked.Store(v.keys.now().UnixNano())
	v.keep(known, under)
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

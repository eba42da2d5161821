// This file owns the tests of checking keys: how much work there may be, and what a silent watch can't hide.

package pyoco

import (
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/natstest"
)

var local = netip.MustParseAddr("127.0.0.1")

// aVerifier has keys of its own and no watch.
func aVerifier(t testing.TB) (*verifier, *Keys) {
	t.Helper()
	keys, err := NewKeys(natstest.Start(t).Connect(t), KeysConfig{})
	require.NoError(t, err)
	return newVerifier(keys), keys
}

func TestARevocationCountsWithinAMinuteWhereTheWatchIsSilent(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	now := time.Now()
	keys.now = func() time.Time { return now }
	key, err := keys.Create(t.Context(), KeySpec{Tenant: "a", Expires: time.Hour})
	require.NoError(t, err)
	_, err = v.verify(t.Context(), key.Text, local)
	require.NoError(t, err)
	_, err = keys.Revoke(t.Context(), key.ID)
	require.NoError(t, err)
	now = now.Add(59 * time.Second)
	caller, err := v.verify(t.Context(), key.Text, local)
	require.NoError(t, err, "the watch is what tells sooner")
	require.True(t, v.inForce(t.Context(), caller))
	now = now.Add(2 * time.Second)
	require.False(t, v.inForce(t.Context(), caller))
	_, err = v.verify(t.Context(), key.Text, local)
	require.ErrorIs(t, err, errKeyRevoked)
}

func TestAKnownKeyExpiresOnTime(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	now := time.Now()
	keys.now = func() time.Time { return now }
	key, err := keys.Create(t.Context(), KeySpec{Tenant: "a", Expires: time.Second})
	require.NoError(t, err)
	caller, err := v.verify(t.Context(), key.Text, local)
	require.NoError(t, err)
	now = now.Add(time.Second)
	_, err = v.verify(t.Context(), key.Text, local)
	require.ErrorIs(t, err, errKeyExpired)
	require.False(t, v.inForce(t.Context(), caller))
}

func TestAChangeThatComesDuringACheckIsNotMissed(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	key, err := keys.Create(t.Context(), KeySpec{Tenant: "a"})
	require.NoError(t, err)
	record, revision, err := keys.read(t.Context(), key.ID)
	require.NoError(t, err)
	read := func(revision uint64) *knownKey {
		return &knownKey{caller: caller{keyID: record.ID, revision: revision}}
	}
	under := v.begin(key.ID)
	v.Entry(jet.Entry{Key: keyRecordPrefix + key.ID, Revision: revision + 1})
	v.keep(read(revision), under)
	require.Empty(t, v.known)
	v.end(under)
	under = v.begin(key.ID)
	v.Reset()
	v.keep(read(revision), under)
	require.Empty(t, v.known)
	v.end(under)
	require.Empty(t, v.checks)
	under = v.begin(key.ID)
	v.Entry(jet.Entry{Key: keyRecordPrefix + "another", Revision: revision + 9})
	v.keep(read(revision+1), under)
	v.Entry(jet.Entry{Key: keyRecordPrefix + key.ID, Revision: revision + 1})
	require.Len(t, v.known, 1, "the watch brings what was read already")
	v.Entry(jet.Entry{Key: keyRecordPrefix + key.ID, Revision: revision + 2, Deleted: true})
	require.Empty(t, v.known)
}

func TestKnownKeysAreTakenWhileThereIsNoRoomForOthers(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	known, err := keys.Create(t.Context(), KeySpec{Tenant: "a"})
	require.NoError(t, err)
	other, err := keys.Create(t.Context(), KeySpec{Tenant: "a"})
	require.NoError(t, err)
	_, err = v.verify(t.Context(), known.Text, local)
	require.NoError(t, err)
	for range cap(v.room) {
		v.room <- struct{}{}
	}
	_, err = v.verify(t.Context(), other.Text, local)
	require.ErrorIs(t, err, errKeysBusy)
	_, err = v.verify(t.Context(), known.Text, local)
	require.NoError(t, err)
	for range cap(v.room) {
		<-v.room
	}
	require.Equal(t, maxWaiting+cap(v.slots), cap(v.room))
	_, err = v.verify(t.Context(), other.Text, local)
	require.NoError(t, err)
	require.Empty(t, v.attempts.full, "who was right has not guessed")
}

// counted counts the work of a verifier, in rounds of its hash.
func counted(v *verifier) (rounds func() int) {
	var sum atomic.Int64
	matches := v.matches
	v.matches = func(r *keyRecord, secret string) bool {
		sum.Add(int64(r.Iterations))
		return matches(r, secret)
	}
	return func() int { return int(sum.Swap(0)) }
}

func TestAKeyIsWorkOnceAndAnUnknownIdIsAsMuchAsAWrongSecret(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	rounds := counted(v)
	now := time.Now()
	keys.now = func() time.Time { return now }
	key, err := keys.Create(t.Context(), KeySpec{Tenant: "a"})
	require.NoError(t, err)
	_, err = v.verify(t.Context(), key.Text, local)
	require.NoError(t, err)
	require.Equal(t, keyIterations, rounds())
	for range 10 { // some of them read the record again
		now = now.Add(recheckAfter / 2)
		_, err = v.verify(t.Context(), key.Text, local)
		require.NoError(t, err)
	}
	require.Zero(t, rounds(), "a key that is known costs no work")
	_, err = keys.jet.Bucket(keys.resources.AuthBucket).Create(t.Context(), keyRecordPrefix+"brokenkey", []byte("no record"))
	require.NoError(t, err)
	secret := strings.Repeat("A", 43)
	for _, id := range []string{key.ID, newKeyID(), "brokenkey"} {
		_, err = v.verify(t.Context(), keyPrefix+id+"."+secret, local)
		require.ErrorIs(t, err, errKeyInvalid)
		require.Equal(t, keyIterations, rounds(), id)
	}
	_, err = v.verify(t.Context(), "no key", local)
	require.ErrorIs(t, err, errKeyInvalid)
	require.Zero(t, rounds(), "what is no key tells by its form alone")
}

func TestManyRequestsWithOneNewKeyAreOneCheck(t *testing.T) {
	t.Parallel()
	v, keys := aVerifier(t)
	rounds := counted(v)
	key, err := keys.Create(t.Context(), KeySpec{Tenant: "a"})
	require.NoError(t, err)
	var calls sync.WaitGroup
	for range 200 { // more than there is room for
		calls.Go(func() {
			if _, err := v.verify(t.Context(), key.Text, local); err != nil {
				t.Error(err)
			}
		})
	}
	calls.Wait()
	require.Equal(t, keyIterations, rounds())
}

func TestTheKnownKeysAreBounded(t *testing.T) {
	t.Parallel()
	v := newVerifier(nil)
	for range maxKnownKeys + 10 {
		v.keep(&knownKey{caller: caller{keyID: newKeyID()}}, &underCheck{})
	}
	require.Len(t, v.known, maxKnownKeys)
	for i := range maxAddresses + 10 {
		v.attempts.take(netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}))
	}
	require.LessOrEqual(t, len(v.attempts.full), maxAddresses)
}

func TestAnAddressHasItsAttemptsBackWithTime(t *testing.T) {
	t.Parallel()
	a, now := newAttempts(), time.Now()
	a.now = func() time.Time { return now }
	for i := range attemptsAtOnce {
		require.Zero(t, a.take(netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 15: byte(i)})), "an IPv6 network is one party")
	}
	other := netip.AddrFrom16([16]byte{0: 0x20, 1: 1, 15: 99})
	require.Equal(t, attemptEvery, a.take(other))
	require.Zero(t, a.take(local))
	now = now.Add(attemptEvery)
	require.Zero(t, a.take(other))
	require.Positive(t, a.take(other))
	a.giveBack(other)
	require.Zero(t, a.take(other))
}

func TestForwardedAddressesCountOnlyFromTrustedProxies(t *testing.T) {
	t.Parallel()
	trusted := []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8"), netip.MustParsePrefix("fd00::/8")}
	for _, test := range []struct{ remote, forwarded, want string }{
		{"203.0.113.7:1", "198.51.100.1", "203.0.113.7"},
		{"10.0.0.1:1", "198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "6.6.6.6, 198.51.100.1", "198.51.100.1"},
		{"10.0.0.1:1", "198.51.100.1, 10.2.3.4", "198.51.100.1"},
		{"[fd00::1]:1", "198.51.100.1, ::ffff:10.2.3.4", "198.51.100.1"},
		{"10.0.0.1:1", "nonsense", "10.0.0.1"},
		{"10.0.0.1:1", "", "10.0.0.1"},
		{"10.0.0.1:1", "10.0.0.9", "10.0.0.9"},
		{"pipe", "198.51.100.1", "invalid IP"},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.RemoteAddr = test.remote
		r.Header.Set("X-Forwarded-For", test.forwarded)
		require.Equal(t, test.want, addressOf(r, trusted).String(), test)
	}
}

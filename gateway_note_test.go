// This file owns the tests of what a gateway remembers beside its watches: cancels that must stick, refused runs, and its
// own writes.

package pyoco

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/jet"
)

// looseGateway is a gateway over a rig's NATS whose Run is not called.
func looseGateway(rig *workerRig) *Gateway {
	rig.t.Helper()
	g, err := NewGateway(rig.server.Connect(rig.t), GatewayConfig{Resources: rig.resources})
	require.NoError(rig.t, err)
	return g
}

func TestACancelIsForgottenOnlyWhenNoCallStandsForIt(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		stands []bool // by call, in the order in which they end
		kept   bool
	}{
		"none stands":             {[]bool{false, false}, false},
		"the first to end stands": {[]bool{true, false}, true},
		"the last to end stands":  {[]bool{false, true}, true},
		"a single one stands":     {[]bool{true}, true},
		"a single one fails":      {[]bool{false}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newRepairer(nil)
			var done []func(bool)
			for range c.stands {
				done = append(done, p.remember("r", "somebody"))
			}
			for i, stands := range c.stands {
				require.Contains(t, p.cancels, "r")
				done[i](stands)
			}
			require.Equal(t, c.kept, p.cancels["r"] != nil)
		})
	}
}

func TestARefusedRunIsTakenBack(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := looseGateway(rig)
	queued, claimed := rig.store(rig.newRun("main", "{}")), rig.store(rig.newRun("main", "{}"))
	rig.rewrite(claimed.ID, func(r *Run) {
		_, err := r.claim("w1", time.Minute, 1, time.Now())
		require.NoError(t, err)
	})
	require.NoError(t, g.takeBack(t.Context(), queued))
	_, err := rig.runs.get(t.Context(), queued.ID)
	require.Error(t, err, "gone")
	require.NoError(t, g.takeBack(t.Context(), claimed))
	run := rig.read(claimed.ID)
	require.Equal(t, StatusCancelling, run.Status, "a refused run must not be executed")
	require.NoError(t, g.takeBack(t.Context(), claimed))
	require.Equal(t, run.Revision, rig.read(claimed.ID).Revision, "once is enough")
}

func TestARefusedRunThatIsStillOnItsWayDoesNotCome(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	late := rig.newRun("main", "{}")
	require.NoError(t, looseGateway(rig).takeBack(t.Context(), late))
	_, err := rig.jet.JetStream().Publish(t.Context(), "$KV.pyoco_runs."+late.ID, []byte("{}"), jetstream.WithExpectLastSequencePerSubject(0))
	require.ErrorContains(t, err, "wrong last sequence")
	_, err = rig.runs.get(t.Context(), late.ID)
	require.ErrorIs(t, err, jet.ErrNotFound)
}

func TestARunThatAnEarlierTryHasStoredIsAccepted(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := looseGateway(rig)
	for name, claimed := range map[string]bool{"queued": false, "swept": true} {
		run := rig.newRun("main", "{}")
		stored := rig.store(run.clone())
		if claimed {
			rig.rewrite(run.ID, func(r *Run) {
				_, err := r.claim("w1", time.Minute, 1, time.Now())
				require.NoError(t, err)
			})
		}
		message, err := g.message(run, "")
		require.NoError(t, err)
		require.NoError(t, g.accept(t.Context(), t.Context(), run, message), name)
		if !claimed {
			require.Equal(t, stored.Revision, run.Revision)
		}
	}
	jobs, err := rig.jet.StreamMessages(t.Context(), workStream)
	require.NoError(t, err)
	require.EqualValues(t, 1, jobs, "what was swept has its job already")
}

func TestOwnWritesAreSeenAlsoWhenTheIndexIsReadAnew(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := looseGateway(rig)
	run := rig.store(rig.newRun("main", "{}"))
	g.noted(run) // before any reading
	_, found := g.index.Get(run.ID)
	require.True(t, found)
	g.follower.Reset()
	changes := g.index.Subscribe(run.ID)
	defer changes.Close()
	g.noted(run) // while one is going on
	g.follower.Live(0)
	entry, found := g.index.Get(run.ID)
	require.True(t, found, "the reading may have passed the run before it was written")
	require.Equal(t, run.Revision, entry.Revision)
}

func TestWhoWatchesARunIsGivenAnOwnWriteWithItsRecord(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := looseGateway(rig)
	run := rig.store(rig.newRun("main", `{"n":1}`))
	changes := g.index.Subscribe(run.ID)
	defer changes.Close()
	g.noted(run)
	update, ok := changes.Latest()
	require.True(t, ok)
	told, err := decodeRun(update.Payload, update.Entry.Revision)
	require.NoError(t, err)
	require.Equal(t, run, told)
}

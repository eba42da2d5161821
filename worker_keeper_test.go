// This file owns the tests of when the keeping of a claimed run begins and ends.

package pyoco

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// begun says whether the keeping was.
func (k *leaseKeeper) begun() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.end != nil
}

func keptRun(t *testing.T) *claimedRun {
	t.Helper()
	rig := newWorkerRig(t, Resources{})
	w, err := NewWorker(rig.server.Connect(t), WorkerConfig{Resources: rig.resources})
	require.NoError(t, err)
	w.base = t.Context()
	return &claimedRun{worker: w, moved: newSignal(), hinted: make(chan struct{}, 1), renewed: time.Now()}
}

func TestTheKeepingOfARunBeginsAfterAMomentAndEndsWithItsExecution(t *testing.T) {
	t.Parallel()
	c := keptRun(t)
	c.keeper.open(c)
	require.False(t, c.keeper.begun(), "most runs are over before")
	require.Eventually(t, c.keeper.begun, rigPatience, time.Millisecond)
	c.keeper.close() // returns when it has ended
}

func TestACallBeforeTheExecutionBeginsTheKeepingWithIt(t *testing.T) {
	t.Parallel()
	c := keptRun(t)
	c.keeper.call()
	require.False(t, c.keeper.begun())
	c.keeper.open(c)
	require.True(t, c.keeper.begun())
	c.keeper.close()
}

func TestNothingBeginsAfterTheExecution(t *testing.T) {
	t.Parallel()
	c := keptRun(t)
	c.keeper.open(c)
	c.keeper.close()
	c.keeper.call()
	require.False(t, c.keeper.begun())
}

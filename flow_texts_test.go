// This file owns the tests of the texts of flow files: written once, kept while a run names them, dropped afterwards.

package pyoco

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// texts are the texts that are kept.
func (rig *workerRig) texts() map[string]bool {
	rig.t.Helper()
	bucket := rig.jet.Bucket(rig.resources.FlowTextsBucket)
	keys, err := bucket.Keys(rig.t.Context())
	require.NoError(rig.t, err)
	kept := map[string]bool{}
	for _, key := range keys {
		if _, err := bucket.Get(rig.t.Context(), key); err == nil {
			kept[key] = true
		}
	}
	return kept
}

// idle starts a gateway whose retention is called by the test alone, and whose texts age fast.
func (rig *workerRig) idle(fresh, grace time.Duration) *rigGateway {
	rig.t.Helper()
	g := rig.sweep(GatewayConfig{SweepPeriod: time.Hour})
	g.texts.fresh, g.retained.texts.period, g.retained.texts.grace = fresh, 0, grace
	return g
}

func TestATextIsKeptWhileARunNamesItAndDroppedAfterwards(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.idle(time.Hour, 50*time.Millisecond)
	sweep := func() { require.NoError(t, g.retained.texts.sweep(t.Context())) }
	var shas []string
	for i := range 3 {
		text := fmt.Appendf(nil, "version: 1\nflow: {graph: a}\ntasks: {a: {}} # %d\n", i)
		require.NoError(t, g.texts.keep(t.Context(), sha256Hex(text), text))
		shas = append(shas, sha256Hex(text))
	}
	filed := rig.newRun("main", "{}")
	filed.WorkflowSHA256 = shas[0]
	rig.store(filed)
	named := rig.newRun("main", "{}") // a flow in Go, whose text its worker has written
	named.FlowTextSHA256 = shas[1]
	rig.store(named)
	rig.eventually("seen", func() bool { return g.index.Len() == 2 })
	sweep()
	rig.eventually("its time has passed", func() bool { sweep(); return len(rig.texts()) == 2 })
	require.Equal(t, map[string]bool{shas[0]: true, shas[1]: true}, rig.texts())
	acted(t, 1, actionTextRemoved, g)
	for _, run := range []*Run{filed, named} {
		require.NoError(t, rig.runs.bucket.Purge(t.Context(), run.ID, run.Revision))
	}
	rig.eventually("both are gone", func() bool { sweep(); return len(rig.texts()) == 0 })
}

func TestATextThatIsWrittenAgainIsNotDropped(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.idle(time.Nanosecond, time.Nanosecond) // each use writes it again
	text := []byte(sweptFlow)
	sha := sha256Hex(text)
	require.NoError(t, g.texts.keep(t.Context(), sha, text))
	require.NoError(t, g.retained.texts.sweep(t.Context())) // found to be unused
	before, err := g.texts.bucket.Get(t.Context(), sha)
	require.NoError(t, err)
	require.NoError(t, g.texts.keep(t.Context(), sha, text)) // a submission has begun
	require.NoError(t, g.retained.texts.drop(t.Context(), sha, before), "the purge is refused")
	require.Equal(t, map[string]bool{sha: true}, rig.texts())
	require.NoError(t, g.retained.texts.sweep(t.Context()))
	require.Equal(t, map[string]bool{sha: true}, rig.texts(), "at its new revision its time begins anew")
	require.NoError(t, g.retained.texts.sweep(t.Context()))
	require.Empty(t, rig.texts())
	require.NoError(t, g.texts.keep(t.Context(), sha, text))
	require.Equal(t, map[string]bool{sha: true}, rig.texts(), "made again over its marker")
}

func TestARepeatedFlowCostsNothing(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := rig.idle(time.Hour, time.Hour)
	writes, err := rig.jet.Conn().SubscribeSync("$KV." + rig.resources.FlowTextsBucket + ".>")
	require.NoError(t, err)
	require.NoError(t, rig.jet.Conn().Flush())
	for range 10 {
		_, err := g.Submit(t.Context(), Submission{Flow: "main", Workflow: []byte(sweptFlow)})
		require.NoError(t, err)
	}
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err := writes.Pending()
	require.NoError(t, err)
	require.Equal(t, 1, n)
	two := rig.idle(time.Hour, time.Hour) // another gateway writes it once, so that nobody drops it
	for range 3 {
		_, err := two.Submit(t.Context(), Submission{Flow: "main", Workflow: []byte(sweptFlow)})
		require.NoError(t, err)
	}
	require.NoError(t, rig.jet.Conn().Flush())
	n, _, err = writes.Pending()
	require.NoError(t, err)
	require.Equal(t, 3, n, "it finds it there, and writes it over")
	g.texts.mu.Lock()
	defer g.texts.mu.Unlock()
	require.Len(t, g.texts.known, 1)
}

func TestNoAcceptedRunIsWithoutItsText(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	const fresh, grace = 100 * time.Millisecond, 4 * time.Second // submissions take less than the difference
	submitters := []*rigGateway{rig.idle(fresh, grace), rig.idle(fresh, grace)}
	sweeper := rig.idle(fresh, fresh) // drops far too early: only a newer revision and the index save a text
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
	defer cancel()
	dropped := 0
	for i := 0; ctx.Err() == nil; i++ {
		run, err := submitters[i%2].Submit(t.Context(), Submission{Flow: "main", Workflow: []byte(sweptFlow)})
		require.NoError(t, err)
		if i%3 == 0 {
			require.NoError(t, sweeper.retained.texts.sweep(t.Context()))
		}
		require.Len(t, rig.texts(), 1, "run %d", i)
		stored := rig.read(run.ID)
		require.NoError(t, rig.runs.bucket.Purge(t.Context(), run.ID, stored.Revision))
		if i%5 == 0 { // long enough for it to be dropped, and known no longer
			rig.eventually("dropped", func() bool {
				require.NoError(t, sweeper.retained.texts.sweep(t.Context()))
				return len(rig.texts()) == 0
			})
			dropped++
		}
	}
	require.Positive(t, dropped)
}

func TestKnownTextsAreBounded(t *testing.T) {
	t.Parallel()
	texts := newFlowTexts(nil)
	for i := range 2 * maxKnownTexts {
		texts.look(fmt.Sprint(i))
	}
	require.Len(t, texts.known, maxKnownTexts)
	require.Contains(t, slices.Collect(maps.Keys(texts.known)), fmt.Sprint(2*maxKnownTexts-1), "the newest is among them")
}

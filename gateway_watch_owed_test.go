// This file owns the test of a change that could not be read when it was announced.

package pyoco

import (
	"errors"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func TestAWatchSendsAnEndThatItCouldNotReadAtFirst(t *testing.T) {
	t.Parallel()
	rig := newWorkerRig(t, Resources{})
	g := keyedGateway(rig)
	out, err := g.Submit(t.Context(), Submission{Flow: "f"})
	require.NoError(t, err)
	changes := g.index.Subscribe(out.ID)
	defer changes.Close()
	ended := rig.rewrite(out.ID, func(r *Run) { require.NoError(t, r.finish(StatusFailed, "x", time.Now())) })
	build := g.index.Rebuild() // a reading of the whole bucket announces its changes without their records
	build.Apply(ended.summary().entry(ended.Revision), nil)
	build.Swap()
	change, ok := changes.Latest()
	require.True(t, ok)
	change.Payload = nil

	answer := httptest.NewRecorder()
	stream, err := httpedge.NewStream(answer, httptest.NewRequest("GET", "/", nil))
	require.NoError(t, err)
	s := &runStream{gateway: g, id: out.ID, terminal: true, changes: changes, stream: &liveStream{Stream: stream}}
	rig.server.Stop(t)
	require.NoError(t, s.update(t.Context(), change))
	require.NotContains(t, answer.Body.String(), "FAILED")
	rig.server.Start(t)
	require.Eventually(t, func() bool { return errors.Is(s.tick(t.Context()), errStreamDone) }, 10*time.Second, 10*time.Millisecond)
	require.Contains(t, answer.Body.String(), `"status":"FAILED"`)
}

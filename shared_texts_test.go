// This file owns the tests of the texts that summaries share.

package pyoco

import (
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"
)

func TestSummariesWithTheSameTextsShareThem(t *testing.T) {
	t.Parallel()
	var shared sharedTexts
	summary := func() *runSummary { // each with bytes of its own
		return &runSummary{
			runOrigin: &runOrigin{Flow: strings.Clone("flow"), Tags: append(make([]string, 0, 4), strings.Clone("label"))},
			ID:        strings.Clone("id"), Status: Status(strings.Clone("FAILED")), Error: strings.Clone("no luck"),
		}
	}
	one, other := shared.in(summary()), shared.in(summary())
	require.Equal(t, summary(), other)
	for _, texts := range [][2]string{
		{string(one.Status), string(other.Status)}, {one.Error, other.Error},
	} {
		require.Same(t, unsafe.StringData(texts[0]), unsafe.StringData(texts[1]), texts[0])
	}
	require.Same(t, one.runOrigin, other.runOrigin)
	require.Equal(t, 1, cap(other.Tags))
}

func TestOriginsThatDifferInALabelShareTheirTexts(t *testing.T) {
	t.Parallel()
	var shared sharedTexts
	of := func(label string) *runSummary {
		return shared.in(&runSummary{runOrigin: &runOrigin{WorkflowSHA256: strings.Clone("sum"), Tags: []string{strings.Clone("all"), label}}})
	}
	one, other := of("order-1"), of("order-2")
	require.NotSame(t, one.runOrigin, other.runOrigin)
	for _, texts := range [][2]string{{one.WorkflowSHA256, other.WorkflowSHA256}, {one.Tags[0], other.Tags[0]}} {
		require.Same(t, unsafe.StringData(texts[0]), unsafe.StringData(texts[1]), texts[0])
	}
	listed := one.run(1)
	listed.Tags[0] = "changed by a caller"
	require.Equal(t, "all", one.Tags[0])
}

func TestRunsOfDifferentOriginsDoNotShareThem(t *testing.T) {
	t.Parallel()
	var shared sharedTexts
	for _, origin := range []runOrigin{
		{}, {Flow: "a"}, {Tag: "a"}, {TenantID: "a"}, {APIKeyID: "a"}, {ScheduleID: "a"}, {WorkflowSHA256: "a"}, {FlowTextSHA256: "a"},
		{Tags: []string{}}, {Tags: []string{"a"}}, {Tags: []string{"a", "b"}}, {Tags: []string{"a\x00b"}}, {FlowTextSHA256: "a\x00b"},
	} {
		require.Equal(t, origin, *shared.in(&runSummary{runOrigin: &origin}).runOrigin)
	}
}

func TestWhatIsRememberedOfSharedTextsIsBounded(t *testing.T) {
	t.Parallel()
	var shared sharedTexts
	for i := range maxShared + 10 {
		text := strconv.Itoa(i)
		s := shared.in(&runSummary{runOrigin: &runOrigin{Flow: text}, WorkerID: text})
		require.Equal(t, text+" "+text, s.Flow+" "+s.WorkerID)
	}
	require.Len(t, shared.texts, 10)
	require.Len(t, shared.origins, 10)
}

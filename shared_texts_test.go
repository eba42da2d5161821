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
			ID: strings.Clone("id"), Flow: strings.Clone("flow"), Tags: []string{strings.Clone("label")}, Status: Status(strings.Clone("FAILED")),
			Error: strings.Clone("no luck"),
		}
	}
	run := summary()
	one, other := shared.in(summary()), shared.in(run)
	require.Equal(t, summary(), other)
	for _, texts := range [][2]string{
		{one.Flow, other.Flow}, {one.Tags[0], other.Tags[0]}, {string(one.Status), string(other.Status)}, {one.Error, other.Error},
	} {
		require.Same(t, unsafe.StringData(texts[0]), unsafe.StringData(texts[1]), texts[0])
	}
	require.Equal(t, 1, cap(other.Tags))
}

func TestWhatIsRememberedOfSharedTextsIsBounded(t *testing.T) {
	t.Parallel()
	var shared sharedTexts
	for i := range maxSharedTexts + 10 {
		require.Equal(t, strconv.Itoa(i), shared.in(&runSummary{Flow: strconv.Itoa(i)}).Flow)
	}
	require.Len(t, shared.known, 10)
}

// This file owns the tests of the flows that were read before.

package pyoco

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
)

func flowText(graphText string) []byte {
	return []byte("flow: {graph: '" + graphText + "'}\ntasks: {a: {callable: 'm:a'}, b: {callable: 'm:b'}}\n")
}

func TestATextIsReadOnce(t *testing.T) {
	t.Parallel()
	c := newFlowCache(graph.Limits{MaxNodes: 2})
	first, err := c.parse(flowText("a >> b"))
	require.NoError(t, err)
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			again, err := c.parse(flowText("a >> b"))
			require.NoError(t, err)
			require.Same(t, first, again)
		})
	}
	readers.Wait()
	other, err := c.parse(flowText("b >> a"))
	require.NoError(t, err)
	require.NotEqual(t, first.Graph(), other.Graph())
	for range 2 {
		_, err := c.parse(flowText("a >> b >> (a | b)"))
		require.ErrorAs(t, err, new(*InvalidError), "over the limit of this cache")
	}
}

func TestACacheOfFlowsIsBounded(t *testing.T) {
	t.Parallel()
	c := newFlowCache(graph.Limits{})
	kept := func() (n, bytes int) {
		for _, flow := range c.flows {
			bytes += flow.size
		}
		return len(c.flows), bytes
	}
	add := func(i, padding int) {
		text := fmt.Appendf(flowText("a >> b"), "# %d %s\n", i, strings.Repeat("x", padding))
		flow, err := c.parse(text)
		require.NoError(t, err)
		require.NotNil(t, flow)
		_, bytes := kept()
		require.Equal(t, bytes, c.bytes)
		require.LessOrEqual(t, bytes, maxCachedFlowBytes)
	}
	for i := range maxCachedFlows + 10 {
		add(i, 0)
	}
	n, _ := kept()
	require.Equal(t, maxCachedFlows, n)
	for i := range 20 {
		add(i, 250<<10)
	}
	add(0, maxCachedFlowBytes/4)
	n, _ = kept()
	require.Less(t, n, maxCachedFlows)
	require.Positive(t, n)
}

// This file owns the flows of files that were read before: most runs come with a text that others have come with.

package pyoco

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"

	"github.com/pyoco/pyoco/internal/graph"
)

// What a cache of flows holds at most. Read flows take some ten times the memory of their texts.
const (
	maxCachedFlows     = 256
	maxCachedFlowBytes = 2 << 20 // of their texts
)

// flowCache reads flow files, and each text once as long as it is remembered. Flows don't change, so all its readers have the
// same one. It is safe for concurrent use.
type flowCache struct {
	limits graph.Limits

	mu    sync.Mutex
	flows map[[sha256.Size]byte]cachedFlow
	bytes int // of all texts
}

type cachedFlow struct {
	flow *Flow
	size int
}

func newFlowCache(limits graph.Limits) *flowCache {
	return &flowCache{limits: limits, flows: map[[sha256.Size]byte]cachedFlow{}}
}

// parse is ParseFlow. What is wrong is found anew each time.
func (c *flowCache) parse(text []byte) (*Flow, error) {
	sum := sha256.Sum256(text)
	c.mu.Lock()
	known, ok := c.flows[sum]
	c.mu.Unlock()
	if ok {
		return known.flow, nil
	}
	flow, err := parseFlow(text, c.limits)
	if err == nil {
		flow.file = hex.EncodeToString(sum[:])
		c.keep(sum, cachedFlow{flow: flow, size: len(text)})
	}
	return flow, err
}

// keep remembers a flow; what makes room for it are any others.
func (c *flowCache) keep(sum [sha256.Size]byte, flow cachedFlow) {
	if flow.size > maxCachedFlowBytes/4 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, there := c.flows[sum]; there { // somebody else has read it meanwhile
		return
	}
	for other, gone := range c.flows {
		if len(c.flows) < maxCachedFlows && c.bytes+flow.size <= maxCachedFlowBytes {
			break
		}
		delete(c.flows, other)
		c.bytes -= gone.size
	}
	c.flows[sum] = flow
	c.bytes += flow.size
}

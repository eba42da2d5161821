// This file owns the check that no task waits for itself.

package graph

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// longestPath is how many nodes of a cycle a message names.
const longestPath = 12

// check looks for a cycle in this level and in those inside.
func (n *network) check() *Error {
	if n.plan(len(n.edges)).cyclic() {
		return n.cycleError()
	}
	for _, node := range n.nodes {
		for _, body := range node.bodies {
			if err := body.check(); err != nil {
				return err
			}
		}
	}
	return nil
}

// cyclic takes away what waits for nothing, again and again (Kahn's algorithm). What can't be taken away is on a cycle
// or behind one.
func (p *Plan) cyclic() bool {
	waits := make([]int, len(p.Nodes)+len(p.Gates))
	for i, gate := range p.Gates {
		waits[p.number(GateRef(i))] = len(gate.Inputs)
	}
	free := make([]Ref, 0, len(p.Nodes)+len(p.Gates))
	for i, node := range p.Nodes {
		waits[p.number(NodeRef(i))] = len(node.Needs)
		if len(node.Needs) == 0 {
			free = append(free, NodeRef(i))
		}
	}
	for taken := 0; taken < len(free); taken++ {
		for _, next := range *p.feeds(free[taken]) {
			number := p.number(next)
			if waits[number]--; waits[number] == 0 {
				free = append(free, next)
			}
		}
	}
	return len(free) < len(p.Nodes)+len(p.Gates)
}

// cycleError names the mention that closes the cycle: the first in the text with which there is one. Only a text with
// a cycle pays for this search.
func (n *network) cycleError() *Error {
	edges := sort.Search(len(n.edges), func(edges int) bool { return n.plan(edges).cyclic() })
	closing := n.edges[edges-1]
	path := n.plan(edges).path(NodeRef(closing.to), closing.from)
	names := make([]string, 0, len(path)+1)
	for _, ref := range append(path, NodeRef(closing.to)) {
		if !ref.IsGate() {
			names = append(names, n.nodes[ref.Index()].name)
		}
	}
	return &Error{
		Pos:  closing.at,
		Msg:  "a task can't wait for itself: " + wayOf(names),
		Hint: "a graph has no cycles",
	}
}

// wayOf is a way over names, in short.
func wayOf(names []string) string {
	names = slices.Clone(names)
	for i, name := range names {
		names[i] = lex.Clip(name)
	}
	if skipped := len(names) - longestPath; skipped > 0 {
		names = slices.Replace(names, longestPath/2, longestPath/2+skipped, fmt.Sprintf("… %d more …", skipped))
	}
	return strings.Join(names, " >> ")
}

// path is a shortest way along Feeds, both ends included. There must be one.
func (p *Plan) path(from, to Ref) []Ref {
	before := map[Ref]Ref{from: from}
	for queue := []Ref{from}; len(queue) > 0; queue = queue[1:] {
		for _, next := range *p.feeds(queue[0]) {
			if _, ok := before[next]; !ok {
				before[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	path := []Ref{to}
	for to != from {
		to = before[to]
		path = append(path, to)
	}
	slices.Reverse(path)
	return path
}

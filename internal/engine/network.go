// This file owns what is known of each condition of the plan: values, how they join, and what follows from a change.

package engine

import (
	"slices"

	"github.com/pyoco/pyoco/internal/graph"
)

// value is what is known of a node or a gate. It only ever moves up: from unknown to any other, and from isolated to
// failed. So each condition changes at most twice, and all propagation of a round is linear in the size of its plan.
type value uint8

const (
	unknown   value = iota
	succeeded       // a node has succeeded, a gate holds
	isolated        // it never will, and that fails only what depends on it
	failed          // it never will, and that counts
)

// inputs counts the inputs of a condition by value.
type inputs [4]int32

// join is the value of a condition with these inputs. What a node needs is joined as by an And.
func (in inputs) join(kind graph.GateKind) value {
	if kind == graph.Or {
		switch {
		case in[succeeded] > 0:
			return succeeded
		case in[unknown] > 0:
			return unknown
		case in[failed] > 0:
			return failed
		}
		return isolated
	}
	switch {
	case in[failed] > 0:
		return failed
	case in[isolated] > 0:
		return isolated
	case in[unknown] > 0:
		return unknown
	}
	return succeeded
}

// condition is a node or a gate.
type condition struct {
	in    inputs // for a node: what it needs
	value value
	end   bool // of a statement
}

// network is the state of a plan's conditions. It decides what is ready and what is lost, and does nothing about it.
type network struct {
	plan       *graph.Plan
	fresh      []condition // as they are before anything has happened: the nodes, then the gates
	conditions []condition
	ends       inputs   // the ends of statements, by value
	changes    []change // the work list of settle

	// What the last settle has brought about:
	ready  []int // nodes whose needs hold now
	fallen []int // nodes that can't start any more
}

// change is a new value that the feeds of a condition have not seen.
type change struct {
	of       graph.Ref
	from, to value
}

func newNetwork(plan *graph.Plan) network {
	n := network{plan: plan, fresh: make([]condition, len(plan.Nodes)+len(plan.Gates))}
	n.conditions = n.fresh
	for i := range plan.Nodes {
		n.fresh[i].in[unknown] = int32(len(plan.Nodes[i].Needs))
	}
	for i := range plan.Gates {
		n.fresh[len(plan.Nodes)+i].in[unknown] = int32(len(plan.Gates[i].Inputs))
	}
	for _, ref := range plan.Ends {
		n.at(ref).end = true
	}
	n.conditions = slices.Clone(n.fresh)
	n.reset()
	return n
}

// reset forgets everything that has happened.
func (n *network) reset() {
	copy(n.conditions, n.fresh)
	n.ends = inputs{}
	for i := range n.conditions {
		if n.conditions[i].end {
			n.ends[unknown]++
		}
	}
}

// value is what the whole plan has come to: succeeded, once all statements have; isolated or failed, as soon as one
// has.
func (n *network) value() value { return n.ends.join(graph.And) }

// settle gives a node that ran its value and works out what follows, breadth first, so that nodes become ready in the
// order in which the plan names them. A success makes nodes ready, a failure makes them fall, never both.
func (n *network) settle(node int, v value) {
	n.changes, n.ready, n.fallen = n.changes[:0], n.ready[:0], n.fallen[:0]
	n.put(graph.NodeRef(node), v)
	for i := 0; i < len(n.changes); i++ {
		c := n.changes[i]
		for _, ref := range n.feeds(c.of) {
			n.receive(ref, c)
		}
	}
}

// put changes a condition's value and notes that its feeds are to hear of it.
func (n *network) put(ref graph.Ref, v value) {
	c := n.at(ref)
	n.changes = append(n.changes, change{of: ref, from: c.value, to: v})
	if c.end {
		n.ends[c.value]--
		n.ends[v]++
	}
	c.value = v
}

// receive tells a condition that one of its inputs has changed.
func (n *network) receive(ref graph.Ref, input change) {
	c := n.at(ref)
	c.in[input.from]--
	c.in[input.to]++
	if ref.IsGate() {
		if v := c.in.join(n.plan.Gates[ref.Index()].Kind); v != c.value {
			n.put(ref, v)
		}
		return
	}
	switch v := c.in.join(graph.And); v {
	case unknown:
	case succeeded:
		n.ready = append(n.ready, ref.Index())
	case isolated, failed:
		if c.value == unknown {
			n.fallen = append(n.fallen, ref.Index())
		}
		if c.value != v {
			n.put(ref, v)
		}
	}
}

func (n *network) at(ref graph.Ref) *condition {
	if ref.IsGate() {
		return &n.conditions[len(n.plan.Nodes)+ref.Index()]
	}
	return &n.conditions[ref.Index()]
}

func (n *network) feeds(ref graph.Ref) []graph.Ref {
	if ref.IsGate() {
		return n.plan.Gates[ref.Index()].Feeds
	}
	return n.plan.Nodes[ref.Index()].Feeds
}

// This file owns the compilation of a program: from its tree to gates and to the edges that its mentions add.

package graph

import (
	"fmt"
	"slices"
)

// network is a program taken apart. Its edges are kept in text order, so that the plan of the text's first part can
// be made as well: that is how the mention that closes a cycle is found.
type network struct {
	names []string
	index map[string]int // name → place in names
	gates []Gate         // without Feeds
	edges []edge
	ends  []Ref
}

// edge is what one mention adds: the node at to needs from.
type edge struct {
	from Ref
	to   int
	at   Pos
}

func newNetwork(p *Program) *network {
	n := &network{index: make(map[string]int)}
	for _, statement := range p.Statements {
		n.ends = append(n.ends, n.add(statement, nil))
	}
	return n
}

// add takes in one part and gives its exit. Its entry nodes need from; nil: nothing. Handing the need down makes one
// edge a mention at most, and needs no list of entries.
func (n *network) add(part Node, from *Ref) Ref {
	switch part := part.(type) {
	case *Task:
		return n.mention(part, from)
	case *Seq:
		for _, step := range part.Steps {
			exit := n.add(step, from)
			from = &exit
		}
		return *from
	case *All:
		return n.join(And, part.Branches, from)
	case *Any:
		return n.join(Or, part.Branches, from)
	}
	panic(fmt.Sprintf("graph: a node of unknown type %T", part)) // a foreign Node is the caller's mistake
}

func (n *network) mention(task *Task, from *Ref) Ref {
	i, ok := n.index[task.Name]
	if !ok {
		i = len(n.names)
		n.index[task.Name] = i
		n.names = append(n.names, task.Name)
	}
	if from != nil {
		n.edges = append(n.edges, edge{from: *from, to: i, at: task.At})
	}
	return NodeRef(i)
}

// join takes in branches that are left through one gate. Branches with the same exit count once (a & a), and a single
// exit needs no gate.
func (n *network) join(kind GateKind, branches []Node, from *Ref) Ref {
	inputs := make([]Ref, 0, len(branches))
	seen := make(map[Ref]bool, len(branches))
	for _, branch := range branches {
		exit := n.add(branch, from)
		if !seen[exit] {
			seen[exit] = true
			inputs = append(inputs, exit)
		}
	}
	if len(inputs) == 1 {
		return inputs[0]
	}
	n.gates = append(n.gates, Gate{Kind: kind, Inputs: inputs})
	return GateRef(len(n.gates) - 1)
}

// plan is the plan of the first so many edges, with all nodes and gates.
func (n *network) plan(edges int) *Plan {
	p := &Plan{
		Nodes: make([]PlanNode, len(n.names)),
		Gates: make([]Gate, len(n.gates)),
		Ends:  n.ends,
		index: n.index,
	}
	for i, name := range n.names {
		p.Nodes[i].Name = name
	}
	for i, gate := range n.gates {
		p.Gates[i] = gate
		for _, input := range gate.Inputs {
			p.feed(input, GateRef(i))
		}
	}
	for _, e := range n.edges[:edges] {
		p.Nodes[e.to].Needs = append(p.Nodes[e.to].Needs, e.from)
	}
	neededBy := make([]int, len(p.Nodes)+len(p.Gates)) // the last node that needs a condition, from 1
	for i := range p.Nodes {
		node := &p.Nodes[i]
		node.Needs = slices.DeleteFunc(node.Needs, func(need Ref) bool {
			again := neededBy[p.number(need)] == i+1
			neededBy[p.number(need)] = i + 1
			return again
		})
		for _, need := range node.Needs {
			p.feed(need, NodeRef(i))
		}
	}
	return p
}

// number counts gates and nodes through from 0, for a slice with a place for each.
func (p *Plan) number(r Ref) int { return int(r) + len(p.Gates) }

// feed notes that to waits for from.
func (p *Plan) feed(from, to Ref) {
	feeds := p.feeds(from)
	*feeds = append(*feeds, to)
}

func (p *Plan) feeds(r Ref) *[]Ref {
	if r.IsGate() {
		return &p.Gates[r.Index()].Feeds
	}
	return &p.Nodes[r.Index()].Feeds
}

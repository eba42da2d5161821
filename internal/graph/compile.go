// This file owns the last step of the compilation: from the parts of a program to its plan.

package graph

import "slices"

// compile is the plan of this level and of all levels inside.
func (n *network) compile() *Plan {
	p := n.plan(len(n.edges))
	for i, node := range n.nodes {
		for _, body := range node.bodies {
			p.Nodes[i].Bodies = append(p.Nodes[i].Bodies, body.compile())
		}
	}
	return p
}

// plan is the plan of the first so many edges, with all nodes and gates, but without what stands inside of nodes.
func (n *network) plan(edges int) *Plan {
	p := &Plan{
		Nodes: make([]PlanNode, len(n.nodes)),
		Gates: make([]Gate, len(n.gates)),
		Ends:  n.ends,
		Tasks: n.tasks.list,
		index: n.tasks.index,
	}
	for i, node := range n.nodes {
		p.Nodes[i].Name, p.Nodes[i].Task = node.name, node.task
		p.Nodes[i].Loop, _ = node.part.(*Loop)
		p.Nodes[i].Switch, _ = node.part.(*Switch)
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

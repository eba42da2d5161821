// This file owns the compilation of a program: from its tree to gates and to the edges that its mentions add.

package graph

import "fmt"

// network is one level of a program taken apart. Its edges are kept in text order, so that the plan of the text's first
// part can be made as well: that is how the mention that closes a cycle is found.
type network struct {
	tasks *tasks // of the whole program
	nodes []netNode
	index map[netKey]int // place in nodes
	gates []Gate         // without Feeds
	edges []edge
	ends  []Ref
}

// netNode is a node of a level: a *Task by its first mention, a *Loop or a *Switch.
type netNode struct {
	part   Node
	name   string     // the task's, or that of the first task inside
	task   int        // place in tasks; -1: it is no task
	bodies []*network // what stands inside
}

// netKey tells nodes apart: tasks by their name, loops and switches by themselves.
type netKey struct {
	task string
	part Node
}

// edge is what one mention adds: the node at to needs from.
type edge struct {
	from Ref
	to   int
	at   Pos
}

// tasks are the tasks of all levels, in order of first mention.
type tasks struct {
	list  []*Task
	index map[string]int
}

func newNetwork(p *Program) *network {
	return newLevel(p, &tasks{index: make(map[string]int)})
}

func newLevel(p *Program, tasks *tasks) *network {
	n := &network{tasks: tasks, index: make(map[netKey]int)}
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
		return n.mention(netKey{task: part.Name}, part, from)
	case *Loop, *Switch:
		return n.mention(netKey{part: part}, part, from)
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

func (n *network) mention(key netKey, part Node, from *Ref) Ref {
	i, ok := n.index[key]
	if !ok {
		i = len(n.nodes)
		n.index[key] = i
		n.nodes = append(n.nodes, n.node(part))
	}
	if from != nil {
		n.edges = append(n.edges, edge{from: *from, to: i, at: part.Position()})
	}
	return NodeRef(i)
}

// node takes in a node at its first mention, with all levels inside.
func (n *network) node(part Node) netNode {
	switch part := part.(type) {
	case *Loop:
		return composite(part, newLevel(part.Body, n.tasks))
	case *Switch:
		bodies := make([]*network, len(part.Cases))
		for i, way := range part.Cases {
			bodies[i] = newLevel(way.Body, n.tasks)
		}
		return composite(part, bodies...)
	}
	task := part.(*Task)
	return netNode{part: task, name: task.Name, task: n.tasks.add(task)}
}

func composite(part Node, bodies ...*network) netNode {
	node := netNode{part: part, task: -1, bodies: bodies}
	for _, body := range bodies {
		for i := 0; i < len(body.nodes) && node.name == ""; i++ {
			node.name = body.nodes[i].name
		}
	}
	return node
}

func (t *tasks) add(task *Task) int {
	i, ok := t.index[task.Name]
	if !ok {
		i = len(t.list)
		t.index[task.Name] = i
		t.list = append(t.list, task)
	}
	return i
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

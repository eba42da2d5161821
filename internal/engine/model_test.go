// This file owns the naive model that the engine is held against: it evaluates the program tree itself, over and over,
// and knows neither plans nor gates.

package engine_test

import (
	"github.com/pyoco/pyoco/internal/graph"
)

// verdict is what the model says of a node or a part of the program.
type verdict string

const (
	open     verdict = "open"
	good     verdict = "good"
	isolated verdict = "isolated"
	bad      verdict = "bad"
)

// model is a program and what its nodes have come to by themselves.
type model struct {
	program *graph.Program
	needs   map[string][]graph.Node // by node: the parts of the program that must be good before it starts
	own     map[string]verdict      // of nodes that ran; set by come
	known   map[string]verdict      // what node has worked out since the last change
}

func newModel(program *graph.Program) *model {
	m := &model{program: program, needs: map[string][]graph.Node{}, own: map[string]verdict{}, known: map[string]verdict{}}
	for _, statement := range program.Statements {
		m.wire(statement, nil)
	}
	return m
}

// wire notes what each mention of a node waits for.
func (m *model) wire(part, before graph.Node) {
	switch p := part.(type) {
	case *graph.Task:
		m.needs[p.Name] = append(m.needs[p.Name], before)
	case *graph.Seq:
		for _, step := range p.Steps {
			m.wire(step, before)
			before = step
		}
	case *graph.All:
		for _, branch := range p.Branches {
			m.wire(branch, before)
		}
	case *graph.Any:
		for _, branch := range p.Branches {
			m.wire(branch, before)
		}
	}
}

// part evaluates a part of the program.
func (m *model) part(part graph.Node) verdict {
	switch p := part.(type) {
	case *graph.Task:
		return m.node(p.Name)
	case *graph.Seq:
		return m.part(p.Steps[len(p.Steps)-1])
	case *graph.All:
		return both(m.each(p.Branches))
	case *graph.Any:
		count := m.each(p.Branches)
		switch {
		case count[good] > 0:
			return good
		case count[open] > 0:
			return open
		case count[bad] > 0:
			return bad
		}
		return isolated
	}
	return good // what needs nothing
}

// node is what a node came to, or what its needs make of it.
func (m *model) node(name string) verdict {
	if own, ok := m.own[name]; ok {
		return own
	}
	if v, ok := m.known[name]; ok {
		return v
	}
	v := m.ready(name)
	if v == good {
		v = open
	}
	m.known[name] = v
	return v
}

// come says what a node that ran has come to.
func (m *model) come(name string, v verdict) {
	m.own[name] = v
	clear(m.known)
}

// ready is what the needs of a node come to; good: it may start.
func (m *model) ready(name string) verdict { return both(m.each(m.needs[name])) }

func (m *model) each(parts []graph.Node) map[verdict]int {
	count := map[verdict]int{}
	for _, part := range parts {
		count[m.part(part)]++
	}
	return count
}

func both(count map[verdict]int) verdict {
	for _, v := range []verdict{bad, isolated, open} {
		if count[v] > 0 {
			return v
		}
	}
	return good
}

// fails says that the run has failed.
func (m *model) fails() bool {
	for _, statement := range m.program.Statements {
		if m.part(statement) == bad {
			return true
		}
	}
	return false
}

// finish lets every node that can start come to what is given for it.
func (m *model) finish(given map[string]verdict) {
	for range m.needs { // each round settles one node more, at least
		for name, v := range given {
			if _, ran := m.own[name]; !ran && m.ready(name) == good {
				m.come(name, v)
			}
		}
	}
}

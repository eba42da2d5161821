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

// level is one level of a program in one round, and what its nodes have come to. Nodes go by their key.
type level struct {
	program *graph.Program
	round   int
	needs   map[any][]graph.Node // the parts of the program that must be good before a node starts
	own     map[any]verdict      // of nodes that have ended
	inside  map[any]*level       // of loops and switches that have begun: the current round, or the case
	known   map[any]verdict      // what node has worked out since the last change
}

func newLevel(program *graph.Program, round int) *level {
	l := &level{
		program: program, round: round, needs: map[any][]graph.Node{},
		own: map[any]verdict{}, inside: map[any]*level{}, known: map[any]verdict{},
	}
	for _, statement := range program.Statements {
		l.wire(statement, nil)
	}
	return l
}

// key is what a node goes by: a task by its name, a loop or switch by itself.
func key(part graph.Node) any {
	if task, ok := part.(*graph.Task); ok {
		return task.Name
	}
	return part
}

// wire notes what each mention of a node waits for.
func (l *level) wire(part, before graph.Node) {
	switch p := part.(type) {
	case *graph.Seq:
		for _, step := range p.Steps {
			l.wire(step, before)
			before = step
		}
	case *graph.All:
		for _, branch := range p.Branches {
			l.wire(branch, before)
		}
	case *graph.Any:
		for _, branch := range p.Branches {
			l.wire(branch, before)
		}
	default:
		l.needs[key(part)] = append(l.needs[key(part)], before)
	}
}

// part evaluates a part of the program.
func (l *level) part(part graph.Node) verdict {
	switch p := part.(type) {
	case nil:
		return good // what needs nothing
	case *graph.Seq:
		return l.part(p.Steps[len(p.Steps)-1])
	case *graph.All:
		return both(l.each(p.Branches))
	case *graph.Any:
		count := l.each(p.Branches)
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
	return l.node(key(part))
}

// node is what a node came to, or what its needs make of it, or what stands inside. A loop is good only once it says so.
func (l *level) node(key any) verdict {
	if own, ok := l.own[key]; ok {
		return own
	}
	if v, ok := l.known[key]; ok {
		return v
	}
	v := l.ready(key)
	if v == good {
		v = open
	}
	if inside := l.inside[key]; inside != nil {
		v = inside.verdict()
		if _, loop := key.(*graph.Loop); loop && v == good {
			v = open
		}
	}
	l.known[key] = v
	return v
}

// verdict is what the level has come to as a whole.
func (l *level) verdict() verdict { return both(l.each(l.program.Statements)) }

// ready is what the needs of a node come to; good: it may start.
func (l *level) ready(key any) verdict { return both(l.each(l.needs[key])) }

// forget must be called after each change, on the outermost level.
func (l *level) forget() {
	clear(l.known)
	for _, inside := range l.inside {
		inside.forget()
	}
}

func (l *level) each(parts []graph.Node) map[verdict]int {
	count := map[verdict]int{}
	for _, part := range parts {
		count[l.part(part)]++
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

// This file owns the random programs and tasks of the property test.

package engine_test

import (
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"

	"github.com/pyoco/pyoco/internal/expr"
	"github.com/pyoco/pyoco/internal/graph"
)

// scenario is a random program, and what its tasks do and its expressions give, in each round. Its programs are more than
// a text can say: a loop or switch may be mentioned several times, as the same node.
type scenario struct {
	seed    uint64
	rand    *rand.Rand
	program *graph.Program
	steps   steps
	parts   map[*expr.Expr]graph.Node   // by its expression: a loop or switch
	number  map[graph.Node]int          // of loops and switches
	outer   map[graph.Node][]graph.Node // the loops and switches around one, outermost first
}

// newScenario draws until the program is one that a text could say: cases may share tasks, but not those in loops.
func newScenario(seed uint64) *scenario {
	for draw := uint64(0); ; draw++ {
		if s := drawScenario(seed, draw); s.program.Validate() == nil {
			return s
		}
	}
}

func drawScenario(seed, draw uint64) *scenario {
	s := &scenario{
		seed: seed, rand: rand.New(rand.NewPCG(seed, draw)), steps: steps{},
		parts: map[*expr.Expr]graph.Node{}, number: map[graph.Node]int{}, outer: map[graph.Node][]graph.Node{},
	}
	names := make([]string, 1+s.rand.IntN(12))
	calm := s.rand.IntN(3) > 0
	for i := range names {
		names[i] = fmt.Sprintf("n%d", i)
		s.steps[names[i]] = s.step(names[i], calm)
	}
	s.program = s.part(names)
	return s
}

// dice is a number below n that is the same whenever it is asked for in the same round.
func (s *scenario) dice(n int, what any, path []int) int {
	hash := fnv.New64a()
	fmt.Fprint(hash, s.seed, what, path)
	return int(hash.Sum64() % uint64(n))
}

// part is a random program over some tasks. Some of them stand in loops and switches, in these others. A task may be
// mentioned in several statements, a loop or switch only once.
func (s *scenario) part(names []string, outer ...graph.Node) *graph.Program {
	var plain, composites []graph.Node
	for len(names) > 0 {
		size := 1
		if len(outer) < 3 && s.rand.IntN(3) == 0 {
			size = min(len(names), 1+s.rand.IntN(4))
			composites = append(composites, s.composite(names[:size], outer))
		} else {
			plain = append(plain, task(names[0]))
		}
		names = names[size:]
	}
	program := &graph.Program{}
	if len(plain) == 0 {
		program.Statements, composites = composites[:1:1], composites[1:]
	}
	for range min(len(plain), 1+s.rand.IntN(3)) {
		program.Statements = append(program.Statements, randomPart(s.rand, plain, 0))
	}
	for _, composite := range composites {
		at := s.rand.IntN(len(program.Statements))
		joins := []func(...graph.Node) graph.Node{seq, seq, all, either}
		pair := []graph.Node{program.Statements[at], composite}
		if s.rand.IntN(2) == 0 {
			slices.Reverse(pair)
		}
		program.Statements[at] = joins[s.rand.IntN(len(joins))](pair...)
	}
	return program
}

// composite is a random loop or switch. Several cases may share tasks.
func (s *scenario) composite(names []string, outer []graph.Node) graph.Node {
	e := &expr.Expr{}
	if kind := graph.LoopKind(s.rand.IntN(4)); kind > 0 {
		loop := &graph.Loop{Kind: kind, Expr: e}
		if kind == graph.Until {
			loop.MaxRounds = 3
		}
		s.add(loop, e, outer)
		loop.Body = s.part(names, append(slices.Clone(outer), loop)...)
		return loop
	}
	choice := &graph.Switch{On: e}
	s.add(choice, e, outer)
	for i := range 1 + s.rand.IntN(3) {
		body := s.part(subset(s.rand, names), append(slices.Clone(outer), choice)...)
		choice.Cases = append(choice.Cases, graph.Case{Match: int64(i), Body: body})
	}
	choice.Cases[len(choice.Cases)-1].Default = s.rand.IntN(2) == 0
	return choice
}

func (s *scenario) add(part graph.Node, e *expr.Expr, outer []graph.Node) {
	s.parts[e], s.number[part], s.outer[part] = part, len(s.number), outer
}

// rounds is how many rounds a loop takes: below 0, it breaks off before the first; above its MaxRounds, after the last.
func (s *scenario) rounds(loop *graph.Loop, path []int) int {
	if loop.Kind == graph.Until {
		return []int{1, 1, 1, 2, 2, 2, 2, 3, 3, 4}[s.dice(10, s.number[loop], path)]
	}
	return []int{0, 0, 1, 1, 1, 2, 2, 3, 3, -1}[s.dice(10, s.number[loop], path)]
}

// taken is the case that a switch takes, -1 for none.
func (s *scenario) taken(choice *graph.Switch, path []int) int {
	last := len(choice.Cases) - 1
	switch {
	case s.dice(20, s.number[choice], path) > 0:
		return s.dice(last+1, fmt.Sprint("case of ", s.number[choice]), path)
	case choice.Cases[last].Default:
		return last
	}
	return -1
}

// randomPart is a random program over some nodes. What comes later in a sequence has the higher numbers, so that any
// number of such statements has no cycle.
func randomPart(r *rand.Rand, nodes []graph.Node, depth int) graph.Node {
	if len(nodes) == 1 || depth == 4 {
		return nodes[r.IntN(len(nodes))]
	}
	count := 2 + r.IntN(min(3, len(nodes)-1))
	parts := make([]graph.Node, count)
	kind := r.IntN(3)
	if depth == 0 && r.IntN(2) == 0 {
		kind = 0
	}
	if kind == 0 {
		for i := range parts {
			parts[i] = randomPart(r, nodes[i*len(nodes)/count:(i+1)*len(nodes)/count], depth+1)
		}
		return seq(parts...)
	}
	for i := range parts { // branches may share nodes
		parts[i] = randomPart(r, subset(r, nodes), depth+1)
	}
	if kind == 1 {
		return all(parts...)
	}
	return either(parts...)
}

// subset is some of the elements, one at least, in order.
func subset[T any](r *rand.Rand, of []T) []T {
	some := slices.Clone(of)
	for i := len(some) - 1; i >= 0 && len(some) > 1; i-- {
		if r.IntN(2) == 0 {
			some = slices.Delete(some, i, i+1)
		}
	}
	return some
}

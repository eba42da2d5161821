// This file owns the drawing of each kind of part.

package draw

import "github.com/pyoco/pyoco/internal/graph"

// level is where tasks with the same name are the same box: the statements of a program, of a loop or of a case.
type level struct {
	*sketch
	*frame
	tasks map[string]int
}

func sketchOf(p *graph.Program) (*sketch, *frame) {
	s := &sketch{drawn: map[arrow]bool{}}
	whole := &frame{}
	s.level(whole).statements(p, nil)
	return s, whole
}

func (s *sketch) level(f *frame) *level {
	return &level{sketch: s, frame: f, tasks: map[string]int{}}
}

func (l *level) box(shape shape, text string) int {
	number := len(l.sketch.boxes)
	l.sketch.boxes = append(l.sketch.boxes, box{shape, text})
	l.frame.boxes = append(l.frame.boxes, number)
	return number
}

// lead draws the arrows to a box, each once.
func (l *level) lead(from []way, to int) {
	for _, w := range from {
		a := arrow{w.from, to, w.text}
		if !l.drawn[a] {
			l.drawn[a] = true
			l.arrows = append(l.arrows, a)
		}
	}
}

// join leads several ways to one box; one way stays as it is.
func (l *level) join(ways []way, text string) []way {
	if len(ways) < 2 {
		return ways
	}
	box := l.box(joinShape, text)
	l.lead(ways, box)
	return []way{{from: box}}
}

// statements draws those of a body, which all follow on the ways, and gives the ways on.
func (l *level) statements(p *graph.Program, from []way) []way {
	return l.branches(p.Statements, from, func(ways []way) []way { return ways })
}

// branches draws parts side by side. each says what becomes of the ways of one.
func (l *level) branches(parts []graph.Node, from []way, each func([]way) []way) []way {
	var ways []way
	seen := map[way]bool{}
	for _, part := range parts {
		for _, w := range each(l.part(part, from)) {
			if !seen[w] {
				seen[w] = true
				ways = append(ways, w)
			}
		}
	}
	return ways
}

// part draws one that follows on the ways, and gives the ways on.
func (l *level) part(part graph.Node, from []way) []way {
	switch part := part.(type) {
	case *graph.Task:
		return l.task(part, from)
	case *graph.Seq:
		for _, step := range part.Steps {
			if entries(step) > 1 {
				from = l.join(from, "all")
			}
			from = l.part(step, from)
		}
		return from
	case *graph.All:
		return l.branches(part.Branches, from, func(ways []way) []way { return ways })
	case *graph.Any:
		ways := l.branches(part.Branches, from, func(ways []way) []way { return l.join(ways, "all") })
		return l.join(ways, "any")
	case *graph.Loop:
		return l.loop(part, from)
	case *graph.Switch:
		return l.choice(part, from)
	}
	return from
}

func (l *level) task(task *graph.Task, from []way) []way {
	number, ok := l.tasks[task.Name]
	if !ok {
		number = l.box(taskShape, taskText(task))
		l.tasks[task.Name] = number
	}
	l.lead(from, number)
	return []way{{from: number}}
}

func (l *level) loop(loop *graph.Loop, from []way) []way {
	l.sketch.frames++
	inside := &frame{number: l.sketch.frames, text: loopText(loop)}
	l.frame.frames = append(l.frame.frames, inside)
	return l.level(inside).statements(loop.Body, from)
}

// choice draws a task that stands in several cases once in each.
func (l *level) choice(s *graph.Switch, from []way) []way {
	head := l.box(switchShape, oneLine(s.On.String()))
	l.lead(from, head)
	var ways []way
	for _, c := range s.Cases {
		text := c.Label()
		if c.Default {
			text = "otherwise"
		}
		ways = append(ways, l.level(l.frame).statements(c.Body, []way{{head, text}})...)
	}
	return l.join(ways, "end")
}

// entries is how many boxes of a part follow on what is before it.
func entries(part graph.Node) int {
	switch part := part.(type) {
	case *graph.Seq:
		return entries(part.Steps[0])
	case *graph.All:
		return sumOf(part.Branches)
	case *graph.Any:
		return sumOf(part.Branches)
	case *graph.Loop:
		return sumOf(part.Body.Statements)
	}
	return 1
}

func sumOf(parts []graph.Node) int {
	sum := 0
	for _, part := range parts {
		sum += entries(part)
	}
	return sum
}

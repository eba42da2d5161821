// This file owns the plan: the network of conditions that a program means, in the form that an engine runs.

package graph

// Plan is a program compiled to nodes and the conditions under which they start. It is immutable and safe for
// concurrent use. Its size is linear in the mentions of the program: what follows 4,000 tasks waits for one gate, not
// for 4,000 edges each.
//
// A plan is one level: a loop or a switch is one node of it, with a plan of its own for what stands inside.
//
// The conditions have no cycle if the program has none (see [Program.Validate]), so what has no needs can start, and
// following Feeds from whatever ends reaches everything else.
type Plan struct {
	// Nodes are the tasks, loops and switches of this level, in order of first mention.
	Nodes []PlanNode
	// Gates join the exits of several branches. A gate without Feeds is an end.
	Gates []Gate
	// Ends is, for each statement in order, the condition that the whole statement has succeeded.
	Ends []Ref
	// Tasks are the tasks of the whole program, at every level, each once, by their first mention and in that order.
	// The plans of all levels have the same.
	Tasks []*Task

	index map[string]int
}

// PlanNode is one node of a level: a task that runs once, or a loop or switch with what stands inside.
type PlanNode struct {
	// Name is the node's name, the same as in [Task]; of a loop or switch, that of the first task inside.
	Name string
	// Task is the task's place in Plan.Tasks; -1 for a loop or switch.
	Task int
	// Loop and Switch are what the node is where it is no task.
	Loop   *Loop
	Switch *Switch
	// Bodies are the plans of what stands inside: one for a loop, one a case for a switch.
	Bodies []*Plan
	// Needs are the conditions that must all hold before the node starts, each once. None: it starts at once.
	Needs []Ref
	// Feeds are the nodes and gates that wait for this node, each once: the reverse of Needs and of Gate.Inputs.
	Feeds []Ref
}

// Gate is a condition made of others. It has at least two inputs.
type Gate struct {
	Kind GateKind
	// Inputs are the conditions that it joins, each once.
	Inputs []Ref
	// Feeds are the nodes and gates that wait for this gate, each once.
	Feeds []Ref
}

// GateKind says how a gate joins its inputs.
type GateKind uint8

// The kinds of gate. A gate that can't hold any more has failed: And with its first failed input, Or with its last.
const (
	And GateKind = iota + 1 // holds once all inputs hold
	Or                      // holds from the first input that holds
)

// Ref names a condition: a node has succeeded (Ref ≥ 0), or a gate holds (Ref < 0).
type Ref int

// NodeRef names the node at this index of Plan.Nodes.
func NodeRef(index int) Ref { return Ref(index) }

// GateRef names the gate at this index of Plan.Gates.
func GateRef(index int) Ref { return Ref(^index) }

// IsGate says whether the condition is a gate's.
func (r Ref) IsGate() bool { return r < 0 }

// Index is the place in Plan.Gates if IsGate, in Plan.Nodes otherwise.
func (r Ref) Index() int {
	if r < 0 {
		return int(^r)
	}
	return int(r)
}

// NewPlan compiles a program that [Parse] returned or [Program.Validate] accepted.
//
// Every part of a program has entry nodes and an exit condition. A task, a loop and a switch are their own entry and
// their own exit. In X >> Y every entry of Y needs the exit of X. X & Y and X | Y are entered at the entries of both,
// and left through a gate over both exits. What a node needs in several mentions, it needs in all of them.
func NewPlan(p *Program) *Plan { return newNetwork(p).compile() }

// Index is the place in Tasks of the one with this name.
func (p *Plan) Index(name string) (index int, ok bool) {
	index, ok = p.index[name]
	return index, ok
}

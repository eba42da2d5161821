// This file owns the plan: the network of conditions that a program means, in the form that an engine runs.

package graph

// Plan is a program compiled to nodes and the conditions under which they start. It is immutable and safe for
// concurrent use. Its size is linear in the mentions of the program: what follows 4,000 tasks waits for one gate, not
// for 4,000 edges each.
//
// The conditions have no cycle if the program has none (see [Program.Validate]), so what has no needs can start, and
// following Feeds from whatever ends reaches everything else.
type Plan struct {
	// Nodes are the tasks to run, in order of first mention.
	Nodes []PlanNode
	// Gates join the exits of several branches. A gate without Feeds is an end.
	Gates []Gate
	// Ends is, for each statement in order, the condition that the whole statement has succeeded.
	Ends []Ref

	index map[string]int
}

// PlanNode is one node of the graph: a task that runs once.
type PlanNode struct {
	// Name is the node's name, the same as in [Task].
	Name string
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
// Every part of a program has entry nodes and an exit condition. A task is its own entry and its own exit. In X >> Y
// every entry of Y needs the exit of X. X & Y and X | Y are entered at the entries of both, and left through a gate
// over both exits. What a node needs in several mentions, it needs in all of them.
func NewPlan(p *Program) *Plan {
	n := newNetwork(p)
	return n.plan(len(n.edges))
}

// Index is the place in Nodes of the node with this name.
func (p *Plan) Index(name string) (index int, ok bool) {
	index, ok = p.index[name]
	return index, ok
}

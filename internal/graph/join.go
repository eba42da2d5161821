// This file owns how parts become one: what is nested in its own kind is made flat, for brackets that change nothing
// must not change the tree.

package graph

func joinSeq(parts []Node) Node {
	steps := flat(parts, func(part Node) []Node {
		if inner, ok := part.(*Seq); ok {
			return inner.Steps
		}
		return nil
	})
	return &Seq{Steps: steps, At: steps[0].Position()}
}

func joinAll(parts []Node) Node {
	branches := flat(parts, func(part Node) []Node {
		if inner, ok := part.(*All); ok {
			return inner.Branches
		}
		return nil
	})
	return &All{Branches: branches, At: branches[0].Position()}
}

func joinAny(parts []Node) Node {
	branches := flat(parts, func(part Node) []Node {
		if inner, ok := part.(*Any); ok {
			return inner.Branches
		}
		return nil
	})
	return &Any{Branches: branches, At: branches[0].Position()}
}

// flat puts what is inside a part in its place. nil: nothing is inside.
func flat(parts []Node, inside func(Node) []Node) []Node {
	nodes := make([]Node, 0, len(parts))
	for _, part := range parts {
		if inner := inside(part); inner != nil {
			nodes = append(nodes, inner...)
		} else {
			nodes = append(nodes, part)
		}
	}
	return nodes
}

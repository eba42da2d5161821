// This file owns the warnings about a flow file: what is allowed and probably not meant.

package pyoco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/lex"
)

// maxWarnings is how many warnings of one kind are given; the others are counted.
const maxWarnings = 20

// warnings gathers those of one kind.
type warnings struct {
	list []string
	more int
}

func (w *warnings) add(format string, args ...any) {
	if len(w.list) == maxWarnings {
		w.more++
		return
	}
	w.list = append(w.list, fmt.Sprintf(format, args...))
}

// take adds them to the flow's own; of says what those beyond the limit are.
func (f *Flow) take(w warnings, of string) {
	f.warnings = append(f.warnings, w.list...)
	if w.more > 0 {
		f.warnings = append(f.warnings, fmt.Sprintf(of, w.more))
	}
}

// warnUnused names the declared tasks that stand nowhere in the graph.
func (f *Flow) warnUnused(names []string) {
	used := make(map[*flowTask]bool, len(f.plan.Tasks))
	for _, node := range f.plan.Tasks {
		used[f.declared(node)] = true
	}
	var w warnings
	for _, name := range names {
		if !used[f.tasks[name]] {
			w.add("tasks.%s: stands nowhere in the graph and does not run", clip(name, maxShown))
		}
	}
	f.take(w, "tasks: %d more stand nowhere in the graph")
}

// warnRepeated names the keys that stand twice in one map, of which YAML takes the last.
func (f *Flow) warnRepeated(root *yaml.Node) {
	var w warnings
	var look func(n *yaml.Node)
	look = func(n *yaml.Node) {
		var lines map[string]int
		if n.Kind == yaml.MappingNode && len(n.Content) > 2 {
			lines = make(map[string]int, len(n.Content)/2)
		}
		for i, child := range n.Content {
			if lines != nil && i%2 == 0 && child.Kind == yaml.ScalarNode && child.Tag != "!!merge" {
				if first, again := lines[child.Value]; again {
					w.add("line %d: the key %q stands in line %d already, and only the last one counts", child.Line, clip(child.Value, maxShown), first)
				}
				lines[child.Value] = child.Line
			}
			look(child) // aliases have no content of their own
		}
	}
	look(root)
	f.take(w, "%d more keys are repeated")
}

// warnReferences names the inputs that look like references and lead nowhere: the task that has one will fail.
func (f *Flow) warnReferences(names []string) {
	var w warnings
	nodes, visible := f.Tasks(), f.visibleNames()
	for _, name := range names {
		for _, in := range f.tasks[name].inputs {
			var text string
			if !bytes.HasPrefix(in.value, []byte(`"$`)) || json.Unmarshal(in.value, &text) != nil {
				continue
			}
			mistake, near := f.referenceMistake(name, text, nodes, visible)
			if mistake != "" && len(w.list) < maxWarnings { // looking for what was meant takes its time
				mistake += near.suggestion()
			}
			if mistake != "" {
				w.add("tasks.%s.inputs.%s: %s %s", clip(name, maxShown), clip(in.name, maxShown), clip(text, maxShown), mistake)
			}
		}
	}
	f.take(w, "tasks: %d more inputs have such references")
}

// visibleNames are what $ctx may have in this flow: the areas, and the names that its loops give.
func (f *Flow) visibleNames() []string {
	names := []string{"params", "results", "scratch", "artifacts", "loop", "loops"}
	var look func(*graph.Plan)
	look = func(p *graph.Plan) {
		for _, node := range p.Nodes {
			if node.Loop != nil {
				names = append(names, node.Loop.Item, node.Loop.Index)
			}
			for _, body := range node.Bodies {
				look(body)
			}
		}
	}
	look(f.plan)
	return names
}

// misspelt is a name that is not known, and those that are.
type misspelt struct {
	name  string
	known []string
}

// suggestion names what was probably meant, if anything is like it.
func (m misspelt) suggestion() string {
	if near := lex.Nearest(m.name, m.known); near != "" {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ""
}

// referenceMistake says why a reference of a task leads nowhere; "": it may lead somewhere.
func (f *Flow) referenceMistake(task, text string, nodes, visible []string) (mistake string, near misspelt) {
	root, path, _ := strings.Cut(text, ".")
	first, rest, _ := strings.Cut(path, ".")
	switch root {
	case "$node":
		word, _, _ := strings.Cut(rest, ".")
		if _, known := f.plan.Index(first); !known {
			return "names no node of the graph", misspelt{first, nodes}
		}
		if word != "output" {
			return "must be $node.<task>.output, with or without a path behind it", misspelt{}
		}
		if first == task && len(f.plan.Tasks) > 0 && !f.loops() {
			return "is the task's own output, which it can't have yet", misspelt{}
		}
	case "$ctx":
		if !slices.Contains(visible, first) || first == "" {
			return "is not in $ctx", misspelt{first, visible}
		}
	case "$env":
		if !f.exposeEnv[path] {
			return "is not in runtime.expose_env", misspelt{}
		}
	default:
		return "is taken as a text: references begin with $node, $ctx or $env", misspelt{root, []string{"$node", "$ctx", "$env"}}
	}
	return "", misspelt{}
}

// loops says whether the flow has a loop, in which a task may see what it gave a round before.
func (f *Flow) loops() bool {
	return slices.ContainsFunc(f.plan.Nodes, func(n graph.PlanNode) bool { return len(n.Bodies) > 0 })
}

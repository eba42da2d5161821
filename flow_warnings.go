// This file owns the warnings about a flow file: what is allowed and probably not meant.

package pyoco

import (
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
		lines := map[string]int{}
		for i, child := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 && child.Kind == yaml.ScalarNode && child.Tag != "!!merge" {
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
	visible := f.visibleNames()
	for _, name := range names {
		for _, in := range f.tasks[name].inputs {
			var text string
			if json.Unmarshal(in.value, &text) != nil || !strings.HasPrefix(text, "$") {
				continue
			}
			if mistake := f.referenceMistake(name, text, visible); mistake != "" {
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

// referenceMistake says why a reference of a task leads nowhere; "": it may lead somewhere.
func (f *Flow) referenceMistake(task, text string, visible []string) string {
	root, path, _ := strings.Cut(text, ".")
	first, rest, _ := strings.Cut(path, ".")
	switch root {
	case "$node":
		word, _, _ := strings.Cut(rest, ".")
		if _, known := f.plan.Index(first); !known {
			return "names no node of the graph" + meant(first, f.Tasks())
		}
		if word != "output" {
			return "must be $node.<task>.output, with or without a path behind it"
		}
		if first == task && len(f.plan.Tasks) > 0 && !f.loops() {
			return "is the task's own output, which it can't have yet"
		}
	case "$ctx":
		if !slices.Contains(visible, first) || first == "" {
			return "is not in $ctx" + meant(first, visible)
		}
	case "$env":
		if !f.exposeEnv[path] {
			return "is not in runtime.expose_env"
		}
	default:
		return "is taken as a text: references begin with $node, $ctx or $env" + meant(root, []string{"$node", "$ctx", "$env"})
	}
	return ""
}

// loops says whether the flow has a loop, in which a task may see what it gave a round before.
func (f *Flow) loops() bool {
	return slices.ContainsFunc(f.plan.Nodes, func(n graph.PlanNode) bool { return len(n.Bodies) > 0 })
}

// meant suggests a name that is nearly the same.
func meant(unknown string, known []string) string {
	if near := lex.Nearest(unknown, known); near != "" {
		return fmt.Sprintf(": did you mean %s?", near)
	}
	return ""
}

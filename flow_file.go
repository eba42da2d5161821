// This file owns the flow file: its top level, the graph and what the worker's environment may show. Tasks are in
// flow_task.go, what YAML means in flow_yaml.go.

package pyoco

import (
	"encoding/json"
	"errors"

	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco/internal/graph"
)

const (
	maxWorkflowBytes = 256 << 10 // default of PYOCO_WORKFLOW_YAML_MAX_BYTES
	maxParamsBytes   = 256 << 10 // default of PYOCO_PARAMS_MAX_BYTES
	mostParamsBytes  = 512 << 10 // what a gateway can be told to take
)

// ParseFlow reads a flow file (YAML, or JSON as a part of it). Nothing in it is executed. What is wrong is an
// *InvalidError that names the key, or the line and column; a mistake in the graph comes with the line and a caret.
func ParseFlow(text []byte) (*Flow, error) { return parseFlow(text, graph.Limits{}) }

func parseFlow(text []byte, limits graph.Limits) (*Flow, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	if err := refuseUnsupported(root); err != nil {
		return nil, err
	}
	top, err := yamlMap("workflow", root, "version", "flow", "tasks", "pipes", "runtime")
	if err != nil {
		return nil, err
	}
	if v := top["version"]; v != nil {
		if data, err := yamlJSON("version", v); err != nil || string(data) != "1" {
			return nil, invalid("version", "must be 1, got %s (line %d)", shown(v), v.Line)
		}
	}
	f := &Flow{tasks: map[string]*flowTask{}, exposeEnv: map[string]bool{}}
	names, err := f.readTasks(top["tasks"])
	if err != nil {
		return nil, err
	}
	if err := f.readRuntime(top["runtime"]); err != nil {
		return nil, err
	}
	pipes, err := f.readPipes(top["pipes"])
	if err != nil {
		return nil, err
	}
	f.warnRepeated(root)
	if err := f.readFlow(top["flow"], graph.Options{Names: names, Pipes: pipes, Limits: limits}); err != nil {
		return nil, err
	}
	return f, nil
}

// refuseUnsupported names the keys of other pyoco files that a flow file can't have.
func refuseUnsupported(root *yaml.Node) error {
	if root.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i < len(root.Content); i += 2 {
		switch key := root.Content[i]; key.Value {
		case "flows":
			return invalid("flows", "is not supported: a file has one flow, under the key flow (line %d)", key.Line)
		case "discovery":
			return invalid("discovery", "is not supported: declare each task under the key tasks (line %d)", key.Line)
		}
	}
	return nil
}

// readFlow reads the graph, of which opts say what it may hold, and the defaults.
func (f *Flow) readFlow(n *yaml.Node, opts graph.Options) error {
	if n == nil {
		return invalid("flow", `is required: flow: {graph: "a >> b"}`)
	}
	keys, err := yamlMap("flow", n, "graph", "defaults", "timeout_sec")
	if err != nil {
		return err
	}
	text, err := yamlText("flow.graph", keys["graph"])
	if err != nil {
		return err
	}
	program, err := graph.Parse(text, opts)
	var mistake *graph.Error
	if errors.As(err, &mistake) {
		return invalid("flow.graph", "%s\n%s", mistake.Error(), mistake.Snippet())
	} else if err != nil {
		return invalid("flow.graph", "%v", err)
	}
	f.program, f.plan = program, graph.NewPlan(program)
	if at, newer := graph.Newer(text); newer {
		f.additions = append(f.additions, "flow.graph: "+at.String())
	}
	f.warnUnused(opts.Names)
	f.warnReferences(opts.Names)
	if err := readNumbers("flow", keys, []policyNumber{{"timeout_sec", "a number", 0.001, maxTimeoutSec, func(v float64) { f.timeout = seconds(v) }}}); err != nil {
		return err
	}
	if keys["timeout_sec"] != nil {
		f.additions = append(f.additions, "flow.timeout_sec")
	}
	return f.readDefaults(keys["defaults"])
}

// readPipes reads the texts that the graph may put in by name.
func (f *Flow) readPipes(n *yaml.Node) (map[string]string, error) {
	if absent(n) {
		return nil, nil
	}
	f.additions = append(f.additions, "pipes")
	if n.Kind != yaml.MappingNode {
		return nil, invalid("pipes", "must be a map of graph texts, got %s (line %d)", shown(n), n.Line)
	}
	entries, err := yamlNamed("pipes", n)
	if err != nil {
		return nil, err
	}
	pipes := make(map[string]string, len(entries))
	for _, entry := range entries {
		if pipes[entry.name], err = yamlText("pipes."+clip(entry.name, maxShown), entry.value); err != nil {
			return nil, err
		}
	}
	return pipes, nil
}

func (f *Flow) readDefaults(n *yaml.Node) (err error) {
	f.defaults = json.RawMessage("{}")
	if absent(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return invalid("flow.defaults", "must be a map, got %s (line %d)", kindOfNode(n), n.Line)
	}
	if f.defaults, err = yamlJSON("flow.defaults", n); err != nil {
		return err
	}
	if len(f.defaults) > maxParamsBytes {
		return tooLarge("flow.defaults", maxParamsBytes, len(f.defaults))
	}
	return nil
}

func (f *Flow) readRuntime(n *yaml.Node) error {
	if absent(n) {
		return nil
	}
	keys, err := yamlMap("runtime", n, "expose_env")
	if err != nil {
		return err
	}
	names, err := yamlTexts("runtime.expose_env", keys["expose_env"])
	for _, name := range names {
		f.exposeEnv[name] = true
	}
	return err
}

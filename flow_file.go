// This file owns the flow file: which keys it may have, what they must hold, and where the limits are.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"github.com/pyoco/pyoco/internal/graph"
)

const (
	maxWorkflowBytes = 256 << 10 // default of PYOCO_WORKFLOW_YAML_MAX_BYTES
	maxParamsBytes   = 256 << 10
	maxYAMLDepth     = 128
	maxYAMLNodes     = 100_000
)

// ParseFlow reads a flow file (YAML, or JSON as a part of it). Nothing in it is executed. What is wrong is an
// *InvalidError that names the key, or the line and column; a mistake in the graph comes with the line and a caret.
func ParseFlow(text []byte) (*Flow, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	top, err := yamlMap("workflow", root, "version", "flow", "tasks", "runtime")
	if err != nil {
		return nil, err
	}
	if v := top["version"]; v != nil {
		if data, err := yamlJSON("version", v); err != nil || string(data) != "1" {
			return nil, invalid("version", "must be 1, got %q (line %d)", v.Value, v.Line)
		}
	}
	if top["flow"] == nil {
		return nil, invalid("flow", "is required: flow: {graph: \"a >> b\"}")
	}
	f := &Flow{tasks: map[string]*flowTask{}, exposeEnv: map[string]bool{}}
	names, err := f.readTasks(top["tasks"])
	if err != nil {
		return nil, err
	}
	if err := f.readRuntime(top["runtime"]); err != nil {
		return nil, err
	}
	return f, f.readFlow(top["flow"], names)
}

// readFlow reads the graph and the defaults.
func (f *Flow) readFlow(n *yaml.Node, names []string) error {
	keys, err := yamlMap("flow", n, "graph", "defaults")
	if err != nil {
		return err
	}
	text, err := yamlText("flow.graph", keys["graph"])
	if err != nil {
		return err
	}
	program, err := graph.Parse(text, graph.Options{Names: names})
	var mistake *graph.Error
	if errors.As(err, &mistake) {
		return invalid("flow.graph", "%s\n%s", mistake.Error(), mistake.Snippet())
	} else if err != nil {
		return invalid("flow.graph", "%v", err)
	}
	f.plan = graph.NewPlan(program)
	for _, name := range names {
		if _, used := f.plan.Index(name); !used {
			f.warnings = append(f.warnings, fmt.Sprintf("tasks.%s: stands nowhere in the graph and does not run", name))
		}
	}
	f.defaults = json.RawMessage("{}")
	if d := keys["defaults"]; d != nil && d.Tag != "!!null" {
		if d.Kind != yaml.MappingNode {
			return invalid("flow.defaults", "must be a map (line %d)", d.Line)
		}
		if f.defaults, err = yamlJSON("flow.defaults", d); err != nil {
			return err
		}
		if len(f.defaults) > maxParamsBytes {
			return tooLarge("flow.defaults", maxParamsBytes, len(f.defaults))
		}
	}
	return nil
}

// readTasks reads the declared tasks and gives their names in the order of the file.
func (f *Flow) readTasks(n *yaml.Node) ([]string, error) {
	if n == nil {
		return []string{}, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, invalid("tasks", "must be a map of task names (line %d)", n.Line)
	}
	names := []string{}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		task, err := readTask("tasks."+name, name, n.Content[i+1])
		if err != nil {
			return nil, err
		}
		if f.tasks[name] == nil {
			names = append(names, name)
		}
		f.tasks[name] = task
	}
	return names, nil
}

func readTask(field, name string, n *yaml.Node) (*flowTask, error) {
	t := &flowTask{lookup: name, policy: policy{retryDelay: defaultRetryDelay}}
	if n.Tag == "!!null" {
		return t, nil
	}
	keys, err := yamlMap(field, n, "callable", "use", "inputs", "outputs", "retries", "retry_delay_sec", "timeout_sec", "fail_policy")
	if err != nil {
		return nil, err
	}
	if keys["callable"] != nil && keys["use"] != nil {
		return nil, invalid(field, "has both callable and use: keep one (line %d)", n.Line)
	}
	for key, separator := range map[string]string{"callable": ":", "use": "/"} {
		if keys[key] == nil {
			continue
		}
		if t.lookup, err = yamlText(field+"."+key, keys[key]); err != nil {
			return nil, err
		}
		before, after, found := strings.Cut(t.lookup, separator)
		if !found || before == "" || after == "" {
			return nil, invalid(field+"."+key, "must contain %q with a name on both sides, got %q (line %d)", separator, t.lookup, keys[key].Line)
		}
	}
	if err := t.readInputs(field, keys["inputs"]); err != nil {
		return nil, err
	}
	if err := t.readOutputs(field, keys["outputs"]); err != nil {
		return nil, err
	}
	return t, t.policy.read(field, keys)
}

func (t *flowTask) readInputs(field string, n *yaml.Node) error {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return invalid(field+".inputs", "must be a map (line %d)", n.Line)
	}
	for i := 0; i < len(n.Content); i += 2 {
		name := n.Content[i].Value
		value, err := yamlJSON(field+".inputs."+name, n.Content[i+1])
		if err != nil {
			return err
		}
		t.inputs = slices.DeleteFunc(t.inputs, func(in input) bool { return in.name == name })
		t.inputs = append(t.inputs, input{name: name, value: value})
	}
	return nil
}

func (t *flowTask) readOutputs(field string, n *yaml.Node) error {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	if n.Kind != yaml.SequenceNode {
		return invalid(field+".outputs", "must be a list of places like scratch.page (line %d)", n.Line)
	}
	for _, item := range n.Content {
		place, err := yamlText(field+".outputs", item)
		if err != nil {
			return err
		}
		area, rest, _ := strings.Cut(place, ".")
		if rest == "" || !slices.Contains([]string{"scratch", "params", "results"}, area) {
			return invalid(field+".outputs", "must be scratch.…, params.… or results.…, got %q (line %d)", place, item.Line)
		}
		t.outputs = append(t.outputs, place)
	}
	return nil
}

func (p *policy) read(field string, keys map[string]*yaml.Node) error {
	numbers := []struct {
		key      string
		max      float64
		whole    bool
		positive bool
		set      func(float64)
	}{
		{"retries", 1000, true, false, func(v float64) { p.retries = int(v) }},
		{"retry_delay_sec", 86400, false, false, func(v float64) { p.retryDelay = seconds(v) }},
		{"timeout_sec", 30 * 86400, false, true, func(v float64) { p.timeout = seconds(v) }},
	}
	for _, number := range numbers {
		n := keys[number.key]
		if n == nil || n.Tag == "!!null" {
			continue
		}
		data, err := yamlJSON(field+"."+number.key, n)
		var v float64
		if err != nil || json.Unmarshal(data, &v) != nil || v < 0 || v > number.max ||
			number.whole && v != float64(int(v)) || number.positive && v == 0 {
			return invalid(field+"."+number.key, "must be a number from 0 to %v, got %q (line %d)", number.max, n.Value, n.Line)
		}
		number.set(v)
	}
	if n := keys["fail_policy"]; n != nil {
		if n.Value != "stop" && n.Value != "isolate" {
			return invalid(field+".fail_policy", "must be stop or isolate, got %q (line %d)", n.Value, n.Line)
		}
		p.isolate = n.Value == "isolate"
	}
	return nil
}

func (f *Flow) readRuntime(n *yaml.Node) error {
	if n == nil || n.Tag == "!!null" {
		return nil
	}
	keys, err := yamlMap("runtime", n, "expose_env")
	if err != nil {
		return err
	}
	list := keys["expose_env"]
	if list == nil || list.Tag == "!!null" {
		return nil
	}
	if list.Kind != yaml.SequenceNode {
		return invalid("runtime.expose_env", "must be a list of names (line %d)", list.Line)
	}
	for _, item := range list.Content {
		name, err := yamlText("runtime.expose_env", item)
		if err != nil {
			return err
		}
		f.exposeEnv[name] = true
	}
	return nil
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

// parseYAML gives the root node of the only document in text.
func parseYAML(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, invalid("workflow", "is empty: a flow file has version, flow and tasks")
	} else if err != nil {
		return nil, invalid("workflow", "is not YAML: %s", strings.TrimPrefix(err.Error(), "yaml: "))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, invalid("workflow", "must be one document")
	}
	count := 0
	if err := checkYAML(doc.Content[0], 0, &count); err != nil {
		return nil, err
	}
	return doc.Content[0], nil
}

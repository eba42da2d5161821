// This file owns the tasks of a flow file: what each may say, and within which limits.

package pyoco

import (
	"encoding/json"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

// maxOutputDepth bounds the path of an output: each name in it makes an object around the value.
const maxOutputDepth = 32

// readTasks reads the declared tasks and gives their names in the order of the file.
func (f *Flow) readTasks(n *yaml.Node) ([]string, error) {
	if n == nil {
		return []string{}, nil
	}
	if n.Kind != yaml.MappingNode {
		return nil, invalid("tasks", "must be a map of task names, got %s (line %d)", shown(n), n.Line)
	}
	entries, err := yamlNamed("tasks", n)
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.name
		if f.tasks[entry.name], err = f.readTask("tasks."+clip(entry.name, maxShown), entry.name, entry.value); err != nil {
			return nil, err
		}
	}
	return names, nil
}

// additions are the keys of a task that Python workers don't know.
var additions = []string{"use", "retries", "retry_delay_sec", "retry_backoff", "timeout_sec", "fail_policy"}

func (f *Flow) readTask(field, name string, n *yaml.Node) (*flowTask, error) {
	t := &flowTask{lookup: name, policy: policy{retryDelay: defaultRetryDelay}}
	if absent(n) {
		return t, nil
	}
	keys, err := yamlMap(field, n, "callable", "use", "inputs", "outputs", "retries", "retry_delay_sec", "retry_backoff", "timeout_sec", "fail_policy")
	if err != nil {
		return nil, err
	}
	for _, key := range additions {
		if keys[key] != nil {
			f.additions = append(f.additions, field+"."+key)
		}
	}
	if err := t.readLookup(field, keys); err != nil {
		return nil, err
	}
	if err := t.readInputs(field+".inputs", keys["inputs"]); err != nil {
		return nil, err
	}
	if err := t.readOutputs(field+".outputs", keys["outputs"]); err != nil {
		return nil, err
	}
	if err := t.policy.read(field, keys); err != nil {
		return nil, err
	}
	return t, nil
}

// readLookup reads what the task is registered as, where that isn't its own name.
func (t *flowTask) readLookup(field string, keys map[string]*yaml.Node) (err error) {
	if keys["callable"] != nil && keys["use"] != nil {
		return invalid(field, "has both callable and use: keep one (line %d)", keys["use"].Line)
	}
	for _, form := range []struct{ key, separator string }{{"callable", ":"}, {"use", "/"}} {
		n := keys[form.key]
		if n == nil {
			continue
		}
		if t.lookup, err = yamlText(field+"."+form.key, n); err != nil {
			return err
		}
		before, after, found := strings.Cut(t.lookup, form.separator)
		if !found || before == "" || after == "" {
			return invalid(field+"."+form.key, "must contain %q with a name on both sides, got %s (line %d)", form.separator, shown(n), n.Line)
		}
	}
	return nil
}

func (t *flowTask) readInputs(field string, n *yaml.Node) error {
	if absent(n) {
		return nil
	}
	if n.Kind != yaml.MappingNode {
		return invalid(field, "must be a map, got %s (line %d)", shown(n), n.Line)
	}
	entries, err := yamlNamed(field, n)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		value, err := yamlJSON(field+"."+clip(entry.name, maxShown), entry.value)
		if err != nil {
			return err
		}
		t.inputs = append(t.inputs, input{name: entry.name, value: value})
	}
	return nil
}

func (t *flowTask) readOutputs(field string, n *yaml.Node) (err error) {
	t.outputs, err = yamlTexts(field, n)
	for i, place := range t.outputs {
		if reason := outputMistake(place); reason != "" {
			return invalid(field, "%s (line %d)", reason, n.Content[i].Line)
		}
	}
	return err
}

const (
	maxRetries       = 1000
	maxBackoffFactor = 100
)

// maxTimeoutSec bounds every time that a flow file gives, in seconds: 30 days.
const maxTimeoutSec = 30 * 86400

// policyNumber is a key that holds a number, with its bounds.
type policyNumber struct {
	key      string
	kind     string
	min, max float64
	set      func(float64)
}

func readNumbers(field string, keys map[string]*yaml.Node, numbers []policyNumber) error {
	for _, number := range numbers {
		n := keys[number.key]
		if absent(n) {
			continue
		}
		data, err := yamlJSON(field+"."+number.key, n)
		var v float64
		if err != nil || json.Unmarshal(data, &v) != nil || v < number.min || v > number.max ||
			number.kind == "a whole number" && v != float64(int(v)) {
			return invalid(field+"."+number.key, "must be %s from %v to %.0f, got %s (line %d)",
				number.kind, number.min, number.max, shown(n), n.Line)
		}
		number.set(v)
	}
	return nil
}

func (p *policy) read(field string, keys map[string]*yaml.Node) error {
	err := readNumbers(field, keys, []policyNumber{
		{"retries", "a whole number", 0, maxRetries, func(v float64) { p.retries = int(v) }},
		{"retry_delay_sec", "a number", 0, 86400, func(v float64) { p.retryDelay = seconds(v) }},
		{"timeout_sec", "a number", 0.001, maxTimeoutSec, func(v float64) { p.timeout = seconds(v) }},
	})
	if err != nil {
		return err
	}
	if err := p.readBackoff(field+".retry_backoff", keys["retry_backoff"]); err != nil {
		return err
	}
	n := keys["fail_policy"]
	if absent(n) {
		return nil
	}
	if n.Value != "stop" && n.Value != "isolate" {
		return invalid(field+".fail_policy", "must be stop or isolate, got %s (line %d)", shown(n), n.Line)
	}
	p.isolate = n.Value == "isolate"
	return nil
}

// readBackoff reads how the pauses between tries grow and vary.
func (p *policy) readBackoff(field string, n *yaml.Node) error {
	if absent(n) {
		return nil
	}
	keys, err := yamlMap(field, n, "factor", "cap_sec", "jitter")
	if err != nil {
		return err
	}
	return readNumbers(field, keys, []policyNumber{
		{"factor", "a number", 1, maxBackoffFactor, func(v float64) { p.backoff.Factor = v }},
		{"cap_sec", "a number", 0.001, maxTimeoutSec, func(v float64) { p.backoff.Cap = seconds(v) }},
		{"jitter", "a number", 0, 1, func(v float64) { p.backoff.Jitter = v }},
	})
}

func seconds(v float64) time.Duration { return time.Duration(v * float64(time.Second)) }

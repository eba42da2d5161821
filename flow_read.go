// This file owns reading what a flow file must hold in one place: a map with fixed keys, named entries, texts.

package pyoco

import (
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// yamlMap gives the values of a map that may have only these keys.
func yamlMap(field string, n *yaml.Node, allowed ...string) (map[string]*yaml.Node, error) {
	if n.Kind != yaml.MappingNode {
		return nil, invalid(field, "must be a map with the keys %s, got %s (line %d)", strings.Join(allowed, ", "), shown(n), n.Line)
	}
	entries, err := yamlEntries(n)
	if err != nil {
		return nil, under(field, err)
	}
	values := map[string]*yaml.Node{}
	for _, entry := range entries {
		if !entry.text || !slices.Contains(allowed, entry.name) {
			return nil, invalid(field, "unknown key %q (line %d); allowed: %s", clip(entry.name, maxShown), entry.line, strings.Join(allowed, ", "))
		}
		values[entry.name] = entry.value
	}
	return values, nil
}

// yamlNamed gives the entries of a map whose keys are names of the user's. Where YAML 1.1 takes one for a number or a
// boolean, the file means something else than it shows, and is refused.
func yamlNamed(field string, n *yaml.Node) ([]yamlEntry, error) {
	entries, err := yamlEntries(n)
	if err != nil {
		return nil, under(field, err)
	}
	for _, entry := range entries {
		if !entry.text {
			return nil, invalid(field, "YAML reads a key as %s and not as a text: put it in quotes (line %d)", clip(entry.name, maxShown), entry.line)
		}
	}
	return entries, nil
}

// yamlText gives a text that must be there.
func yamlText(field string, n *yaml.Node) (string, error) {
	if n == nil {
		return "", invalid(field, "is required")
	}
	n = unalias(n)
	if n.Kind == yaml.ScalarNode {
		if data, err := appendScalar(nil, n); err == nil && data[0] == '"' {
			return n.Value, nil
		}
	}
	return "", invalid(field, "must be a text, got %s (line %d)", shown(n), n.Line)
}

// yamlTexts gives a list of texts, which may be missing.
func yamlTexts(field string, n *yaml.Node) ([]string, error) {
	if absent(n) {
		return nil, nil
	}
	if n.Kind != yaml.SequenceNode {
		return nil, invalid(field, "must be a list of texts, got %s (line %d)", shown(n), n.Line)
	}
	texts := make([]string, len(n.Content))
	for i, item := range n.Content {
		var err error
		if texts[i], err = yamlText(field+"."+strconv.Itoa(i), item); err != nil {
			return nil, err
		}
	}
	return texts, nil
}

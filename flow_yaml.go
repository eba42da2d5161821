// This file owns YAML as PyYAML reads it (YAML 1.1): documents, maps and lists from the library's nodes, within limits.
// What a scalar is, is in flow_scalar.go.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

const (
	maxYAMLDepth = 128
	maxYAMLNodes = 100_000
	maxYAMLExtra = 1 << 20 // bytes that following aliases may add to the file's own
	maxShown     = 64      // bytes of the file's own words in one message
)

// parseYAML gives the root node of the only document in text.
func parseYAML(text []byte) (*yaml.Node, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	var doc yaml.Node
	if err := decoder.Decode(&doc); errors.Is(err, io.EOF) {
		return nil, invalid("workflow", "is empty: a flow file has version, flow and tasks")
	} else if err != nil {
		return nil, invalid("workflow", "is not YAML: %s", clip(strings.TrimPrefix(err.Error(), "yaml: "), 256))
	}
	if err := decoder.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return nil, invalid("workflow", "must be one document")
	}
	budget := yamlBudget{nodes: maxYAMLNodes, bytes: len(text) + maxYAMLExtra}
	if err := budget.spend(doc.Content[0], 0); err != nil {
		return nil, err
	}
	return unalias(doc.Content[0]), nil
}

// yamlBudget is what may still be read, with every alias followed: an alias bomb is refused before it goes off.
type yamlBudget struct{ nodes, bytes int }

func (b *yamlBudget) spend(n *yaml.Node, depth int) error {
	b.nodes--
	b.bytes -= len(n.Value)
	switch {
	case depth > maxYAMLDepth:
		return invalid("workflow", "is nested deeper than %d (line %d)", maxYAMLDepth, n.Line)
	case b.nodes < 0, b.bytes < 0:
		err := invalid("workflow", "must be at most %d YAML nodes and %d bytes over the file's own, with every alias followed (line %d)",
			maxYAMLNodes, maxYAMLExtra, n.Line)
		err.TooLarge = true
		return err
	case n.Kind == yaml.AliasNode:
		return b.spend(n.Alias, depth+1)
	case n.Style&yaml.TaggedStyle != 0 && !slices.Contains([]string{"!!str", "!!seq", "!!map"}, n.Tag):
		return invalid("workflow", "the tag %s is not supported (line %d)", clip(n.Tag, maxShown), n.Line)
	}
	for _, child := range n.Content {
		if err := b.spend(child, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func unalias(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// absent says whether a key is missing or null.
func absent(n *yaml.Node) bool { return n == nil || n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// shown is a node as a message shows it.
func shown(n *yaml.Node) string {
	switch n = unalias(n); {
	case n.Kind == yaml.MappingNode:
		return "a map"
	case n.Kind == yaml.SequenceNode:
		return "a list"
	case absent(n):
		return "null"
	}
	if data, err := appendScalar(nil, n); err == nil && data[0] == '"' {
		return strconv.Quote(clip(n.Value, maxShown))
	}
	return clip(n.Value, maxShown)
}

// kindOfNode is a node as a message shows it where params may stand: without its text.
func kindOfNode(n *yaml.Node) string {
	n = unalias(n)
	if n.Kind == yaml.ScalarNode && !absent(n) {
		data, err := appendScalar(nil, n)
		if err != nil {
			return "something else"
		}
		return kindOf(data)
	}
	return shown(n)
}

// yamlEntry is one entry of a map. Its name is the key as the key of a JSON object; text is false for a key that is
// another scalar, as 1 or yes.
type yamlEntry struct {
	name  string
	text  bool
	line  int
	value *yaml.Node // no alias
}

// yamlEntries are the entries of a map: what << merges first, then what the map itself says. A repeated key takes its
// last value.
func yamlEntries(n *yaml.Node) ([]yamlEntry, error) {
	all, err := mergedEntries(n)
	if err != nil {
		return nil, err
	}
	places := make(map[string]int, len(all))
	entries := all[:0]
	for _, entry := range all {
		if i, again := places[entry.name]; again {
			entries[i] = entry
			continue
		}
		places[entry.name] = len(entries)
		entries = append(entries, entry)
	}
	return entries, nil
}

func mergedEntries(n *yaml.Node) ([]yamlEntry, error) {
	var merged, own []yamlEntry
	for i := 0; i < len(n.Content); i += 2 {
		key, value := unalias(n.Content[i]), unalias(n.Content[i+1])
		if key.Tag == "!!merge" {
			more, err := mergeSources(value)
			if err != nil {
				return nil, err
			}
			merged = append(merged, more...)
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return nil, invalid("", "a key must be a text, got %s (line %d)", kindOfNode(key), key.Line)
		}
		name, err := appendScalar(nil, key)
		if err != nil {
			return nil, err
		}
		entry := yamlEntry{name: string(name), line: key.Line, value: value}
		if name[0] == '"' {
			entry.name, entry.text = key.Value, true
		}
		own = append(own, entry)
	}
	return append(merged, own...), nil
}

// mergeSources are the entries of the map, or of the list of maps, behind a <<. Of a list, the first map wins.
func mergeSources(from *yaml.Node) ([]yamlEntry, error) {
	sources := []*yaml.Node{from}
	if from.Kind == yaml.SequenceNode {
		sources = slices.Clone(from.Content)
		slices.Reverse(sources)
	}
	var entries []yamlEntry
	for _, source := range sources {
		if source = unalias(source); source.Kind != yaml.MappingNode {
			return nil, invalid("", "<< must merge a map, got %s (line %d)", kindOfNode(source), source.Line)
		}
		more, err := mergedEntries(source)
		if err != nil {
			return nil, err
		}
		entries = append(entries, more...)
	}
	return entries, nil
}

// appendYAML appends a node as JSON. Its errors name the field as seen from the node; see under.
func appendYAML(dst []byte, n *yaml.Node) ([]byte, error) {
	switch n = unalias(n); n.Kind {
	case yaml.ScalarNode:
		return appendScalar(dst, n)
	case yaml.SequenceNode:
		dst = append(dst, '[')
		for i, item := range n.Content {
			if i > 0 {
				dst = append(dst, ',')
			}
			var err error
			if dst, err = appendYAML(dst, item); err != nil {
				return nil, under(strconv.Itoa(i), err)
			}
		}
		return append(dst, ']'), nil
	}
	entries, err := yamlEntries(n)
	if err != nil {
		return nil, err
	}
	dst = append(dst, '{')
	for i, entry := range entries {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendText(dst, entry.name), ':')
		if dst, err = appendYAML(dst, entry.value); err != nil {
			return nil, under(clip(entry.name, maxShown), err)
		}
	}
	return append(dst, '}'), nil
}

// under puts the name of what is around it before an error's field.
func under(field string, err error) error {
	var e *InvalidError
	if errors.As(err, &e) {
		if e.Field != "" {
			field += "." + e.Field
		}
		e.Field = field
	}
	return err
}

// yamlJSON turns a node into JSON with YAML 1.1's meaning.
func yamlJSON(field string, n *yaml.Node) (json.RawMessage, error) {
	data, err := appendYAML(nil, n)
	return data, under(field, err)
}

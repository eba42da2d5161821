// This file owns YAML as PyYAML reads it (YAML 1.1): scalars are resolved here from the library's nodes.

package pyoco

import (
	"encoding/json"
	"math/big"
	"regexp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// checkYAML bounds depth and size with every alias followed, so that an alias bomb is refused before it goes off.
func checkYAML(n *yaml.Node, depth int, count *int) error {
	if *count++; *count > maxYAMLNodes {
		return tooLarge("workflow", maxYAMLNodes, *count).withUnit("YAML nodes, aliases followed")
	}
	if depth > maxYAMLDepth {
		return invalid("workflow", "is nested deeper than %d (line %d)", maxYAMLDepth, n.Line)
	}
	if n.Kind == yaml.AliasNode {
		return checkYAML(n.Alias, depth+1, count)
	}
	for _, child := range n.Content {
		if err := checkYAML(child, depth+1, count); err != nil {
			return err
		}
	}
	return nil
}

func (e *InvalidError) withUnit(unit string) *InvalidError {
	e.Reason = strings.Replace(e.Reason, "bytes", unit, 1)
	return e
}

// yamlMap gives the values of a map that may have only these keys. A repeated key takes its last value.
func yamlMap(field string, n *yaml.Node, allowed ...string) (map[string]*yaml.Node, error) {
	n = unalias(n)
	if n.Kind != yaml.MappingNode {
		return nil, invalid(field, "must be a map with the keys %s (line %d)", strings.Join(allowed, ", "), n.Line)
	}
	values := map[string]*yaml.Node{}
	for i := 0; i < len(n.Content); i += 2 {
		key := n.Content[i]
		if !slices.Contains(allowed, key.Value) {
			return nil, invalid(field, "unknown key %q (line %d); allowed: %s", key.Value, key.Line, strings.Join(allowed, ", "))
		}
		values[key.Value] = unalias(n.Content[i+1])
	}
	return values, nil
}

func unalias(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// yamlText gives a text that must be there.
func yamlText(field string, n *yaml.Node) (string, error) {
	if n == nil {
		return "", invalid(field, "is required")
	}
	n = unalias(n)
	if n.Kind == yaml.ScalarNode {
		if data, err := yamlJSON(field, n); err == nil && data[0] == '"' {
			return n.Value, nil
		}
	}
	return "", invalid(field, "must be a text (line %d)", n.Line)
}

// yamlJSON turns a node into JSON with YAML 1.1's meaning.
func yamlJSON(field string, n *yaml.Node) (json.RawMessage, error) {
	n = unalias(n)
	switch n.Kind {
	case yaml.ScalarNode:
		return scalarJSON(field, n)
	case yaml.SequenceNode:
		list := make([]json.RawMessage, len(n.Content))
		for i, item := range n.Content {
			var err error
			if list[i], err = yamlJSON(field, item); err != nil {
				return nil, err
			}
		}
		return encode(list)
	default:
		object := map[string]json.RawMessage{}
		if err := mergeYAML(field, n, object); err != nil {
			return nil, err
		}
		return encode(object)
	}
}

// mergeYAML fills object from a map, `<<` first: what the map itself says lies over what it merges.
func mergeYAML(field string, n *yaml.Node, object map[string]json.RawMessage) error {
	for i := 0; i < len(n.Content); i += 2 {
		if n.Content[i].Tag != "!!merge" {
			continue
		}
		from := unalias(n.Content[i+1])
		sources := []*yaml.Node{from}
		if from.Kind == yaml.SequenceNode {
			sources = slices.Clone(from.Content)
			slices.Reverse(sources)
		}
		for _, source := range sources {
			if source = unalias(source); source.Kind != yaml.MappingNode {
				return invalid(field, "<< must merge a map (line %d)", source.Line)
			}
			if err := mergeYAML(field, source, object); err != nil {
				return err
			}
		}
	}
	for i := 0; i < len(n.Content); i += 2 {
		key := unalias(n.Content[i])
		if key.Tag == "!!merge" {
			continue
		}
		if key.Kind != yaml.ScalarNode {
			return invalid(field, "a key must be a text (line %d)", key.Line)
		}
		value, err := yamlJSON(field+"."+key.Value, n.Content[i+1])
		if err != nil {
			return err
		}
		object[key.Value] = value
	}
	return nil
}

// What a plain scalar is, as in PyYAML's resolver.
var (
	yamlBool  = regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)
	yamlNull  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	yamlInt   = regexp.MustCompile(`^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|[-+]?\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	yamlDate  = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)
)

func scalarJSON(field string, n *yaml.Node) (json.RawMessage, error) {
	v := n.Value
	switch explicit := n.Style&yaml.TaggedStyle != 0; {
	case explicit && n.Tag != "!!str":
		return nil, invalid(field, "the tag %s is not supported (line %d)", clip(n.Tag, 64), n.Line)
	case explicit || n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return encode(v)
	case yamlNull.MatchString(v):
		return json.RawMessage("null"), nil
	case yamlBool.MatchString(v):
		return encode(slices.Contains([]string{"yes", "true", "on"}, strings.ToLower(v)))
	case yamlDate.MatchString(v):
		return nil, invalid(field, "a date is not allowed: put %q in quotes (line %d)", v, n.Line)
	case len(v) <= 4300 && yamlInt.MatchString(v):
		return integerJSON(v), nil
	case len(v) <= 4300 && yamlFloat.MatchString(v):
		return floatJSON(field, n)
	}
	return encode(v)
}

// integerJSON is a YAML 1.1 integer in decimal digits: 0b, 0x, a leading 0 for octal, and base 60 by colons.
func integerJSON(v string) json.RawMessage {
	v = strings.ReplaceAll(v, "_", "")
	digits := strings.TrimLeft(v, "+-")
	total := new(big.Int)
	if strings.Contains(digits, ":") {
		for part := range strings.SplitSeq(digits, ":") {
			value, _ := new(big.Int).SetString(part, 10)
			total.Add(total.Mul(total, big.NewInt(60)), value)
		}
	} else if _, ok := total.SetString(digits, 0); !ok {
		total.SetInt64(0) // only underscores after the prefix
	}
	if v[0] == '-' {
		total.Neg(total)
	}
	return json.RawMessage(total.String())
}

// floatJSON is a YAML 1.1 float as the JSON number that reads the same.
func floatJSON(field string, n *yaml.Node) (json.RawMessage, error) {
	v := strings.ToLower(strings.ReplaceAll(n.Value, "_", ""))
	if strings.Contains(v, "inf") || strings.Contains(v, "nan") {
		return nil, invalid(field, "%s is no JSON number (line %d)", n.Value, n.Line)
	}
	sign, digits := "", strings.TrimLeft(v, "+-")
	if v[0] == '-' {
		sign = "-"
	}
	if parts := strings.Split(digits, ":"); len(parts) > 1 {
		total := new(big.Float).SetPrec(64)
		for _, part := range parts {
			value, _, err := big.ParseFloat(strings.TrimSuffix(part, "."), 10, 64, big.ToNearestEven)
			if err != nil {
				return nil, invalid(field, "%q is no number (line %d)", n.Value, n.Line)
			}
			total.Add(total.Mul(total, big.NewFloat(60)), value)
		}
		f, _ := total.Float64()
		return encode(json.Number(sign + jsonFloat(f)))
	}
	mantissa, exponent, _ := strings.Cut(digits, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction == "" {
		fraction = "0"
	}
	number := sign + whole + "." + fraction
	if exponent != "" {
		number += "e" + exponent
	}
	return json.RawMessage(number), nil
}

func jsonFloat(f float64) string {
	data, err := json.Marshal(f)
	if err != nil {
		return "0.0"
	}
	if s := string(data); strings.ContainsAny(s, ".e") {
		return s
	}
	return string(data) + ".0"
}

// This file owns what a scalar of a flow file is: PyYAML's resolver (YAML 1.1), and its values as JSON.

package pyoco

import (
	"math"
	"math/big"
	"regexp"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"
)

// What a plain scalar is, as in PyYAML's resolver. That it knows no sign before a leading dot and no exponent without
// a sign is not a mistake here: files mean the same in both.
var (
	yamlBool  = regexp.MustCompile(`^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$`)
	yamlNull  = regexp.MustCompile(`^(?:~|null|Null|NULL|)$`)
	yamlInt   = regexp.MustCompile(`^[-+]?(?:0b[0-1_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)$`)
	yamlFloat = regexp.MustCompile(`^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+][0-9]+)?|\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\.[0-9_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$`)
	yamlDate  = regexp.MustCompile(`^(?:[0-9]{4}-[0-9]{2}-[0-9]{2}|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:[ \t]*(?:Z|[-+][0-9]{1,2}(?::[0-9]{2})?))?)$`)
)

// maxNumberBytes is where Python stops to read digits, too.
const maxNumberBytes = 4300

// appendScalar appends a scalar as JSON. Numbers stay what they are: a whole number of any size, and 1.0 as 1.0.
func appendScalar(dst []byte, n *yaml.Node) ([]byte, error) {
	const quoted = yaml.TaggedStyle | yaml.DoubleQuotedStyle | yaml.SingleQuotedStyle | yaml.LiteralStyle | yaml.FoldedStyle
	v := n.Value
	switch {
	case n.Style&quoted != 0: // a tag can only be !!str
		return appendText(dst, v), nil
	case yamlNull.MatchString(v):
		return append(dst, "null"...), nil
	case yamlBool.MatchString(v):
		v = strings.ToLower(v)
		return strconv.AppendBool(dst, v == "yes" || v == "true" || v == "on"), nil
	case yamlDate.MatchString(v):
		return nil, invalid("", "a date is not allowed: put %q in quotes (line %d)", v, n.Line)
	}
	whole := yamlInt.MatchString(v)
	switch {
	case !whole && !yamlFloat.MatchString(v):
		return appendText(dst, v), nil
	case len(v) > maxNumberBytes:
		return nil, invalid("", "a number must have at most %d digits, got %d (line %d)", maxNumberBytes, len(v), n.Line)
	case whole:
		return appendInteger(dst, v), nil
	}
	return appendFloat(dst, n)
}

// appendText appends a JSON text. Most need no escape, and no encoder.
func appendText(dst []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			data, _ := encode(v) // of a text, it never fails
			return append(dst, data...)
		}
	}
	return append(append(append(dst, '"'), v...), '"')
}

// appendInteger appends a YAML 1.1 integer in decimal digits: 0b, 0x, a leading 0 for octal, and base 60 by colons.
func appendInteger(dst []byte, v string) []byte {
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
	return total.Append(dst, 10)
}

// appendFloat appends a YAML 1.1 float as the JSON number that reads the same.
func appendFloat(dst []byte, n *yaml.Node) ([]byte, error) {
	v := strings.ToLower(strings.ReplaceAll(n.Value, "_", ""))
	sign, digits := "", strings.TrimLeft(v, "+-")
	if v[0] == '-' {
		sign = "-"
	}
	number := decimal(digits)
	if strings.Contains(digits, ":") {
		total := 0.0
		for part := range strings.SplitSeq(digits, ":") {
			value, _ := strconv.ParseFloat(decimal(part), 64)
			total = total*60 + value
		}
		number = strconv.FormatFloat(total, 'f', -1, 64)
		if !strings.Contains(number, ".") {
			number += ".0"
		}
	}
	if f, err := strconv.ParseFloat(number, 64); err != nil || math.IsInf(f, 0) || math.IsNaN(f) {
		return nil, invalid("", "%s is not a number that JSON can hold (line %d)", clip(n.Value, maxShown), n.Line)
	}
	return append(append(dst, sign...), number...), nil
}

// decimal is a float without sign as JSON spells it: digits on both sides of the point, and no zeros in front.
func decimal(digits string) string {
	mantissa, exponent, _ := strings.Cut(digits, "e")
	whole, fraction, _ := strings.Cut(mantissa, ".")
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if fraction == "" {
		fraction = "0"
	}
	if exponent != "" {
		exponent = "e" + exponent
	}
	return whole + "." + fraction + exponent
}

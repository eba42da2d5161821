// This file owns the ways from JSON to values and back, in which numbers stay what they are.

package expr

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"
)

// FromJSON is a JSON document as a value: 1 is a whole number, 1.0 and 1e3 are floats. As in Python, a float that is too
// large is infinite, and of a name that stands twice the later value counts. A whole number of more than MaxDigits
// digits, which Python refuses to read, stays a [json.Number].
func FromJSON(data []byte) (any, error) {
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		return nil, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("there is something behind the JSON value, at byte %d", decoder.InputOffset())
	}
	return fromDecoder(value), nil
}

// fromDecoder puts numbers in place of what the decoder left of them.
func fromDecoder(v any) any {
	switch v := v.(type) {
	case json.Number:
		return numberOf(string(v))
	case []any:
		for i, item := range v {
			v[i] = fromDecoder(item)
		}
	case map[string]any:
		for key, value := range v {
			v[key] = fromDecoder(value)
		}
	}
	return v
}

// numberOf is a JSON number as a value.
func numberOf(text string) any {
	if !strings.ContainsAny(text, ".eE") {
		if small, err := strconv.ParseInt(text, 10, 64); err == nil {
			return small
		}
		if len(strings.TrimPrefix(text, "-")) > MaxDigits {
			return json.Number(text)
		}
		whole, _ := new(big.Int).SetString(text, 10) // it is digits
		return whole
	}
	float, _ := strconv.ParseFloat(text, 64) // the error says that it is infinite
	return float
}

// AppendJSON appends a value as JSON. A float is written as Python writes it: with the fewest digits that read the same,
// and always with a point or an exponent. Keys are in order. The error names what JSON can't hold: an infinite number,
// NaN, and what is no value.
func AppendJSON(dst []byte, v any) ([]byte, error) {
	switch v := v.(type) {
	case nil:
		return append(dst, "null"...), nil
	case bool:
		return strconv.AppendBool(dst, v), nil
	case int:
		return strconv.AppendInt(dst, int64(v), 10), nil
	case int64:
		return strconv.AppendInt(dst, v, 10), nil
	case *big.Int:
		return v.Append(dst, 10), nil
	case float64:
		return appendFloat(dst, v)
	case json.Number:
		return append(dst, v...), nil
	case string:
		return appendText(dst, v)
	case []any:
		return appendItems(dst, v)
	case Tuple:
		return appendItems(dst, v)
	case map[string]any:
		return appendFields(dst, v)
	}
	return dst, fmt.Errorf("a %T has no form in JSON", v)
}

func appendFloat(dst []byte, v float64) ([]byte, error) {
	if math.IsInf(v, 0) || math.IsNaN(v) {
		return dst, fmt.Errorf("%v is not a number that JSON can hold", v)
	}
	if size := math.Abs(v); v != 0 && (size < 1e-4 || size >= 1e16) {
		return strconv.AppendFloat(dst, v, 'e', -1, 64), nil
	}
	from := len(dst)
	dst = strconv.AppendFloat(dst, v, 'f', -1, 64)
	if !bytes.ContainsRune(dst[from:], '.') {
		dst = append(dst, ".0"...)
	}
	return dst, nil
}

// appendText leaves < > & as they are, unlike json.Marshal.
func appendText(dst []byte, v string) ([]byte, error) {
	buffer := bytes.NewBuffer(dst)
	encoder := json.NewEncoder(buffer)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(buffer.Bytes(), []byte("\n")), err
}

func appendItems(dst []byte, items []any) (_ []byte, err error) {
	dst = append(dst, '[')
	for i, item := range items {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = AppendJSON(dst, item); err != nil {
			return dst, err
		}
	}
	return append(dst, ']'), nil
}

func appendFields(dst []byte, fields map[string]any) (_ []byte, err error) {
	dst = append(dst, '{')
	for i, name := range slices.Sorted(maps.Keys(fields)) {
		if i > 0 {
			dst = append(dst, ',')
		}
		if dst, err = appendText(dst, name); err != nil {
			return dst, err
		}
		if dst, err = AppendJSON(append(dst, ':'), fields[name]); err != nil {
			return dst, err
		}
	}
	return append(dst, '}'), nil
}

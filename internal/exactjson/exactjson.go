// Package exactjson decodes objects whose fields are known by their exact names. encoding/json takes a name in any case
// for a field, so that {"flow_name":"f","FLOW_NAME":"g"} would run g here, and f with every other program that reads it.
//
// This file owns the whole of it: which names a struct has, and how others that come near are kept from the decoder.
package exactjson

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"sync"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// Unmarshal is json.Unmarshal, but that in the object at the top a name stands for a field only where it is written as the
// field's tag is. Others are unknown fields. Offsets in its errors are those in data, which is not changed.
//
// What is right is read by encoding/json/v2, whose names are exact and which takes a third of the time; what that refuses
// is read again as encoding/json does, for its errors and for what it makes of a field of another type.
func Unmarshal[T any](data []byte, v *T) error {
	before := *v
	if v2.Unmarshal(data, v, Lenient) == nil {
		return nil
	}
	*v = before
	if names := namesOf(reflect.TypeFor[T]()); len(names) > 0 {
		data = hide(data, names)
	}
	return json.Unmarshal(data, v)
}

// Lenient are the options with which encoding/json/v2 takes what encoding/json takes.
var Lenient = v2.JoinOptions(jsontext.AllowDuplicateNames(true), jsontext.AllowInvalidUTF8(true))

// hide gives data with every name that is one of names in another case made unknown, at the same length.
func hide(data []byte, names [][]byte) []byte {
	depth, isKey, copied := 0, false, false
	for i := 0; i < len(data); i++ {
		switch data[i] {
		case '{':
			depth++
			isKey = depth == 1
		case '[':
			if depth == 0 {
				return data
			}
			depth++
		case '}', ']':
			depth--
		case ',':
			isKey = depth == 1
		case ':':
			isKey = false
		case '"':
			end := closing(data, i)
			if end < 0 {
				return data // it breaks off: the decoder tells
			}
			if name := data[i+1 : end]; isKey && mistaken(name, names) {
				if !copied {
					data, copied = bytes.Clone(data), true
				}
				copy(data[i+1:end], bytes.Repeat([]byte("-"), len(name)))
			}
			i = end
		}
	}
	return data
}

// closing gives the place of the quote that ends the text which begins at start.
func closing(data []byte, start int) int {
	for from := start + 1; ; {
		n := bytes.IndexByte(data[from:], '"')
		if n < 0 {
			return -1
		}
		end := from + n
		text := data[start+1 : end]
		if escapes := len(text) - len(bytes.TrimRight(text, `\`)); escapes%2 == 0 {
			return end
		}
		from = end + 1
	}
}

// mistaken says that encoding/json takes a name for a field whose name it is not.
func mistaken(name []byte, names [][]byte) bool {
	if bytes.IndexByte(name, '\\') >= 0 {
		var text string
		if json.Unmarshal(slices.Concat([]byte{'"'}, name, []byte{'"'}), &text) != nil {
			return false
		}
		name = []byte(text)
	}
	near := false
	for _, known := range names {
		if bytes.Equal(name, known) {
			return false
		}
		near = near || bytes.EqualFold(name, known)
	}
	return near
}

var known sync.Map // reflect.Type → [][]byte; a cache of what the types say

// namesOf gives the names of a struct's fields, with those of the structs embedded in it.
func namesOf(t reflect.Type) [][]byte {
	if t.Kind() != reflect.Struct {
		return nil
	}
	if names, ok := known.Load(t); ok {
		return names.([][]byte)
	}
	var names [][]byte
	for _, field := range reflect.VisibleFields(t) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous && name == "" || name == "-" || !field.IsExported() {
			continue
		}
		if name == "" {
			name = field.Name
		}
		names = append(names, []byte(name))
	}
	known.Store(t, names)
	return names
}

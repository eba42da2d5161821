// This file owns the plain words for a JSON value of the wrong type: which field it is, what it must be, what came.

package httpedge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// typeError words the decoder's complaint about a value in body.
func typeError(body []byte, wrong *json.UnmarshalTypeError) FieldError {
	kind, number, _ := strings.Cut(wrong.Value, " ")
	got := "a number"
	switch {
	case kind == "string":
		got = "a text"
	case kind == "array":
		got = "a list"
	case kind == "object":
		got = "an object"
	case kind == "bool":
		got = "true or false"
	case number != "":
		got = clip(number)
	}
	field := pathAt(body, wrong.Offset)
	if isInteger(wrong.Type) && number != "" && strings.Trim(number, "-0123456789") == "" {
		return FieldError{field, "is out of range, got " + got}
	}
	return FieldError{field, fmt.Sprintf("must be %s, got %s", describe(wrong.Type, false), got)}
}

func isInteger(t reflect.Type) bool {
	return t.Kind() >= reflect.Int && t.Kind() <= reflect.Uintptr
}

// describe names a type as people do, one or many of it.
func describe(t reflect.Type, many bool) string {
	one, several := "an object", "objects"
	switch kind := t.Kind(); {
	case kind == reflect.Pointer:
		return describe(t.Elem(), many)
	case kind == reflect.String:
		one, several = "a text", "texts"
	case kind == reflect.Bool:
		one, several = "true or false", "true or false"
	case isInteger(t):
		one, several = "a whole number", "whole numbers"
	case kind == reflect.Float32 || kind == reflect.Float64:
		one, several = "a number", "numbers"
	case (kind == reflect.Slice || kind == reflect.Array) && t.Elem().Kind() == reflect.Interface:
		one, several = "a list", "lists"
	case kind == reflect.Slice || kind == reflect.Array:
		one, several = "a list of "+describe(t.Elem(), true), "lists"
	}
	if many {
		return several
	}
	return one
}

// level is a list or an object that a value stands in.
type level struct {
	list  bool
	index int
	key   string
	// named is true between a key and its value.
	named bool
}

// pathAt names the value that ends at offset, or that begins there where it is a list or an object: "tags[1]". The
// decoder itself names fields of structs only. "body" is the document itself.
func pathAt(body []byte, offset int64) string {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var levels []level
	for {
		token, err := decoder.Token()
		if err != nil {
			return "body"
		}
		if d, ok := token.(json.Delim); ok && (d == ']' || d == '}') {
			levels = levels[:len(levels)-1]
			continue
		}
		if n := len(levels); n > 0 {
			top := &levels[n-1]
			if top.list {
				top.index++
			} else if top.named = !top.named; top.named {
				top.key, _ = token.(string)
				continue
			}
		}
		if decoder.InputOffset() >= offset {
			return pathOf(levels)
		}
		if d, ok := token.(json.Delim); ok {
			levels = append(levels, level{list: d == '[', index: -1})
		}
	}
}

func pathOf(levels []level) string {
	var path strings.Builder
	for i, l := range levels {
		switch {
		case l.list:
			path.WriteString("[" + strconv.Itoa(l.index) + "]")
		case i > 0:
			path.WriteString("." + clip(l.key))
		default:
			path.WriteString(clip(l.key))
		}
	}
	if path.Len() == 0 {
		return "body"
	}
	return path.String()
}

// clip shortens what a client sent for an error text.
func clip(s string) string {
	const most = 64
	if runes := []rune(s); len(runes) > most {
		return string(runes[:most]) + "…"
	}
	return s
}

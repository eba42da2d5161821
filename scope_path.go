// This file owns following a path into a JSON value, with the keys that have dots in them.

package pyoco

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// walk follows keys of objects and places in lists.
func walk(text string, value json.RawMessage, path string) (json.RawMessage, error) {
	for {
		key, next, err := descend(value, path)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
		if next == nil {
			return nil, fmt.Errorf("%s: there is no %q", text, key)
		}
		if key == path {
			return next, nil
		}
		value, path = next, path[len(key)+1:]
	}
}

// descend takes the first key of a path. There is no value where there is no such key.
func descend(value json.RawMessage, path string) (key string, next json.RawMessage, err error) {
	switch value = bytes.TrimSpace(value); value[0] {
	case '{':
		var fields map[string]json.RawMessage
		err = json.Unmarshal(value, &fields)
		key, next = walkKey(path, func(name string) json.RawMessage { return fields[name] })
		return key, next, err
	case '[':
		var items []json.RawMessage
		err = json.Unmarshal(value, &items)
		key, _, _ = strings.Cut(path, ".")
		if i, notOne := strconv.Atoi(key); notOne == nil && i >= 0 && i < len(items) {
			next = items[i]
		}
		return key, next, err
	}
	key, _, _ = strings.Cut(path, ".")
	return key, nil, nil
}

// walkKey takes as much of a path as is a key, which may have dots in it: all of it, if there is such a key, else as few of
// its parts as can be. Where there is none, it gives the first part.
func walkKey(path string, get func(string) json.RawMessage) (key string, value json.RawMessage) {
	if value := get(path); value != nil {
		return path, value
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if value := get(path[:i]); value != nil {
			return path[:i], value
		}
	}
	key, _, _ = strings.Cut(path, ".")
	return key, nil
}

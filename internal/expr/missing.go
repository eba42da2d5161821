// This file owns items: how they are taken out of a value, and what is said of one that isn't there.

package expr

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/lex"
)

// item is the value in square brackets.
func (e *evaluation) item(of, key any) (any, *lex.Error) {
	switch of := of.(type) {
	case map[string]any:
		name, ok := key.(string)
		if !ok {
			return nil, &lex.Error{Msg: "a key of a 'dict' is a 'str' here, not " + typeName(key)}
		}
		if value, ok := of[name]; ok {
			return value, nil
		}
		return nil, &lex.Error{Msg: "there is no key " + lex.Quote(name), Hint: hintForKey("the 'dict'", name, of)}
	case string:
		if err := e.spend(4 * len(of) / bytesAStep); err != nil {
			return nil, err
		}
		i, err := place(of, key, utf8.RuneCountInString(of))
		if err != nil {
			return nil, err
		}
		for range i {
			_, size := utf8.DecodeRuneInString(of)
			of = of[size:]
		}
		_, size := utf8.DecodeRuneInString(of)
		return of[:size], nil
	}
	items, kind := itemsOf(of)
	if kind == noItems {
		return nil, &lex.Error{Msg: typeName(of) + " has no items"}
	}
	i, err := place(of, key, len(items))
	if err != nil {
		return nil, err
	}
	return items[i], nil
}

// place is the index that a key means. A negative one counts from the end.
func place(of, key any, length int) (int, *lex.Error) {
	if !isWhole(key) {
		return 0, &lex.Error{Msg: fmt.Sprintf("an index of a %s is an 'int', not %s", typeName(of), typeName(key))}
	}
	i, ok := smallOf(key)
	if i < 0 {
		i += int64(length)
	}
	if !ok || i < 0 || i >= int64(length) {
		return 0, &lex.Error{Msg: "the index is out of range", Hint: fmt.Sprintf("the %s has %d items, the first at 0", typeName(of), length)}
	}
	return int(i), nil
}

// missingPart says that a path doesn't go on: missing is the part of it that value doesn't have.
func missingPart(path, missing string, value any) *lex.Error {
	err := &lex.Error{Msg: "there is no " + lex.Clip(path)}
	owner := lex.Clip(strings.TrimSuffix(path[:len(path)-len(missing)], "."))
	switch value := value.(type) {
	case map[string]any:
		err.Hint = hintForKey(owner, missing, value)
	case []any:
		err.Hint = fmt.Sprintf("%s has %d items, the first at 0", owner, len(value))
	default:
		err.Hint = owner + " is of type " + typeName(value)
	}
	return err
}

// hintForName says what $ctx may hold.
func hintForName(name string) string {
	if name == "loop" || name == "loops" {
		return "it is there only inside of a loop"
	}
	return "$ctx has params, results, scratch, artifacts, loop, loops, and the name of a for-each's item"
}

// mostKeys is how many keys a message names.
const mostKeys = 8

// hintForKey names the key that was probably meant, or else the keys that there are.
func hintForKey(owner, key string, dict map[string]any) string {
	keys := slices.Sorted(maps.Keys(dict))
	first, _, _ := strings.Cut(key, ".")
	if near := cmp.Or(lex.Nearest(key, keys), lex.Nearest(first, keys)); near != "" {
		return "did you mean " + lex.Quote(near) + "?"
	}
	if len(keys) == 0 {
		return owner + " is empty"
	}
	more := ""
	if len(keys) > mostKeys {
		keys, more = keys[:mostKeys], fmt.Sprintf(" and %d more", len(keys)-mostKeys)
	}
	for i, key := range keys {
		keys[i] = lex.Quote(key)
	}
	return owner + " has " + strings.Join(keys, ", ") + more
}

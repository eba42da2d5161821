// This file owns how a path finds its value.

package expr

import (
	"strconv"
	"strings"

	"github.com/pyoco/pyoco/internal/lex"
)

// path is $ctx.<path>.
type path struct {
	at   lex.Pos
	path string
}

func (n *path) eval(e *evaluation) (any, *lex.Error) {
	name, rest, _ := strings.Cut(n.path, ".")
	value, ok := e.env.Ctx(name)
	if !ok {
		return nil, &lex.Error{Pos: n.at, Msg: "there is no $ctx." + lex.Clip(n.path), Hint: hintForName(name)}
	}
	value, missing, err := e.descend(value, rest)
	if missing != "" {
		err = missingPart("$ctx."+n.path, missing, value)
	}
	return value, placed(err, n.at)
}

// field is what a path goes on with after square brackets.
type field struct {
	of   node
	at   lex.Pos
	path string
}

func (n *field) eval(e *evaluation) (any, *lex.Error) {
	of, err := n.of.eval(e)
	if err != nil {
		return nil, err
	}
	value, missing, err := e.descend(of, n.path)
	if missing != "" {
		err = missingPart("[…]."+n.path, missing, value)
	}
	return value, placed(err, n.at)
}

// either is a word that may mean the one or the other.
type either struct{ first, second *path }

func (n *either) eval(e *evaluation) (any, *lex.Error) {
	value, err := n.first.eval(e)
	if err == nil {
		return value, nil
	}
	if value, other := n.second.eval(e); other == nil {
		return value, nil
	}
	return nil, err
}

// variable is $env.<name>.
type variable struct {
	at   lex.Pos
	name string
}

func (n *variable) eval(e *evaluation) (any, *lex.Error) {
	value, err := e.env.Var(n.name)
	if err != nil {
		return nil, &lex.Error{Pos: n.at, Msg: "there is no $env." + lex.Clip(n.name) + " (" + err.Error() + ")"}
	}
	return value, nil
}

// descend goes down a path. Where it doesn't end, missing is the part that is left, and value what doesn't have it.
func (e *evaluation) descend(value any, path string) (_ any, missing string, err *lex.Error) {
	for path != "" {
		if err := e.spend(1 + len(path)/bytesAStep); err != nil {
			return nil, "", err
		}
		key, next, ok := step(value, path)
		if !ok {
			return value, path, nil
		}
		value, path = next, strings.TrimPrefix(path[len(key):], ".")
	}
	return value, "", nil
}

// step takes as much of the path as is a key: all of it, if there is such a key, else as few of its parts as can be.
func step(value any, path string) (key string, next any, ok bool) {
	fields, isDict := value.(map[string]any)
	if !isDict {
		items, _ := itemsOf(value)
		key, _, _ = strings.Cut(path, ".")
		i, err := strconv.ParseUint(key, 10, 31)
		if err != nil || i >= uint64(len(items)) {
			return "", nil, false
		}
		return key, items[i], true
	}
	if next, ok := fields[path]; ok {
		return path, next, true
	}
	for i := range len(path) {
		if path[i] != '.' {
			continue
		}
		if next, ok := fields[path[:i]]; ok {
			return path[:i], next, true
		}
	}
	return "", nil, false
}

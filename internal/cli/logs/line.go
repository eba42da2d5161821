// This file owns the fields of a line: their names, their order, and their values as JSON.

package logs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"time"
)

// line is a record on its way to be written.
type line struct {
	fields  object
	failure *failure
	stack   string
	include bool // what a failure says of where it comes from
}

// object keeps its members in the order in which they came. A name stands once, with the value that came last.
type object []member

type member struct {
	name  string
	value any // of JSON, or *object
}

func (o *object) set(name string, value any) {
	for i := range *o {
		if (*o)[i].name == name {
			(*o)[i].value = value
			return
		}
	}
	*o = append(*o, member{name, value})
}

func (o *object) get(name string) any {
	for _, m := range *o {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// child is the object under a name, made where it is missing.
func (o *object) child(name string) *object {
	if there, ok := o.get(name).(*object); ok {
		return there
	}
	made := &object{}
	o.set(name, made)
	return made
}

// fixed says that every line has a field of that name.
func fixed(name string) bool {
	switch name {
	case "ts", "service", "level", "logger", "message", "pathname", "lineno", "func", "process", "thread":
		return true
	}
	return false
}

// add puts an attribute into an object, by the rules of slog.Handler.
func (l *line) add(into *object, a slog.Attr) {
	value := a.Value.Resolve()
	if a.Key == "" && value.Kind() != slog.KindGroup {
		return
	}
	if value.Kind() == slog.KindGroup {
		if a.Key != "" {
			into = into.child(l.name(into, a.Key))
		}
		for _, inner := range value.Group() {
			l.add(into, inner)
		}
		return
	}
	if into == &l.fields && l.exceptional(a.Key, value) {
		return
	}
	into.set(l.name(into, a.Key), plain(value))
}

// name is the name of an attribute: one that every line uses for itself is told apart by an underscore.
func (l *line) name(into *object, key string) string {
	if into == &l.fields && fixed(key) {
		return key + "_"
	}
	return key
}

// finish adds what follows from other fields.
func (l *line) finish(at source) {
	if id, ok := l.fields.get("err_id").(string); ok && strings.HasPrefix(id, "ERR-") && l.fields.get("msg_id") == nil {
		l.fields.set("msg_id", "MSG-"+strings.TrimPrefix(id, "ERR-"))
	}
	l.addFailure(at)
}

// plain is a value for JSON: errors, times and durations as people write them.
func plain(v slog.Value) any {
	switch v.Kind() {
	case slog.KindDuration:
		return v.Duration().String()
	case slog.KindTime:
		return v.Time().Format(time.RFC3339Nano)
	}
	if err, ok := v.Any().(error); ok {
		return fmt.Sprint(err)
	}
	return v.Any()
}

// json is the line as JSON Lines have it.
func (l *line) json() []byte {
	var b bytes.Buffer
	writeObject(&b, l.fields)
	b.WriteByte('\n')
	return b.Bytes()
}

// writeObject writes the members, but for objects that are empty.
func writeObject(b *bytes.Buffer, o object) {
	b.WriteByte('{')
	first := true
	for _, m := range o {
		inner, isObject := m.value.(*object)
		if isObject && inner.empty() {
			continue
		}
		if !first {
			b.WriteByte(',')
		}
		first = false
		b.Write(encode(m.name))
		b.WriteByte(':')
		if isObject {
			writeObject(b, *inner)
		} else {
			b.Write(encode(m.value))
		}
	}
	b.WriteByte('}')
}

func (o *object) empty() bool {
	for _, m := range *o {
		if inner, ok := m.value.(*object); !ok || !inner.empty() {
			return false
		}
	}
	return true
}

// encode is a value as JSON. One that is not JSON, or that panics on the way, is given as its type: printing it might
// never end.
func encode(value any) (data []byte) {
	defer func() {
		if recover() != nil {
			data = encode(fmt.Sprintf("%T", value))
		}
	}()
	if f, ok := value.(float64); ok && (math.IsNaN(f) || math.IsInf(f, 0)) {
		value = fmt.Sprint(f)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(value) != nil {
		return encode(fmt.Sprintf("%T", value))
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

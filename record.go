// This file owns the JSON of records that several programs write: what we don't know of a record is kept as it is.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"sync"

	v2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	v1 "github.com/go-json-experiment/json/v1"

	"github.com/pyoco/pyoco/internal/exactjson"
)

// decodeRun reads a snapshot as any of its writers makes it.
func decodeRun(data []byte, revision uint64) (*Run, error) {
	r := &Run{}
	if err := r.UnmarshalJSON(finite(data)); err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	r.Revision = revision
	return r, nil
}

// UnmarshalJSON reads a snapshot. A field of another type than ours counts as absent.
func (r *Run) UnmarshalJSON(data []byte) (err error) {
	type plain Run
	*r = Run{}
	r.extra, err = decodeRecord(data, (*plain)(r))
	if len(r.Params) > 0 && r.Params[0] != '{' {
		r.Params = nil
	}
	maps.DeleteFunc(r.TaskRecords, func(_ string, record *TaskRecord) bool { return record == nil })
	return err
}

// MarshalJSON writes the snapshot with the fields that other writers put there.
func (r Run) MarshalJSON() ([]byte, error) { return r.record() }

// record is MarshalJSON without a copy of the run.
func (r *Run) record() ([]byte, error) {
	type plain Run
	return encodeRecord((*plain)(r), r.extra)
}

// UnmarshalJSON reads a task's record. A field of another type than ours counts as absent.
func (t *TaskRecord) UnmarshalJSON(data []byte) (err error) {
	type plain TaskRecord
	*t = TaskRecord{}
	t.extra, err = decodeRecord(data, (*plain)(t))
	return err
}

// MarshalJSON writes the record with the fields that other writers put there.
func (t TaskRecord) MarshalJSON() ([]byte, error) {
	type plain TaskRecord
	return encodeRecord(plain(t), t.extra)
}

// decodeRecord fills record, which is empty and whose type has no method that decodes it, and gives the fields that it has
// no place for. A field of another type than ours counts as absent, and null as well.
func decodeRecord[P any](data []byte, record *P) (map[string]json.RawMessage, error) {
	var all struct {
		Known P                         `json:",embed"`
		Extra map[string]jsontext.Value `json:",embed"`
	}
	if v2.Unmarshal(data, &all, recordOptions) != nil {
		return decodeFields(data, record)
	}
	*record = all.Known
	if len(all.Extra) == 0 {
		return nil, nil
	}
	extra := make(map[string]json.RawMessage, len(all.Extra))
	for name, value := range all.Extra {
		extra[name] = json.RawMessage(value)
	}
	return extra, nil
}

// recordOptions make null of a raw field nothing.
var recordOptions = v2.JoinOptions(exactjson.Lenient,
	v2.WithUnmarshalers(v2.UnmarshalFromFunc(func(d *jsontext.Decoder, raw *json.RawMessage) error {
		value, err := d.ReadValue()
		if *raw = nil; value.Kind() != jsontext.KindNull {
			*raw = json.RawMessage(value.Clone())
		}
		return err
	})))

// decodeFields is decodeRecord for a record that is not as ours are: field by field.
func decodeFields(data []byte, record any) (map[string]json.RawMessage, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(data, &fields); err != nil {
		return nil, err
	}
	value := reflect.ValueOf(record).Elem()
	for name, index := range recordFields(value.Type()) {
		raw, ok := fields[name]
		if !ok {
			continue
		}
		delete(fields, name)
		if bytes.Equal(raw, []byte("null")) {
			continue
		}
		if field := value.Field(index); json.Unmarshal(raw, field.Addr().Interface()) != nil {
			field.SetZero()
		}
	}
	if len(fields) == 0 {
		fields = nil
	}
	return fields, nil
}

// written are the options with which encoding/json/v2 writes what encoding/json writes without escapes for HTML, in less time,
// and a task's record in one go with its run's, and that with its list.
var written = v2.JoinOptions(v1.DefaultOptionsV1(), jsontext.EscapeForHTML(false), v2.WithMarshalers(v2.JoinMarshalers(
	v2.MarshalToFunc(func(e *jsontext.Encoder, r *Run) error {
		type plain Run
		if r == nil || len(r.extra) > 0 {
			return errors.ErrUnsupported // its own method does it
		}
		return v2.MarshalEncode(e, (*plain)(r))
	}),
	v2.MarshalToFunc(func(e *jsontext.Encoder, t *TaskRecord) error {
		type plain TaskRecord
		if t == nil || len(t.extra) > 0 {
			return errors.ErrUnsupported
		}
		return v2.MarshalEncode(e, (*plain)(t))
	}),
)))

// encodeWritten writes records, and what they are in.
func encodeWritten(v any) ([]byte, error) { return v2.Marshal(v, written) }

// encodeRecord writes plain and then extra, sorted, as one object.
func encodeRecord(plain any, extra map[string]json.RawMessage) ([]byte, error) {
	data, err := encodeWritten(plain)
	if err != nil || len(extra) == 0 {
		return data, err
	}
	names := make([]string, 0, len(extra))
	for name := range extra {
		names = append(names, name)
	}
	slices.Sort(names)
	data = data[:len(data)-1]
	for _, name := range names {
		key, err := encode(name)
		if err != nil {
			return nil, err
		}
		if len(data) > 1 {
			data = append(data, ',')
		}
		data = append(append(append(data, key...), ':'), extra[name]...)
	}
	return append(data, '}'), nil
}

var recordTypes sync.Map // reflect.Type → map[string]int; a cache of what the types say

// recordFields are the JSON names of a struct's fields, with their index.
func recordFields(t reflect.Type) map[string]int {
	if known, ok := recordTypes.Load(t); ok {
		return known.(map[string]int)
	}
	names := map[string]int{}
	for i := range t.NumField() {
		name, _, _ := strings.Cut(t.Field(i).Tag.Get("json"), ",")
		if name != "" && name != "-" {
			names[name] = i
		}
	}
	recordTypes.Store(t, names)
	return names
}

// finite turns the bare NaN, Infinity and -Infinity of Python's writers into null; texts stay as they are.
func finite(data []byte) []byte {
	if !bytes.Contains(data, []byte("NaN")) && !bytes.Contains(data, []byte("Infinity")) {
		return data
	}
	out := make([]byte, 0, len(data))
	for i := 0; i < len(data); {
		if data[i] == '"' {
			end := i + 1
			for end < len(data) && data[end] != '"' {
				if data[end] == '\\' {
					end++
				}
				end++
			}
			end = min(end+1, len(data))
			out = append(out, data[i:end]...)
			i = end
			continue
		}
		skip := 0
		for _, token := range []string{"NaN", "Infinity", "-Infinity"} {
			if bytes.HasPrefix(data[i:], []byte(token)) {
				skip = len(token)
			}
		}
		if skip > 0 {
			out = append(out, "null"...)
			i += skip
			continue
		}
		out = append(out, data[i])
		i++
	}
	return out
}

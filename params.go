// This file owns params on their way in: an object as JSON, within its limit.

package pyoco

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/httpedge"
)

// objectOf is v as a JSON object of at most limit bytes; nil is the empty one.
func objectOf(field string, v any, limit int) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	data, err := encode(v)
	if err != nil {
		return nil, invalid(field, "is not JSON: %v", err)
	}
	if data = bytes.TrimSpace(data); !json.Valid(data) {
		return nil, invalid(field, "is not JSON")
	}
	if bytes.Equal(data, []byte("null")) {
		return json.RawMessage("{}"), nil
	}
	switch {
	case data[0] != '{':
		return nil, invalid(field, "must be an object, got %s", kindOf(data))
	case len(data) > limit:
		return nil, tooLarge(field, limit, len(data))
	case !utf8.Valid(data):
		return nil, invalid(field, "must be UTF-8")
	case httpedge.NestedOver(data, maxParamsDepth):
		return nil, invalid(field, "must be nested at most %d deep", maxParamsDepth)
	}
	return data, nil
}

// kindOf says what a JSON value is. Params are never shown in errors: they may hold secrets.
func kindOf(value []byte) string {
	switch value[0] {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case 't', 'f':
		return "true or false"
	case 'n':
		return "null"
	}
	return "a number"
}

// maxParamsDepth is how deep params may be nested, as a JSON body and a flow file may.
const maxParamsDepth = 128

// overlay lays the fields of one object over another's.
func overlay(base, over json.RawMessage) (json.RawMessage, error) {
	var fields, more map[string]json.RawMessage
	if err := json.Unmarshal(base, &fields); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(over, &more); err != nil {
		return nil, err
	}
	for name, value := range more {
		fields[name] = value
	}
	return encode(fields)
}

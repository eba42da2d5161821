// This file owns params on their way in: an object as JSON, within its limit.

package pyoco

import (
	"bytes"
	"encoding/json"
)

// objectOf is v as a JSON object; nil is the empty one.
func objectOf(field string, v any) (json.RawMessage, error) {
	if v == nil {
		return json.RawMessage("{}"), nil
	}
	data, err := encode(v)
	if err != nil {
		return nil, invalid(field, "is not JSON: %v", err)
	}
	data = bytes.TrimSpace(data)
	if bytes.Equal(data, []byte("null")) {
		return json.RawMessage("{}"), nil
	}
	if data[0] != '{' {
		return nil, invalid(field, "must be an object, got %s", clip(string(data), 32))
	}
	if len(data) > maxParamsBytes {
		return nil, tooLarge(field, maxParamsBytes, len(data))
	}
	return data, nil
}

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

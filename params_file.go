// This file owns params that people write into files: an object as JSON, or as YAML with PyYAML's meaning.

package pyoco

import (
	"encoding/json"
	"errors"
	"strings"

	"gopkg.in/yaml.v3"
)

// ParseParams reads an object in JSON or YAML as params. YAML means what PyYAML makes of it, as in a flow file: yes is a
// boolean, 1e3 a text, and a date is refused. Numbers stay what they are. Its errors are ErrInvalid.
func ParseParams(text []byte) (json.RawMessage, error) {
	if json.Valid(text) {
		if value := strings.TrimSpace(string(text)); value[0] != '{' {
			return nil, invalid("params", "must be an object, got %s", kindOf([]byte(value)))
		}
		return objectOf("params", json.RawMessage(text), mostParamsBytes)
	}
	root, err := parseYAML(text)
	var bad *InvalidError
	switch {
	case errors.As(err, &bad):
		bad.Field = "params"
		if strings.HasPrefix(bad.Reason, "is empty") {
			bad.Reason = "must be an object, got nothing"
		}
		return nil, bad
	case err != nil:
		return nil, err
	case root.Kind != yaml.MappingNode:
		return nil, invalid("params", "must be an object, got %s", kindOfNode(root))
	}
	data, err := yamlJSON("params", root)
	if err != nil {
		return nil, err
	}
	return objectOf("params", data, mostParamsBytes)
}

// This file owns holding answers against the description of the HTTP interface: all that the gateway's tests get are.

package pyoco_test

import (
	"mime"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// description is openapi.yaml, with the schemas in it compiled as they are needed.
type description struct {
	document map[string]any

	mu       sync.Mutex
	compiler *jsonschema.Compiler
	schemas  map[string]*jsonschema.Schema
}

var readDescription = sync.OnceValues(func() (*description, error) {
	text, err := os.ReadFile("openapi.yaml")
	if err != nil {
		return nil, err
	}
	d := &description{compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	if err := yaml.Unmarshal(text, &d.document); err != nil {
		return nil, err
	}
	return d, d.compiler.AddResource("openapi.json", d.document)
})

func described(t testing.TB) *description {
	t.Helper()
	d, err := readDescription()
	require.NoError(t, err)
	return d
}

// at gives the node that a path of keys leads to, and its JSON pointer; references on the way are followed.
func (d *description) at(keys ...string) (node map[string]any, pointer string, found bool) {
	node, pointer = d.document, "#"
	for _, key := range keys {
		if node, found = node[key].(map[string]any); !found {
			return nil, "", false
		}
		pointer += "/" + strings.NewReplacer("~", "~0", "/", "~1", "{", "%7B", "}", "%7D").Replace(key)
		if to, is := node["$ref"].(string); is {
			if node, _, found = d.at(strings.Split(strings.TrimPrefix(to, "#/"), "/")...); !found {
				return nil, "", false
			}
			pointer = to
		}
	}
	return node, pointer, true
}

// operation gives the described path that a real one is of; fixed segments go before parameters.
func (d *description) operation(method, path string) (pattern string, found bool) {
	path, _, _ = strings.Cut(path, "?")
	segments := strings.Split(path, "/")
	fixed := -1
	for candidate, operations := range d.document["paths"].(map[string]any) {
		if _, has := operations.(map[string]any)[strings.ToLower(method)]; !has {
			continue
		}
		parts := strings.Split(candidate, "/")
		same := 0
		matches := len(parts) == len(segments)
		for i := 0; matches && i < len(parts); i++ {
			switch {
			case strings.HasPrefix(parts[i], "{"):
				matches = segments[i] != ""
			case parts[i] == segments[i]:
				same++
			default:
				matches = false
			}
		}
		if matches && same > fixed {
			pattern, fixed = candidate, same
		}
	}
	return pattern, fixed >= 0
}

// hold checks an answer: its status is one that its call may have, and its body is as described.
func (d *description) hold(t testing.TB, method, path string, a httpAnswer) {
	t.Helper()
	if method == http.MethodHead {
		return
	}
	pattern, found := d.operation(method, path)
	if !found {
		require.Contains(t, []int{http.StatusNotFound, http.StatusMethodNotAllowed}, a.status, "%s %s is not described", method, path)
		return
	}
	if a.status == http.StatusNotFound && strings.Contains(a.body, "there is nothing here") {
		return // a path that is looked up nowhere, such as one with an encoded slash
	}
	call := []string{"paths", pattern, strings.ToLower(method), "responses", strconv.Itoa(a.status)}
	response, _, found := d.at(call...)
	require.True(t, found, "%s %s: status %d is not described: %s", method, path, a.status, a.body)
	mediaType, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	require.NoError(t, err)
	require.Contains(t, response["content"], mediaType, "%s %s", method, path)
	if strings.HasSuffix(mediaType, "json") {
		_, pointer, found := d.at(append(call, "content", mediaType, "schema")...)
		require.True(t, found)
		d.holdJSON(t, pointer, a.body)
	}
}

// holdJSON checks a text against the schema that a pointer names.
func (d *description) holdJSON(t testing.TB, pointer, text string) {
	t.Helper()
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	require.NoError(t, err)
	require.NoError(t, d.schema(t, pointer).Validate(value), text)
}

func (d *description) schema(t testing.TB, pointer string) *jsonschema.Schema {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.schemas[pointer] == nil {
		compiled, err := d.compiler.Compile("openapi.json" + pointer)
		require.NoError(t, err)
		d.schemas[pointer] = compiled
	}
	return d.schemas[pointer]
}

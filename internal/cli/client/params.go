// This file owns a submission's params from their three sources: a file, a JSON object, and pairs.

package client

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
)

// paramFlags are the flags of the sources.
type paramFlags struct {
	file, object string
	pairs        []string
}

// params lays the sources over each other, the later over the earlier.
func (p *paramFlags) params(cmd *cobra.Command) (map[string]json.RawMessage, error) {
	params := map[string]json.RawMessage{}
	if cmd.Flags().Changed("params-file") {
		text, err := readFile(cmd, "--params-file", p.file)
		if err != nil {
			return nil, err
		}
		object, err := pyoco.ParseParams(text)
		if err == nil {
			err = json.Unmarshal(object, &params)
		}
		if err != nil {
			return nil, cli.Usage(fmt.Sprintf("--params-file %s: %v", p.file, err), `a file with {"x":1} or x: 1: pyoco-client submit --params-file params.yaml`)
		}
	}
	if cmd.Flags().Changed("params") {
		var object map[string]json.RawMessage
		if err := json.Unmarshal([]byte(p.object), &object); err != nil || object == nil {
			return nil, cli.Usage("--params must be a JSON object", `pyoco-client submit --flow-name main --params '{"x":1}'`)
		}
		maps.Copy(params, object)
	}
	for i, pair := range p.pairs {
		key, value, found := strings.Cut(pair, "=")
		if key = strings.TrimSpace(key); !found || key == "" {
			return nil, cli.Usage(fmt.Sprintf("--param must be key=value; number %d of them is not", i+1), "pyoco-client submit --param x=1 --param name=alice")
		}
		params[key] = pairValue(strings.TrimSpace(value))
	}
	return params, nil
}

// pairValue is JSON where it can be read as such, else a text.
func pairValue(value string) json.RawMessage {
	if json.Valid([]byte(value)) {
		return json.RawMessage(value)
	}
	text, _ := json.Marshal(value) // of a text, it never fails
	return text
}

// maxFileBytes bounds what is read of one file; the gateway's limits are far below.
const maxFileBytes = 16 << 20

// readFile reads the file of a flag, or standard input for -.
func readFile(cmd *cobra.Command, flag, name string) ([]byte, error) {
	in := cmd.InOrStdin()
	if name != "-" {
		file, err := os.Open(name)
		if err != nil {
			return nil, unreadable(cmd, flag, err)
		}
		defer file.Close()
		in = file
	}
	data, err := readAll(cmd.Context(), in)
	if cmd.Context().Err() != nil {
		return nil, cmd.Context().Err()
	}
	if err != nil {
		return nil, unreadable(cmd, flag, err)
	}
	if len(data) > maxFileBytes {
		return nil, unreadable(cmd, flag, fmt.Errorf("%s has more than %d bytes", name, maxFileBytes))
	}
	return data, nil
}

// readAll reads up to the limit, or until ctx ends: a terminal gives no end of its own accord. What then still reads ends
// with the process.
func readAll(ctx context.Context, in io.Reader) ([]byte, error) {
	type read struct {
		data []byte
		err  error
	}
	done := make(chan read, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(in, maxFileBytes+1))
		done <- read{data, err}
	}()
	select {
	case r := <-done:
		return r.data, r.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func unreadable(cmd *cobra.Command, flag string, err error) error {
	return cli.Usage(fmt.Sprintf("%s cannot be read: %v", flag, err), "check the path and the permission: "+cli.FirstExample(cmd))
}

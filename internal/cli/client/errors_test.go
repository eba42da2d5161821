// This file owns the tests of bad command lines: the id, the reason and the hint on stderr, and the exit code.

package client_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestABadCommandLineSaysWhatIsRight(t *testing.T) {
	t.Parallel()
	const (
		list   = "pyoco-client list --tag hello --limit 20 --output table"
		vnext  = "pyoco-client list-vnext --limit 20 --output table"
		submit = "pyoco-client submit --flow-name main --param x=1 --tag default"
		yaml   = "pyoco-client submit-yaml --workflow-file flow.yaml --flow-name main --tag hello"
		object = `pyoco-client submit --flow-name main --params '{"x":1}'`
		pair   = "pyoco-client submit --param x=1 --param name=alice"
		server = "pyoco-client --server http://127.0.0.1:8000 get RUN_ID"
	)
	for line, want := range map[string][2]string{
		"":                               {"a command is required", "pyoco-client list --limit 20 --output table"},
		"nosuch":                         {`unknown command "nosuch" for "pyoco-client"`, "pyoco-client --server http://127.0.0.1:8000 list --limit 20 --output table"},
		"list --nosuch":                  {"unknown flag: --nosuch", list},
		"list extra":                     {`unknown command "extra" for "pyoco-client list"`, list},
		"list --limit x":                 {`invalid argument "x" for "--limit" flag: must be a whole number`, list},
		"list --output xml":              {`invalid argument "xml" for "--output" flag: must be one of json, table`, list},
		"list-vnext --updated-after x":   {`invalid argument "x" for "--updated-after" flag: must be a number`, vnext},
		"list-vnext --updated-after NaN": {`invalid argument "NaN" for "--updated-after" flag: must be a number`, vnext},
		"get":                            {"the id of a run is required", "pyoco-client get RUN_ID"},
		"tasks a b":                      {"only one run at a time, got also b", "pyoco-client tasks RUN_ID"},
		"watch":                          {"the id of a run is required", "pyoco-client watch RUN_ID"},
		"watch r --output table":         {`invalid argument "table" for "--output" flag: must be one of json, status`, "pyoco-client watch RUN_ID --until-terminal --output status"},
		"watch r --timeout-sec 1.5":      {`invalid argument "1.5" for "--timeout-sec" flag: must be a whole number`, "pyoco-client watch RUN_ID --until-terminal --output status"},
		"cancel":                         {`required flag(s) "run-id" not set`, "pyoco-client cancel --run-id RUN_ID"},
		"cancel --run-id=":               {"--run-id must not be empty", "pyoco-client cancel --run-id RUN_ID"},
		"workers --scope some":           {`invalid argument "some" for "--scope" flag: must be one of active, all`, "pyoco-client workers --output table"},
		"workers --state X":              {`invalid argument "X" for "--state" flag: must be one of RUNNING, IDLE, STOPPED_GRACEFUL, DISCONNECTED`, "pyoco-client workers --output table"},
		"dlq":                            {"a command is required: list, show, replay or drop", "pyoco-client dlq list --output table"},
		"dlq nosuch":                     {`unknown command "nosuch" for "pyoco-client dlq"`, "pyoco-client dlq list --output table"},
		"dlq list --output xml":          {`invalid argument "xml" for "--output" flag: must be one of json, table`, "pyoco-client dlq list --limit 20 --output table"},
		"dlq show":                       {"the number of a dead letter is required", "pyoco-client dlq show 7"},
		"dlq replay 1 2":                 {"only one dead letter at a time, got also 2", "pyoco-client dlq replay 7"},
		"dlq drop x":                     {`the number of a dead letter must be a whole number, got "x"`, "pyoco-client dlq drop 7"},
		"submit-yaml":                    {`required flag(s) "workflow-file", "flow-name", "tag" not set`, yaml},
		"submit --params [1]":            {"--params must be a JSON object", object},
		"submit --params null":           {"--params must be a JSON object", object},
		"submit --params {":              {"--params must be a JSON object", object},
		"submit --params=":               {"--params must be a JSON object", object},
		"submit --param x":               {`--param must be key=value; number 1 of them is not`, pair},
		"submit --param =1":              {`--param must be key=value; number 1 of them is not`, pair},
		"submit --params-file nosuch":    {"--params-file cannot be read: open nosuch: no such file or directory", "check the path and the permission: " + submit},
		"submit-yaml --workflow-file nosuch --flow-name f --tag t": {"--workflow-file cannot be read: open nosuch: no such file or directory", "check the path and the permission: " + yaml},
		"submit-yaml --workflow-file - --flow-name f --tag t":      {"--workflow-file - is empty", yaml},
		"--server ftp://x get r":                                   {`--server: must be an http or https URL like http://127.0.0.1:8000, got "ftp://x"`, server},
		"get r --server localhost":                                 {`--server: must be an http or https URL like http://127.0.0.1:8000, got "localhost"`, server},
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, failed("ERR-PYOCO-0018", "bad command line", want[0], want[1]), run(t, strings.Fields(line)...))
		})
	}
}

func TestANearMissIsSuggested(t *testing.T) {
	t.Parallel()
	require.Contains(t, run(t, "lst").errs, `unknown command "lst" for "pyoco-client" Did you mean this? `)
}

func TestAParamsFileThatIsNoObjectIsRefused(t *testing.T) {
	t.Parallel()
	for text, reason := range map[string]string{
		"[1]": "params: must be an object, got a list", "": "params: must be an object, got nothing",
		"d: 2020-01-01": `params.d: a date is not allowed: put "2020-01-01" in quotes (line 1)`,
	} {
		file := write(t, "p", text)
		require.Equal(t, failed("ERR-PYOCO-0018", "bad command line", "--params-file "+file+": "+reason,
			`a file with {"x":1} or x: 1: pyoco-client submit --params-file params.yaml`), run(t, "submit", "--params-file", file))
	}
}

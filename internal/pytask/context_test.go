// This file owns the tests of ctx: what a task can ask and change.

package pytask_test

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pytask"
)

func TestATaskAsksForWhatItsContextHolds(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	areas := map[string]string{"params": `{"p":12345678901234567890}`, "results": `{"r":1.0}`, "scratch": `{"deep":{"in":1},"kept":[{}]}`}
	result, err := p.Call(t.Context(), pytask.Call{
		Name: "sample:asks", Arguments: arguments(t, `{"x":"given"}`), About: about,
		Answer: func(_ context.Context, question pytask.Question) (any, error) {
			switch question.Ask {
			case "area":
				return json.RawMessage(areas[question.Name]), nil
			case "cancelled":
				return false, nil
			case "resolve":
				if string(question.Value) == `"$ctx.none"` {
					return nil, errors.New("there is none")
				}
				return string(question.Value), nil
			}
			return nil, errors.New("unknown question " + question.Ask)
		},
	})
	require.NoError(t, err)
	require.Equal(t, `["given",12345678901234567890,1.0,null,"\"$ctx.params.p\"","\"$ctx.item\"",7,false,"r1","t",4,{"x":"given"},"main"]`, string(result.Value))
	require.Equal(t, arguments(t, `{"made":[1],"deep":{"in":2}}`), result.Scratch, "only what has changed")
}

func TestAnArtifactIsHandedOverAsAFile(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	var content []byte
	result, err := p.Call(t.Context(), pytask.Call{
		Name: "sample:saves", About: about,
		Answer: func(_ context.Context, question pytask.Question) (answer any, err error) {
			require.Equal(t, "artifact a/b.txt str", question.Ask+" "+question.Name+" "+question.Kind)
			content, err = os.ReadFile(question.Path)
			return map[string]string{"path": "/where/b.txt"}, err
		},
	})
	require.NoError(t, err)
	require.Equal(t, `"b.txt"`, string(result.Value))
	require.Equal(t, "text", string(content))
}

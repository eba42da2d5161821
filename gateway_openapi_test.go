// This file owns the tests of the description of the HTTP interface against the router and against the types served.

package pyoco

import (
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTheDescriptionHasEveryRouteAndNoOther(t *testing.T) {
	t.Parallel()
	gateway := looseGateway(newWorkerRig(t, Resources{}))
	wildcard := regexp.MustCompile(`[:*]([a-z_]+)`)
	routed := map[string]bool{} // call → it needs no key
	for _, route := range gateway.router.Routes() {
		routed[route.Method+" "+wildcard.ReplaceAllString(route.Pattern, "{$1}")] = route.Open
	}
	document, err := openAPI()
	require.NoError(t, err)
	described := map[string]bool{}
	for path, operations := range document["paths"].(map[string]any) {
		for method, operation := range operations.(map[string]any) {
			if method != "parameters" {
				_, open := operation.(map[string]any)["security"]
				described[strings.ToUpper(method)+" "+path] = open
			}
		}
	}
	require.Equal(t, routed, described)
}

func TestEveryOperationHasANameOfItsOwn(t *testing.T) {
	t.Parallel()
	document, err := openAPI()
	require.NoError(t, err)
	seen := map[any]string{}
	for path, operations := range document["paths"].(map[string]any) {
		for method, operation := range operations.(map[string]any) {
			if method != "parameters" {
				name := operation.(map[string]any)["operationId"]
				require.NotEmpty(t, name, path)
				require.Empty(t, seen[name], path)
				seen[name] = path
			}
		}
	}
}

// What is served beside a type's own fields is named here.
func TestTheDescriptionHasEveryFieldThatIsServed(t *testing.T) {
	t.Parallel()
	document, err := openAPI()
	require.NoError(t, err)
	schemas := document["components"].(map[string]any)["schemas"].(map[string]any)
	for name, served := range map[string]struct {
		from   any
		beside []string
	}{
		"Run": {Run{}, []string{
			"pending_reason", "queue_position", "worker_alive", "worker_state", "worker_heartbeat_at", "worker_hidden", "worker_tags",
		}},
		"TaskRecord":     {TaskRecord{}, nil},
		"LoopRound":      {LoopRound{}, nil},
		"TaskProgress":   {TaskProgress{}, nil},
		"RunTasks":       {RunTasks{}, nil},
		"RunFlow":        {RunFlow{}, nil},
		"CheckedFlow":    {CheckedFlow{}, nil},
		"Submitted":      {Submitted{}, nil},
		"Worker":         {WorkerInfo{}, nil},
		"DeadLetter":     {DeadLetter{}, nil},
		"Self":           {Self{}, nil},
		"Overview":       {Overview{}, nil},
		"OverviewMinute": {OverviewMinute{}, nil},
		"QueueLoad":      {QueueLoad{}, nil},
		"Wheel":          {Wheel{}, nil},
		"WheelEvent":     {WheelEvent{}, nil},
	} {
		fields := slices.Collect(maps.Keys(recordFields(reflect.TypeOf(served.from))))
		properties := slices.Collect(maps.Keys(schemas[name].(map[string]any)["properties"].(map[string]any)))
		require.ElementsMatch(t, append(fields, served.beside...), properties, name)
	}
}

// This file owns the tests of calls: arguments, results, exceptions and output.

package pytask_test

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pytask"
)

func TestValuesPassExactlyAndWhatIsNotJSONBecomesText(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	for _, value := range []string{
		`12345678901234567890123`, "1" + strings.Repeat("0", 5000), `1.0`, `0.1`, `5e-324`, `"é 日本 </a>&"`, `null`, `true`, `[]`, `{"b":1,"a":[{}]}`,
	} {
		require.Equal(t, value, gives(t, p, "sample:keep", `{"value":`+value+`}`))
	}
	require.Equal(t, `{"thing":"a thing","set":"{1}","day":"2026-01-02","nan":["nan"],"big":1`+strings.Repeat("0", 400)+
		`,"own":"[[...]]","half":"?","float":1.0,"small":5e-324}`, gives(t, p, "sample:odd", `{}`))
	require.Equal(t, `"{(1, 2): 'a key that JSON has not'}"`, gives(t, p, "sample:only_text", `{}`))
}

func TestArgumentsReachParametersOfEveryKind(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	require.Equal(t, `5`, gives(t, p, "sample:add", `{"a":3}`))
	require.Equal(t, `[1,2,4,["x"]]`, gives(t, p, "sample:kinds", `{"first":1,"second":2,"third":4,"x":5}`))
	require.Equal(t, `"later"`, gives(t, p, "sample:later", `{}`))
	for _, method := range []string{"fork", "spawn"} {
		require.Equal(t, `[1,2]`, gives(t, p, "sample:pooled", `{"method":"`+method+`"}`), "a task may have processes of its own")
	}
	signature, err := p.Describe(t.Context(), "sample:kinds")
	require.NoError(t, err)
	require.Equal(t, &pytask.Signature{Any: true, Parameters: []pytask.Parameter{
		{Name: "first", Required: true}, {Name: "second", Required: true}, {Name: "third"},
	}, Inputs: signature.Inputs}, signature)
	signature, err = p.Describe(t.Context(), "sample:asks")
	require.NoError(t, err)
	require.Equal(t, []pytask.Parameter{{Name: "x", Required: true}}, signature.Parameters, "ctx is given unasked")
}

func TestAnExceptionTellsItsTypeAndWhereItWasRaised(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	_, err := call(t, p, "sample:raises", `{}`)
	var raised *pytask.RaisedError
	require.ErrorAs(t, err, &raised)
	require.EqualError(t, raised, "ValueError: no luck")
	require.Contains(t, raised.Traceback(), "in inner")
	require.Contains(t, raised.Traceback(), `raise ValueError("no luck")`)
	require.NotContains(t, raised.Traceback(), "<pyoco", "the frames of the process's own are nobody's")
	_, err = call(t, p, "sample:leaves", `{"code":3}`)
	require.EqualError(t, err, "SystemExit: 3")
	_, err = call(t, p, "sample:large", `{}`)
	require.ErrorContains(t, err, "bytes of JSON, and may be 16777216: save it as an artifact")
	_, err = call(t, p, "sample:add", `{}`)
	require.ErrorContains(t, err, "TypeError: add() missing 1 required positional argument")
	require.Equal(t, `[1,`, gives(t, p, "sample:count", `{}`)[:3], "the process lives on")
}

func TestOneProcessServesOneTaskAfterTheOther(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	first := gives(t, p, "sample:count", `{}`)
	require.Equal(t, strings.Replace(first, "[1,", "[2,", 1), gives(t, p, "sample:count", `{}`))
}

func TestWhatATaskWritesIsItsOwn(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	for range 3 {
		var mu sync.Mutex
		told := map[bool][]string{}
		result, err := p.Call(t.Context(), pytask.Call{Name: "sample:writes", About: about, Told: func(line string, stderr bool) {
			mu.Lock()
			defer mu.Unlock()
			told[stderr] = append(told[stderr], line)
		}})
		require.NoError(t, err)
		require.Equal(t, "to stdout\nof a child\nthe end �", result.Stdout)
		require.Equal(t, "to stderr\nof a child too\n", result.Stderr)
		require.Equal(t, map[bool][]string{false: {"to stdout", "of a child", "the end �"}, true: {"to stderr", "of a child too"}}, told)
	}
}

func TestOutputIsBounded(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	var lines []string
	result, err := p.Call(t.Context(), pytask.Call{Name: "sample:floods", About: about, Told: func(line string, _ bool) { lines = append(lines, line) }})
	require.NoError(t, err)
	require.Less(t, len(result.Stdout), 4200)
	require.True(t, strings.HasPrefix(result.Stdout, "… 1084794 bytes before this are left out\n"), result.Stdout[:60])
	require.True(t, strings.HasSuffix(result.Stdout, "line 99999\n"))
	require.Less(t, len(lines), 8000)
	require.Equal(t, "line 0", lines[0])
	require.Equal(t, "… the task writes more than is logged", lines[len(lines)-1])
}

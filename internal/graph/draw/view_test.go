// This file owns the tests of the JSON form: what is in it is what other programs rely on.

package draw_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/graph/draw"
)

func TestTheFieldsOfTheJSONForm(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"a >> n: b": `{"kind":"seq","at":{"line":1,"column":1},"children":[
			{"kind":"task","name":"a","task":"a","at":{"line":1,"column":1}},
			{"kind":"task","name":"n","task":"b","at":{"line":1,"column":6}}]}`,
		"(取得 | a) & pipe(p)": `{"kind":"all","at":{"line":1,"column":2},"children":[
			{"kind":"any","at":{"line":1,"column":2},"children":[
				{"kind":"task","name":"取得","task":"取得","at":{"line":1,"column":2}},
				{"kind":"task","name":"a","task":"a","at":{"line":1,"column":7}}]},
			{"kind":"task","name":"x","task":"x","at":{"line":2,"column":2,"pipe":"p"}}]}`,
		"\na[3]": `{"kind":"repeat","expr":"3","collect":"last","at":{"line":2,"column":1},"children":[
			{"kind":"task","name":"a","task":"a","at":{"line":2,"column":1}}]}`,
		"foreach(over={{items}}, item=it, index=i, collect=flatten){ a }": `{"kind":"foreach","expr":"items","item":"it","index":"i","collect":"flatten",
			"at":{"line":1,"column":1},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":61}}]}`,
		`a % "$ctx.d < 1"`: `{"kind":"until","expr":"$ctx.d < 1","max_rounds":1000,"collect":"last","at":{"line":1,"column":1},"children":[
			{"kind":"task","name":"a","task":"a","at":{"line":1,"column":1}}]}`,
		`switch("$ctx.m")["A" >> a, None >> a, 1.0 >> a, False >> a, "" >> a, 99999999999999999999 >> a, "*" >> a]`: `{
			"kind":"switch","expr":"$ctx.m","at":{"line":1,"column":1},"children":[
			{"kind":"case","match":"A","at":{"line":1,"column":18},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":25}}]},
			{"kind":"case","match":null,"at":{"line":1,"column":28},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":36}}]},
			{"kind":"case","match":1.0,"at":{"line":1,"column":39},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":46}}]},
			{"kind":"case","match":false,"at":{"line":1,"column":49},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":58}}]},
			{"kind":"case","match":"","at":{"line":1,"column":61},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":67}}]},
			{"kind":"case","match":99999999999999999999,"at":{"line":1,"column":70},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":94}}]},
			{"kind":"case","default":true,"at":{"line":1,"column":97},"children":[{"kind":"task","name":"a","task":"a","at":{"line":1,"column":104}}]}]}`,
	} {
		got, err := json.Marshal(draw.ViewOf(parse(t, text)))
		require.NoError(t, err)
		require.JSONEq(t, `{"kind":"graph","children":[`+want+`]}`, string(got), text)
	}
}

func TestNumbersInTheJSONFormStayWhatTheyAre(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(draw.ViewOf(parse(t, `switch("$ctx.m")[1.0 >> a, 99999999999999999999 >> b]`)))
	require.NoError(t, err)
	require.Contains(t, string(got), `"match":1.0,`)
	require.Contains(t, string(got), `"match":99999999999999999999,`)
}

func TestAProgramWithoutATextHasNoPlaces(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(draw.ViewOf(&graph.Program{Statements: []graph.Node{&graph.Task{Name: "a"}}}))
	require.NoError(t, err)
	require.Equal(t, `{"kind":"graph","children":[{"kind":"task","name":"a","task":"a"}]}`, string(got))
}

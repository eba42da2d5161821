// This file owns looking at flows at the gateway: the check of a submission that is not queued, and the flow of a run.

package pyoco

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"

	"github.com/pyoco/pyoco/internal/graph"
	"github.com/pyoco/pyoco/internal/httpedge"
)

// CheckedFlow is what a gateway says of a submission that it would take.
type CheckedFlow struct {
	Valid bool     `json:"valid"` // true: what is not valid is an error
	Flow  string   `json:"flow_name"`
	Tasks []string `json:"tasks"`
	// Params are what the run would begin with.
	Params   json.RawMessage `json:"params"`
	Warnings []string        `json:"warnings"`
	// Graph is the flow's graph as Flow.GraphJSON has it.
	Graph json.RawMessage `json:"graph"`
}

// Check looks at a flow file as Submit does, and queues nothing. ErrInvalid: Submit would refuse it.
func (g *Gateway) Check(ctx context.Context, s Submission) (*CheckedFlow, error) {
	if len(s.Workflow) == 0 {
		return nil, invalid("workflow", "is empty: a flow file has version, flow and tasks")
	}
	run, warnings, err := g.prepare(ctx, s)
	if err != nil {
		return nil, err
	}
	flow, err := g.flows.parse(s.Workflow)
	if err != nil {
		return nil, err
	}
	return &CheckedFlow{
		Valid: true, Flow: run.Flow, Tasks: flow.Tasks(), Params: run.Params, Warnings: append([]string{}, warnings...),
		Graph: flow.GraphJSON(),
	}, nil
}

// Check asks the gateway whether it would take a flow file.
func (c *Client) Check(ctx context.Context, s Submission) (*CheckedFlow, error) {
	params, err := objectOf("params", s.Params, mostParamsBytes)
	if err != nil {
		return nil, err
	}
	out := &CheckedFlow{}
	return orNil(out, c.submitForm(ctx, "/runs/yaml?dry_run=1", s, params, out))
}

// RunFlow is what a run executes: the text of its flow, and the graph in it.
type RunFlow struct {
	RunID  string `json:"run_id"`
	Flow   string `json:"flow_name"`
	Kind   string `json:"kind"`   // yaml: a flow file; graph: the graph of a flow made in Go
	SHA256 string `json:"sha256"` // of the text
	Text   string `json:"text"`
	// Graph is the flow's graph as Flow.GraphJSON has it; null where this version can't read the text.
	Graph json.RawMessage `json:"graph"`
}

// errNoFlow says that the text of a run's flow is not kept.
var errNoFlow = errors.New("the text of this run's flow is not kept")

// RunFlow reads the flow of a run. ErrNotFound: there is no such run, or its text is not kept: a run by name has one only
// once a worker has claimed it, and one that a Python gateway has taken has none.
func (g *Gateway) RunFlow(ctx context.Context, id string) (*RunFlow, error) {
	run, err := g.Get(ctx, id)
	if err != nil {
		return nil, err
	}
	shown := &RunFlow{RunID: run.ID, Flow: run.Flow, Kind: "yaml", SHA256: run.WorkflowSHA256, Graph: json.RawMessage("null")}
	if shown.SHA256 == "" {
		shown.Kind, shown.SHA256 = "graph", run.FlowTextSHA256
	}
	text, err := g.texts.read(ctx, shown.SHA256)
	if errors.Is(err, errTextGone) {
		return nil, errors.Join(ErrNotFound, errNoFlow)
	}
	if err != nil {
		return nil, unavailable("the flow could not be read", err)
	}
	shown.Text = string(text)
	if flow, err := readKept(shown.Kind, text); err == nil {
		shown.Graph = flow.GraphJSON()
	}
	return shown, nil
}

// readKept makes a flow of a kept text, to be shown.
func readKept(kind string, text []byte) (*Flow, error) {
	if kind == "yaml" {
		return ParseFlow(text)
	}
	program, err := graph.Parse(string(text), graph.Options{})
	return &Flow{program: program}, err
}

// Flow reads the flow of a run.
func (c *Client) Flow(ctx context.Context, id string) (*RunFlow, error) {
	out := &RunFlow{}
	return orNil(out, c.call(ctx, http.MethodGet, "/runs/"+url.PathEscape(id)+"/flow", nil, out))
}

func (g *Gateway) getRunFlow(w http.ResponseWriter, r *http.Request) error {
	shown, err := g.RunFlow(r.Context(), httpedge.Param(r, "id"))
	if errors.Is(err, errNoFlow) {
		return &httpedge.Problem{Status: http.StatusNotFound, ErrID: errFlowNotFound, Detail: "flow: " + errNoFlow.Error()}
	}
	if err != nil {
		return answer(err, errRunNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, shown)
}

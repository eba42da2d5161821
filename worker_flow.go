// This file owns finding what a job runs: the flow of its file, or the one that the resolver knows, and the functions of
// its tasks.

package pyoco

import (
	"cmp"
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// flowError is why a job can't be executed at this worker, with the reason of its dead letter.
type flowError struct {
	reason string
	text   string
}

func (e *flowError) Error() string { return e.reason + ": " + e.text }

// resolve finds the flow and the function of each of its tasks.
func (c *claimedRun) resolve(ctx context.Context, python *pythonPool) (*Flow, map[string]runner, *flowError) {
	var flow *Flow
	if c.job.Workflow != "" {
		parsed, err := c.worker.flows.parse([]byte(c.job.Workflow))
		if err != nil {
			return nil, nil, &flowError{reason: reasonInvalidWorkflow, text: err.Error()}
		}
		flow = parsed
	} else {
		found, ok, err := c.worker.find(c.job.Flow)
		if err != nil {
			return nil, nil, &flowError{reason: reasonExecutionError, text: err.Error()}
		}
		if !ok || found == nil {
			return nil, nil, &flowError{
				reason: reasonFlowNotFound,
				text:   fmt.Sprintf("worker %s has no flow named %q", c.worker.cfg.ID, c.job.Flow),
			}
		}
		flow = found
	}
	tasks, err := flow.bindTasks(ctx, c.worker.cfg.Tasks, pythonFinder{python})
	if err != nil {
		return nil, nil, &flowError{reason: reasonInvalidWorkflow, text: err.Error()}
	}
	return flow, tasks, nil
}

// find asks the resolver. Its panic is the run's failure and not the worker's end.
func (w *Worker) find(name string) (flow *Flow, ok bool, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("the resolver of flows panicked: %v", v)
			w.cfg.Log.Error(err.Error(), "flow_name", name, "stack", string(debug.Stack()))
		}
	}()
	flow, ok = w.cfg.Flows(name)
	return flow, ok, nil
}

// keepTextTime bounds the writing of a flow's text, which is there only to be shown.
const keepTextTime = time.Second

// keepText stores the text of a flow made in Go, once, so that the run can show it. A flow file's text was stored when the
// run was submitted.
//
// It gives the text's SHA-256, or nothing where there is no text, or none could be stored.
func (c *claimedRun) keepText(flow *Flow) string {
	if flow.kept == "" {
		return ""
	}
	if _, fresh := c.worker.texts.look(flow.kept); !fresh {
		ctx, cancel := context.WithTimeout(c.base(), keepTextTime)
		defer cancel()
		if err := c.worker.texts.keep(ctx, flow.kept, []byte(flow.Graph())); err != nil {
			c.log.Warn("the text of the flow was not stored, the run will not show it", "error", err)
			return ""
		}
	}
	return flow.kept
}

// bindTasks gives the function of each node of the graph: a registered one, else one that Python has.
func (f *Flow) bindTasks(ctx context.Context, registered *Tasks, python pythonFinder) (map[string]runner, error) {
	tasks := make(map[string]runner, len(f.plan.Tasks))
	for _, node := range f.plan.Tasks {
		declared := f.declared(node)
		task := declared.task
		if task == nil {
			task = registered.lookup(declared.lookup)
		}
		if task != nil {
			tasks[node.Name] = task
			continue
		}
		found, err := python.find(ctx, declared.lookup, registered.Names())
		if err != nil {
			return nil, fmt.Errorf("task %q: %w", node.Name, err)
		}
		tasks[node.Name] = found
	}
	return tasks, nil
}

// nearest names the registered tasks that share most with a name.
func nearest(name string, names []string) string {
	if len(names) == 0 {
		return "it has no registered tasks"
	}
	shared := func(a string) int {
		n := 0
		for n < min(len(a), len(name)) && (a[n] == name[n]) {
			n++
		}
		for i := 1; i <= min(len(a), len(name))-n && a[len(a)-i] == name[len(name)-i]; i++ {
			n++
		}
		return n
	}
	slices.SortStableFunc(names, func(a, b string) int { return cmp.Compare(shared(b), shared(a)) })
	return "nearest: " + strings.Join(names[:min(3, len(names))], ", ")
}

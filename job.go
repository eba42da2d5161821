// This file owns the job: the message that queues a run, as any of our processes or a Python one writes it.

package pyoco

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pyoco/pyoco/internal/exactjson"
)

// headerRunRevision carries the revision of the created snapshot, so that a first claim needs no read. It is sent only
// where the job holds every field of the snapshot.
const headerRunRevision = "Pyoco-Run-Revision"

// job is the message on pyoco.work.<tag>. Python processes end on a wrong type, so the types are exact.
type job struct {
	RunID          string          `json:"run_id"`
	Flow           string          `json:"flow_name"`
	Tag            string          `json:"tag"`
	Tags           []string        `json:"tags"`
	Params         json.RawMessage `json:"params"`
	SubmittedAt    Timestamp       `json:"submitted_at"`
	TenantID       string          `json:"tenant_id,omitempty"`
	APIKeyID       string          `json:"api_key_id,omitempty"`
	Workflow       string          `json:"workflow_yaml,omitempty"`
	WorkflowSHA256 string          `json:"workflow_yaml_sha256,omitempty"`
	WorkflowBytes  int             `json:"workflow_yaml_bytes,omitempty"`
	ScheduleID     string          `json:"schedule_id,omitempty"`
}

// The ways in which a message is no job, as they stand in its dead letter.
const (
	badJobJSON    = "invalid_json"
	badJobSchema  = "invalid_schema"
	badJobMissing = "missing_fields"
)

// jobError says that a message is no job. RunID is set where it could be read all the same.
type jobError struct {
	kind   string
	detail string
	runID  string
}

func (e *jobError) Error() string { return e.kind + ": " + e.detail }

// decodeJob reads a message; what is no job is a *jobError.
func decodeJob(data []byte) (*job, error) {
	data = finite(data)
	if !bytes.HasPrefix(bytes.TrimLeft(data, " \t\r\n"), []byte("{")) && json.Valid(data) {
		return nil, &jobError{kind: badJobSchema, detail: "the payload is not an object"}
	}
	var j job
	err := exactjson.Unmarshal(data, &j)
	var wrong *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrong):
		return nil, &jobError{
			kind: badJobSchema, runID: validRunID(j.RunID),
			detail: fmt.Sprintf("%s: must be %s, got %s", wrong.Field, wrong.Type, wrong.Value),
		}
	case err != nil:
		return nil, &jobError{kind: badJobJSON, detail: err.Error()}
	case j.RunID == "" || j.Flow == "":
		return nil, &jobError{kind: badJobMissing, runID: validRunID(j.RunID), detail: "run_id and flow_name are required"}
	case validRunID(j.RunID) == "":
		return nil, &jobError{kind: badJobSchema, detail: "run_id: is no key"}
	}
	if j.Params == nil || bytes.Equal(j.Params, []byte("null")) {
		j.Params = json.RawMessage("{}")
	}
	if j.Params[0] != '{' {
		return nil, &jobError{kind: badJobSchema, runID: j.RunID, detail: "params: must be an object"}
	}
	return &j, nil
}

// jobOf is the message that queues a run. workflow is the text of its flow file, if it has one.
func jobOf(r *Run, workflow string) *job {
	return &job{
		RunID: r.ID, Flow: r.Flow, Tag: r.Tag, Tags: append([]string{}, r.Tags...), Params: r.Params,
		SubmittedAt: r.UpdatedAt, TenantID: r.TenantID, APIKeyID: r.APIKeyID, Workflow: workflow,
		WorkflowSHA256: r.WorkflowSHA256, WorkflowBytes: r.WorkflowBytes, ScheduleID: r.ScheduleID,
	}
}

// snapshot is the PENDING snapshot that the job was made from.
func (j *job) snapshot(revision uint64) *Run {
	return &Run{
		ID: j.RunID, Flow: j.Flow, Tag: j.Tag, Tags: j.Tags, TenantID: j.TenantID, APIKeyID: j.APIKeyID,
		Status: StatusPending, Params: j.Params, UpdatedAt: j.SubmittedAt,
		WorkflowSHA256: j.WorkflowSHA256, WorkflowBytes: j.WorkflowBytes, ScheduleID: j.ScheduleID, Revision: revision,
	}
}

// validRunID is the id if it can be a key of the runs bucket, else nothing.
func validRunID(id string) string {
	if id == "" || len(id) > 200 || !consistsOf(id, tagAlphabet) {
		return ""
	}
	return id
}

const tagAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"

func consistsOf(s, alphabet string) bool {
	for i := range len(s) {
		if strings.IndexByte(alphabet, s[i]) < 0 {
			return false
		}
	}
	return true
}

// checkTag says whether a tag is one subject token.
func checkTag(field, tag string) error {
	switch {
	case len(tag) > maxTagBytes:
		return tooLarge(field, maxTagBytes, len(tag))
	case tag == "" || !consistsOf(tag, tagAlphabet):
		return invalid(field, "must match [A-Za-z0-9_-]+, got %q", tag)
	}
	return nil
}

const maxTagBytes = 128

// This file owns the size of a snapshot: what is left out of one that is too large, so that a run can always go on, and
// end.

package pyoco

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"strings"
)

// encode is the snapshot within its limits. Over the size that is configured, the task records go. Over the size that
// NATS takes, which a foreign job may use up and an operator may lower, more goes until it fits: a run whose snapshot
// can't be written could not end.
func (s *runStore) encode(r *Run) ([]byte, error) {
	most := s.bucket.MaxValue()
	limit := min(s.maxSnapshot, most)
	size := r.recordBytes()
	if size <= limit {
		data, err := encode(r)
		if size = len(data); err != nil || size <= limit || size <= most && len(r.TaskRecords) == 0 {
			return data, err
		}
	}
	short := r.clone()
	data, err := short.shorten(most)
	level := slog.LevelDebug // each heartbeat writes such a run; its end is told once
	if r.Status.Terminal() {
		level = slog.LevelWarn
	}
	s.log.Log(context.Background(), level, "snapshot over its size limit, shortened", "run_id", r.ID, "bytes", size, "limit", limit,
		"shortened_to", len(data), "err_id", errSnapshotTooLarge)
	return data, err
}

// recordBytes is what the task records take at least. It spares writing out what is thrown away at once.
func (r *Run) recordBytes() (size int) {
	for _, record := range r.TaskRecords {
		size += len(record.Inputs) + len(record.Output) + len(record.Error) + len(record.Traceback)
	}
	return size
}

// shortenings are what a snapshot can do without, in the order in which it is left out. Params come late, for the run's
// job may have to be made of them again. What is left after the last is small. leave says whether there was anything.
var shortenings = []struct {
	what  string // as the run's error names it; for the records there is a field
	leave func(*Run) bool
}{
	{"", func(r *Run) bool {
		there := len(r.TaskRecords) > 0
		r.TaskRecords, r.TaskRecordsTruncated = nil, there || r.TaskRecordsTruncated
		return there
	}},
	{"result_summary", func(r *Run) bool {
		_, there := r.extra["result_summary"]
		r.extra = maps.Clone(r.extra)
		delete(r.extra, "result_summary")
		return there
	}},
	{"tasks", func(r *Run) bool {
		there := len(r.Tasks) > 0
		r.Tasks = nil
		return there
	}},
	{"params", func(r *Run) bool {
		there := len(r.Params) > 0
		r.Params, r.ParamsTruncated = nil, there || r.ParamsTruncated
		return there
	}},
	{"what other programs wrote", func(r *Run) bool {
		there := len(r.extra) > 0
		r.extra = nil
		return there
	}},
}

// shorten leaves out of the snapshot what has to go, says so in its error, and gives it as JSON.
func (r *Run) shorten(most int) (data []byte, err error) {
	reason := r.Error
	var gone []string
	for _, step := range shortenings {
		if !step.leave(r) {
			continue
		}
		if step.what != "" {
			gone = append(gone, step.what)
			r.Error = tooLargeNote(reason, most, gone)
		}
		if data, err = encode(r); err != nil || len(data) <= most {
			return data, err
		}
	}
	r.Error = clip(r.Error, 256) // a server that takes next to nothing
	return encode(r)
}

// tooLargeNote is the error of a snapshot that says what is left out. One that says so already keeps only the newer note.
func tooLargeNote(reason string, most int, gone []string) string {
	const begin = "left out, for the snapshot was over the "
	reason, _, _ = strings.Cut(reason, begin)
	reason = strings.TrimSuffix(clip(reason, 1<<10), "; ")
	note := fmt.Sprintf("%s%d bytes that NATS takes: %s", begin, most, strings.Join(gone, ", "))
	if reason == "" {
		return note
	}
	return reason + "; " + note
}

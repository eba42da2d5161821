// This file owns what a reader may ask for beside the short form of a run.

package pyoco

import "github.com/pyoco/pyoco/internal/httpedge"

// included reads include, which may be repeated: full says that every field of a run is asked for, records that its task
// records are, which full implies. Other values ask for nothing.
func included(q *httpedge.Query) (full, records bool) {
	for _, part := range q.All("include") {
		switch part {
		case "full", "all":
			full, records = true, true
		case "records", "task_records":
			records = true
		}
	}
	return full, records
}

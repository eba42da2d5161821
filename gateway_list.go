// This file owns lists of runs: what is asked for, pages from the index, and the cursor that both gateways share.

package pyoco

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/runindex"
)

// ListOptions say which runs a list shows. Each filter that is set must match exactly.
type ListOptions struct {
	Status         Status
	Flow           string
	Tag            string
	ScheduleID     string
	WorkflowSHA256 string
	// UpdatedAfter leaves out runs that were not updated after it. 0: none.
	UpdatedAfter Timestamp
	// Cursor is the NextCursor of the page before. "": the first page.
	Cursor string
	// Limit is the size of a page, 1 to 200. Default 50.
	Limit int
	// Full gives every field of each run; Records only the task records beside the short form.
	Full, Records bool
}

// RunPage is a part of a list of runs, newest update first.
type RunPage struct {
	Items []*Run `json:"items"`
	// NextCursor asks for the next page; "" at the end.
	NextCursor string `json:"next_cursor"`
}

const (
	defaultListLimit = 50
	maxListLimit     = 200
)

// List gives a page of runs. A run that was submitted or cancelled at this gateway is in it at once. Records
// are read within 3.5 s, else it is ErrUnavailable.
func (g *Gateway) List(ctx context.Context, o ListOptions) (*RunPage, error) {
	o.Limit = or(o.Limit, defaultListLimit)
	if o.Limit < 1 || o.Limit > maxListLimit {
		return nil, invalid("limit", "must be 1 to %d, got %d", maxListLimit, o.Limit)
	}
	query := runindex.Query{Filter: callerOf(ctx).filter(o.filter()), Limit: o.Limit + 1}
	if o.UpdatedAfter != 0 {
		after := float64(o.UpdatedAfter)
		query.After = &after
	}
	if o.Cursor != "" {
		place, err := decodeCursor(o.Cursor)
		if err != nil {
			return nil, err
		}
		query.Before = place
	}
	if err := g.whole(); err != nil {
		return nil, err
	}
	entries := g.index.Page(query)
	page := &RunPage{}
	if len(entries) > o.Limit {
		entries = entries[:o.Limit]
		page.NextCursor = encodeCursor(entries[o.Limit-1])
	}
	page.Items = make([]*Run, len(entries))
	for i, e := range entries {
		page.Items[i] = e.Value.run(e.Revision)
	}
	if o.Full || o.Records {
		return page, g.complete(ctx, page, o.Full)
	}
	return page, nil
}

func (o ListOptions) filter() map[string]string {
	filter := map[string]string{}
	for facet, value := range map[string]string{
		facetStatus: string(o.Status), facetFlow: o.Flow, facetTag: o.Tag, facetSchedule: o.ScheduleID,
		facetWorkflow: o.WorkflowSHA256,
	} {
		if value != "" {
			filter[facet] = value
		}
	}
	return filter
}

// complete reads the page's records, in the time that a call may take. A run that was removed meanwhile stays in its short
// form.
func (g *Gateway) complete(ctx context.Context, page *RunPage, full bool) error {
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for i, short := range page.Items {
		group.Go(func() error {
			run, err := g.runs.get(ctx, short.ID)
			if errors.Is(err, jet.ErrNotFound) {
				return nil
			}
			if err != nil {
				return unavailable("a run of the page could not be read", err)
			}
			if run = g.ended(run); full {
				page.Items[i] = run
			} else {
				short.TaskRecords, short.TaskRecordsTruncated = run.TaskRecords, run.TaskRecordsTruncated
			}
			return nil
		})
	}
	return group.Wait()
}

// cursor is a place in the list; both gateways write it the same.
type cursor struct {
	UpdatedAt float64 `json:"u"`
	RunID     string  `json:"r"`
}

func encodeCursor(e runindex.Entry[*runSummary]) string {
	data, err := encode(cursor{UpdatedAt: e.Order, RunID: e.Key})
	if err != nil {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString(data)
}

func badCursor() error {
	bad := invalid("cursor", "is none that this list has given: take next_cursor of the page before")
	bad.id = errInvalidListQuery
	return bad
}

func decodeCursor(text string) (*runindex.Cursor, error) {
	data, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	if err != nil {
		return nil, badCursor()
	}
	var c struct {
		UpdatedAt *float64 `json:"u"`
		RunID     *string  `json:"r"`
	}
	if json.Unmarshal(data, &c) != nil || c.UpdatedAt == nil || c.RunID == nil {
		return nil, badCursor()
	}
	return &runindex.Cursor{Order: *c.UpdatedAt, Key: *c.RunID}, nil
}

func (g *Gateway) getRuns(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	o := ListOptions{
		Status: Status(q.String("status")), Flow: q.String("flow"), Tag: q.String("tag"), ScheduleID: q.String("schedule_id"),
		WorkflowSHA256: q.String("workflow_yaml_sha256"), Cursor: q.String("cursor"),
		Limit: q.Int("limit", defaultListLimit, 1, maxListLimit),
	}
	after, hasAfter := q.Float("updated_after")
	o.UpdatedAfter = Timestamp(after)
	o.Full, o.Records = included(q)
	object := hasAfter || q.Has("cursor") || o.WorkflowSHA256 != ""
	if err := q.Err(errInvalidListQuery); err != nil {
		return err
	}
	page, err := g.List(r.Context(), o)
	if err != nil {
		return answer(err, "")
	}
	var body []byte
	if object {
		body, err = page.MarshalJSON()
	} else {
		body, err = encodeWritten(page.Items)
	}
	if err != nil {
		return err
	}
	return httpedge.WriteEncoded(w, http.StatusOK, body)
}

// MarshalJSON writes null for the cursor at the end.
func (p RunPage) MarshalJSON() ([]byte, error) { return encodePage(p.Items, p.NextCursor) }

func encodePage[T any](items []T, cursor string) ([]byte, error) {
	var next *string
	if cursor != "" {
		next = &cursor
	}
	return encodeWritten(struct {
		Items []T     `json:"items"`
		Next  *string `json:"next_cursor"`
	}{items, next})
}

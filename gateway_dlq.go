// This file owns dead letters over HTTP.

package pyoco

import (
	"net/http"
	"strconv"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func (g *Gateway) getLetters(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	o := DeadLetterOptions{
		Reason: q.String("reason"), Tag: q.String("tag"), RunID: q.String("run_id"), Cursor: q.String("cursor"),
		Limit: q.Int("limit", defaultListLimit, 1, maxListLimit),
	}
	if err := q.Err(errInvalidListQuery); err != nil {
		return err
	}
	page, err := g.DeadLetters(r.Context(), o)
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, page)
}

// letterNumber is the letter that a path names; 0, which no letter has, where that is no number.
func letterNumber(r *http.Request) uint64 {
	seq, _ := strconv.ParseUint(httpedge.Param(r, "seq"), 10, 64)
	return seq
}

func (g *Gateway) getLetter(w http.ResponseWriter, r *http.Request) error {
	letter, err := g.DeadLetter(r.Context(), letterNumber(r))
	if err != nil {
		return answer(err, errInvalidRequest)
	}
	return httpedge.WriteJSON(w, http.StatusOK, letter)
}

func (g *Gateway) postLetterReplay(w http.ResponseWriter, r *http.Request) error {
	submitted, err := g.Replay(r.Context(), letterNumber(r))
	if err != nil {
		return answer(err, errInvalidRequest)
	}
	return httpedge.WriteJSON(w, http.StatusOK, submitted)
}

func (g *Gateway) deleteLetter(w http.ResponseWriter, r *http.Request) error {
	seq := letterNumber(r)
	if err := g.DropDeadLetter(r.Context(), seq); err != nil {
		return answer(err, errInvalidRequest)
	}
	return httpedge.WriteJSON(w, http.StatusOK, struct {
		Seq     uint64 `json:"seq"`
		Deleted bool   `json:"deleted"`
	}{seq, true})
}

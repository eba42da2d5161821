// This file owns wheels over HTTP.

package pyoco

import (
	"io"
	"net/http"
	"strings"

	"github.com/pyoco/pyoco/internal/httpedge"
)

func (g *Gateway) getWheels(w http.ResponseWriter, r *http.Request) error {
	wheels, err := g.Wheels(r.Context())
	if err != nil {
		return answer(err, errWheelNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, wheels)
}

// postWheels stores the file as it comes. What is refused by its name is read to its end all the same: a client that is still
// sending would not see the answer.
func (g *Gateway) postWheels(w http.ResponseWriter, r *http.Request) error {
	if err := g.up(r.Context()); err != nil {
		return answer(err, "")
	}
	var in *incoming
	var refused error
	form, err := httpedge.ReadForm(w, r, httpedge.FormSpec{
		Files: []httpedge.FilePart{{
			Name: "wheel", Max: g.cfg.MaxWheelBytes, TooLargeErrID: errInvalidRequest,
			To: func(filename string) (io.Writer, error) {
				in, refused = g.wheels.begin(r.Context(), strings.TrimSpace(filename))
				if in == nil {
					return io.Discard, nil
				}
				return in, nil
			},
		}},
		Texts: []string{"tags", "replace"},
	})
	if err == nil {
		err = refused
	}
	upload := WheelUpload{}
	if err == nil {
		upload.Tags = strings.Split(form.Texts["tags"], ",")
		upload.NoReplace, err = noReplace(form.Texts["replace"])
	}
	if err != nil {
		if in != nil {
			in.abort()
		}
		return answer(err, "")
	}
	wheel, err := g.uploaded(r.Context(), in, upload, sourceOf(r))
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, wheel)
}

// noReplace reads the field replace, which is true by default.
func noReplace(text string) (bool, error) {
	switch strings.ToLower(strings.TrimSpace(text)) {
	case "", "1", "true", "t", "yes", "y", "on":
		return false, nil
	case "0", "false", "f", "no", "n", "off":
		return true, nil
	}
	return false, invalid("replace", "must be true or false, got %q", clip(text, maxShown))
}

func (g *Gateway) getWheel(w http.ResponseWriter, r *http.Request) error {
	wheel, content, err := g.openWheel(r.Context(), httpedge.Param(r, "name"))
	if err != nil {
		return answer(err, errWheelNotFound)
	}
	defer content.Close()
	return httpedge.WriteContent(w, r, wheel.Name, wheel.Size, &mappedReader{content, func(err error) error {
		return answer(err, errWheelNotFound)
	}})
}

func (g *Gateway) deleteWheel(w http.ResponseWriter, r *http.Request) error {
	name := httpedge.Param(r, "name")
	if err := g.deleteWheelFrom(r.Context(), name, sourceOf(r)); err != nil {
		return answer(err, errWheelNotFound)
	}
	return httpedge.WriteJSON(w, http.StatusOK, struct {
		Name    string `json:"name"`
		Deleted bool   `json:"deleted"`
	}{name, true})
}

func (g *Gateway) getWheelHistory(w http.ResponseWriter, r *http.Request) error {
	q := httpedge.NewQuery(r)
	o := WheelHistoryOptions{
		Wheel: q.String("wheel_name"), Action: q.String("action"), Limit: q.Int("limit", defaultHistoryLimit, 1, maxHistoryLimit),
	}
	if err := q.Err(errInvalidRequest); err != nil {
		return err
	}
	list, err := g.WheelHistory(r.Context(), o)
	if err != nil {
		return answer(err, "")
	}
	return httpedge.WriteJSON(w, http.StatusOK, list)
}

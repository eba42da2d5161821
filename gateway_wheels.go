// This file owns the wheels of a gateway: the calls of Go programs, and the same over HTTP.

package pyoco

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/pyoco/pyoco/internal/httpedge"
	"github.com/pyoco/pyoco/internal/jet"
)

// UploadWheel puts a wheel into the registry, from where workers install it: whoever may upload runs code on them. Content is
// stored as it is read, and no part of it stays if the upload fails. The error is an *InvalidError for what is no wheel (see
// WheelCheck) or over MaxWheelBytes, a *WheelVersionError, ErrNoRoom where the store is full, ErrUnavailable, or Content's own.
func (g *Gateway) UploadWheel(ctx context.Context, u WheelUpload) (*Wheel, error) {
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	if u.Content == nil {
		return nil, invalid("Content", "must not be nil")
	}
	in, err := g.wheels.begin(ctx, u.Name)
	if err != nil {
		return nil, err
	}
	if err := copyLimited(in, u.Content, g.cfg.MaxWheelBytes); err != nil {
		in.abort()
		return nil, err
	}
	return g.uploaded(ctx, in, u, WheelSource{})
}

// uploaded ends an upload whose content was read.
func (g *Gateway) uploaded(ctx context.Context, in *incoming, u WheelUpload, source WheelSource) (*Wheel, error) {
	wheel, err := in.finish(ctx, u.Tags)
	if err != nil {
		return nil, err
	}
	g.cfg.Log.Info("wheel uploaded", "wheel_name", wheel.Name, "size_bytes", wheel.Size, "tags", wheel.Tags)
	replace := !u.NoReplace
	g.wheels.record(ctx, WheelEvent{
		Action: WheelUploaded, Wheel: wheel.Name, Tags: wheel.Tags, Size: wheel.Size, SHA256: wheel.SHA256, Replace: &replace, Source: source,
	})
	return wheel, nil
}

// Wheels lists the wheels in the registry, sorted by name.
func (g *Gateway) Wheels(ctx context.Context) ([]*Wheel, error) {
	if err := g.up(ctx); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	return g.wheels.list(ctx)
}

// OpenWheel reads a wheel of the registry until ctx ends. Its content is whole where the reader gives io.EOF, and not what was
// uploaded where it gives another error. A missing wheel is ErrNotFound.
func (g *Gateway) OpenWheel(ctx context.Context, name string) (io.ReadCloser, error) {
	_, content, err := g.openWheel(ctx, name)
	return content, err
}

func (g *Gateway) openWheel(ctx context.Context, name string) (*Wheel, io.ReadCloser, error) {
	if err := g.up(ctx); err != nil {
		return nil, nil, err
	}
	if !isWheelName(name) {
		return nil, nil, ErrNotFound
	}
	look, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	object, err := g.wheels.objects.Get(look, name)
	if err != nil {
		return nil, nil, g.wheels.away(look, err)
	}
	content := &mappedReader{g.wheels.objects.Open(ctx, object), func(err error) error {
		if errors.Is(err, jet.ErrCorrupt) {
			return err
		}
		return g.wheels.away(ctx, err)
	}}
	return wheelOf(g.wheels.objects.Name(), object), io.NopCloser(content), nil
}

// mappedReader gives another error for each of its reader's but io.EOF.
type mappedReader struct {
	io.Reader
	say func(error) error
}

// Read reads.
func (m *mappedReader) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = m.say(err)
	}
	return n, err
}

// DeleteWheel takes a wheel out of the registry. Workers that have it installed keep the package. A missing wheel is
// ErrNotFound.
func (g *Gateway) DeleteWheel(ctx context.Context, name string) error {
	return g.deleteWheelFrom(ctx, name, WheelSource{})
}

func (g *Gateway) deleteWheelFrom(ctx context.Context, name string, source WheelSource) error {
	if err := g.up(ctx); err != nil {
		return err
	}
	if !isWheelName(name) {
		return ErrNotFound
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	object, err := g.wheels.objects.Delete(ctx, name)
	if err != nil {
		return g.wheels.away(ctx, err)
	}
	wheel := wheelOf(g.wheels.objects.Name(), object)
	g.cfg.Log.Info("wheel deleted", "wheel_name", name)
	g.wheels.record(ctx, WheelEvent{
		Action: WheelDeleted, Wheel: name, Tags: wheel.Tags, Size: wheel.Size, SHA256: wheel.SHA256, Source: source,
	})
	return nil
}

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

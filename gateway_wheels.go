// This file owns the calls about wheels; they are served over HTTP in gateway_wheels_http.go.

package pyoco

import (
	"context"
	"errors"
	"io"

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

// This file owns the way of an upload into the registry.

package pyoco

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/pywheel"
)

// incoming is an upload on its way. What is written to it goes to NATS at once; it ends with finish or abort.
type incoming struct {
	store  *wheelStore
	name   pywheel.Name
	upload *jet.Upload
}

// begin refuses what can be refused by its name, before its content is read.
func (s *wheelStore) begin(ctx context.Context, file string) (*incoming, error) {
	name, err := parseWheelName(file)
	if err != nil {
		return nil, err
	}
	look, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	there, err := s.objects.List(look)
	if err != nil {
		if err = s.away(look, err); !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	if err := admit(name, there); err != nil {
		return nil, err
	}
	return &incoming{store: s, name: name, upload: s.objects.Upload(ctx)}, nil
}

// Write stores the content that comes next.
func (i *incoming) Write(p []byte) (int, error) {
	n, err := i.upload.Write(p)
	if err != nil {
		err = i.store.away(i.upload.Context(), err)
	}
	return n, err
}

func (i *incoming) abort() { i.upload.Abort() }

// finish judges what was written, and makes it a wheel of the registry. After an error nothing of it stays.
func (i *incoming) finish(ctx context.Context, tags []string) (*Wheel, error) {
	object, err := i.commit(ctx, tags)
	if err != nil {
		i.abort()
		return nil, err
	}
	return wheelOf(i.store.objects.Name(), object), nil
}

func (i *incoming) commit(ctx context.Context, tags []string) (jet.Object, error) {
	tags, err := checkWheelTags(tags)
	if err != nil {
		return jet.Object{}, err
	}
	if err := i.upload.End(); err != nil {
		return jet.Object{}, i.store.away(ctx, err)
	}
	if err := i.check(ctx); err != nil {
		return jet.Object{}, err
	}
	headers := map[string]string{wheelTypeHeader: "application/octet-stream", wheelSHA256Header: hex.EncodeToString(i.upload.SHA256())}
	if len(tags) > 0 {
		headers[wheelTagsHeader] = strings.Join(tags, ",")
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()
	object, err := i.upload.Commit(ctx, i.name.File, headers, func(there []jet.Object) error { return admit(i.name, there) })
	var older *WheelVersionError
	switch {
	case err == nil, errors.As(err, &older):
		return object, err
	case i.upload.Uncertain():
		return object, fmt.Errorf("%w: %w", errWheelUnknown, err)
	}
	return object, i.store.away(ctx, err)
}

// check reads the wheel back, file by file.
func (i *incoming) check(ctx context.Context) error {
	if i.store.gateway.cfg.WheelCheck == WheelCheckName {
		return nil
	}
	archive, err := pywheel.Open(i.upload, i.upload.Size())
	if err == nil {
		err = archive.Check(i.name)
	}
	var bad *pywheel.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		return invalid("wheel", "is not the wheel that its name says: %v", bad)
	}
	return i.store.away(ctx, err)
}

// copyLimited copies a content that may have at most limit bytes.
func copyLimited(to io.Writer, from io.Reader, limit int64) error {
	n, err := io.Copy(to, io.LimitReader(from, limit))
	if err != nil || n < limit {
		return err
	}
	if n, _ := io.ReadFull(from, make([]byte, 1)); n > 0 {
		return &InvalidError{Field: "wheel", Reason: fmt.Sprintf("must be at most %d bytes", limit), TooLarge: true, id: errInvalidRequest}
	}
	return nil
}

// This file owns the registry of wheels: which may stand in it together, and the way of an upload into it.

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

// wheelStore is a gateway's hold on the registry. Any number of gateways may share one.
type wheelStore struct {
	gateway *Gateway
	objects *jet.Objects
	history *jet.Bucket
}

func newWheelStore(g *Gateway) *wheelStore {
	return &wheelStore{
		gateway: g, objects: g.jet.Objects(g.cfg.Resources.WheelsBucket), history: g.jet.Bucket(g.cfg.Resources.WheelHistoryBucket),
	}
}

// errWheelUnknown says that a wheel may have been stored, or not.
var errWheelUnknown = unavailable("it is not known whether the wheel was stored", nil)

// away tells why the registry could not be reached: the wheel is not there, there is no room, or NATS is away. Where only the
// object store is missing it is made, and holds nothing.
func (s *wheelStore) away(ctx context.Context, err error) error {
	resources := s.gateway.cfg.Resources
	if jet.NoStream(err) {
		if err = resources.ensureWheels(ctx, s.gateway.jet); err == nil {
			return ErrNotFound
		}
		if jet.NoRoom(err) {
			return &noRoomError{
				what: fmt.Sprintf("wheels: the store has no room for the %d bytes that %s reserves: make room, or lower PYOCO_WHEEL_STORE_MAX_BYTES",
					resources.WheelStoreMaxBytes, s.objects.Name()),
				id: errNATSUnavailable, cause: err,
			}
		}
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, jet.ErrNotFound):
		return ErrNotFound
	case jet.StoreFull(err):
		return &noRoomError{
			what: fmt.Sprintf("wheels: there is no room for it in %s, which holds %d bytes at most: delete wheels, or raise PYOCO_WHEEL_STORE_MAX_BYTES",
				s.objects.Name(), resources.WheelStoreMaxBytes),
			id: errNATSUnavailable, cause: err,
		}
	}
	return unavailable("the wheels could not be reached", err)
}

// list gives the wheels, sorted by name.
func (s *wheelStore) list(ctx context.Context) ([]*Wheel, error) {
	objects, err := s.objects.List(ctx)
	if err != nil {
		if err = s.away(ctx, err); !errors.Is(err, ErrNotFound) {
			return nil, err
		}
	}
	wheels := []*Wheel{}
	for _, object := range objects {
		if isWheelName(object.Name) {
			wheels = append(wheels, wheelOf(s.objects.Name(), object))
		}
	}
	return wheels, nil
}

// admit is the rule of versions: a package comes in only at a version that is higher than all that are there.
func admit(name pywheel.Name, there []jet.Object) error {
	var newest pywheel.Name
	for _, object := range there {
		other, err := parseWheelName(object.Name)
		if err == nil && other.Package == name.Package && other.Version.Compare(newest.Version) > 0 {
			newest = other
		}
	}
	if newest.File == "" || name.Version.Compare(newest.Version) > 0 {
		return nil
	}
	return &WheelVersionError{
		Package: name.Package, Version: name.Version.String(), Present: newest.File, PresentVersion: newest.Version.String(),
	}
}

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

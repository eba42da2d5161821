// This file owns the registry of wheels: which may stand in it together, and why it can't be reached.

package pyoco

import (
	"context"
	"errors"
	"fmt"

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

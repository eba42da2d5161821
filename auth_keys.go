// This file owns the administration of API keys: made, listed, revoked, rotated.

package pyoco

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"golang.org/x/sync/errgroup"

	"github.com/pyoco/pyoco/internal/jet"
)

// KeysConfig says where API keys are kept. The zero value works.
type KeysConfig struct {
	// Resources name the bucket, and say its replicas where it has to be made.
	Resources Resources
	// Pepper is added to each secret before it is hashed. All gateways need the same, and a key made with another one is
	// refused. Default: none.
	Pepper string
}

// Keys makes and revokes the API keys of gateways. It is safe for concurrent use. Its calls return ErrUnavailable where
// NATS gives no answer.
type Keys struct {
	jet       *jet.Jet
	resources Resources
	pepper    string
	now       func() time.Time
}

// NewKeys gives the keys of a system, on a connection that stays the caller's. It does no I/O.
func NewKeys(nc *nats.Conn, cfg KeysConfig) (*Keys, error) {
	r, err := cfg.Resources.WithDefaults()
	if err != nil {
		return nil, err
	}
	j, err := jet.New(nc)
	if err != nil {
		return nil, err
	}
	return &Keys{jet: j, resources: r, pepper: cfg.Pepper, now: time.Now}, nil
}

// KeySpec says what a key is to be.
type KeySpec struct {
	// Tenant is whose runs the key makes and sees: 1 to 64 of A-Z, a-z, 0-9, _ and -. Required.
	Tenant string
	// Name is for people, at most 200 bytes.
	Name string
	// Scopes are what the key may do; see Scopes. Default: everything within its tenant.
	Scopes []string
	// Expires is how long the key is in force. Default: until it is revoked.
	Expires time.Duration
}

// IssuedKey is a key that was just made, the only time that it is shown.
type IssuedKey struct {
	APIKey
	// Text is what a client sends.
	Text string
}

// Create makes a key. ErrInvalid: the spec can't be used.
func (k *Keys) Create(ctx context.Context, spec KeySpec) (*IssuedKey, error) {
	if err := spec.check(); err != nil {
		return nil, err
	}
	now := k.now()
	record := &keyRecord{
		ID: newKeyID(), TenantID: spec.Tenant, CreatedAt: timestamp(now), Name: spec.Name, Scopes: slices.Clone(spec.Scopes),
	}
	if spec.Expires > 0 {
		record.ExpiresAt = timestamp(now.Add(spec.Expires))
	}
	text, err := record.setSecret(k.pepper)
	if err != nil {
		return nil, err
	}
	data, err := record.encode()
	if err != nil {
		return nil, err
	}
	bucket, err := k.resources.ensureBucket(ctx, k.jet, k.resources.AuthBucket)
	if err == nil {
		_, err = bucket.Create(ctx, keyRecordPrefix+record.ID, data)
	}
	if err != nil {
		return nil, unavailable("the key could not be stored", err)
	}
	return &IssuedKey{APIKey: *record.shown(), Text: text}, nil
}

func (s *KeySpec) check() error {
	switch {
	case !validTenant(s.Tenant):
		return invalid("tenant", "must be 1 to %d of A-Z, a-z, 0-9, _ and -, got %q", maxTenant, clip(s.Tenant, maxShown))
	case len(s.Name) > maxKeyName:
		return tooLarge("name", maxKeyName, len(s.Name))
	case !utf8.ValidString(s.Name):
		return invalid("name", "must be UTF-8")
	case s.Expires < 0:
		return invalid("expires", "must be above 0, got %s", s.Expires)
	}
	for _, scope := range s.Scopes {
		if !slices.Contains(Scopes(), scope) {
			return invalid("scopes", "must be of %s, got %q", strings.Join(Scopes(), ", "), clip(scope, maxShown))
		}
	}
	return nil
}

// List gives every key, the newest first. Records that are none of a key are left out.
func (k *Keys) List(ctx context.Context) ([]*APIKey, error) {
	bucket := k.jet.Bucket(k.resources.AuthBucket)
	names, err := bucket.Keys(ctx)
	if jet.NoStream(err) {
		return []*APIKey{}, nil
	}
	if err != nil {
		return nil, unavailable("the keys could not be read", err)
	}
	list := []*APIKey{}
	var mu sync.Mutex
	group, reading := errgroup.WithContext(ctx)
	group.SetLimit(16)
	for _, name := range names {
		id, ok := strings.CutPrefix(name, keyRecordPrefix)
		if !ok {
			continue
		}
		group.Go(func() error {
			record, _, err := k.read(reading, id)
			if errors.Is(err, ErrUnavailable) {
				return err
			}
			if err != nil {
				return nil //nolint:nilerr // it is gone, or none of a key
			}
			mu.Lock()
			defer mu.Unlock()
			list = append(list, record.shown())
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	slices.SortFunc(list, func(a, b *APIKey) int {
		return cmp.Or(cmp.Compare(b.CreatedAt, a.CreatedAt), strings.Compare(a.ID, b.ID))
	})
	return list, nil
}

// Revoke ends a key: gateways refuse it at once. One that is revoked stays as it is. A missing one is ErrNotFound.
func (k *Keys) Revoke(ctx context.Context, id string) (*APIKey, error) {
	record, err := k.change(ctx, id, func(r *keyRecord) error {
		if r.RevokedAt != nil {
			return errUnchanged
		}
		r.RevokedAt = orNull(timestamp(k.now()))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return record.shown(), nil
}

// Rotate gives a key a new secret. The old one is refused from then on; all else of the key stays. A missing key is
// ErrNotFound, a revoked one ErrInvalid.
func (k *Keys) Rotate(ctx context.Context, id string) (*IssuedKey, error) {
	var text string
	record, err := k.change(ctx, id, func(r *keyRecord) (err error) {
		if r.RevokedAt != nil {
			return invalid("key_id", "is of a key that was revoked: create a new one")
		}
		r.RotatedAt = timestamp(k.now())
		text, err = r.setSecret(k.pepper)
		return err
	})
	if err != nil {
		return nil, err
	}
	return &IssuedKey{APIKey: *record.shown(), Text: text}, nil
}

// read gives a record with its revision. A missing one is ErrNotFound; one that is none of a key is another error.
func (k *Keys) read(ctx context.Context, id string) (*keyRecord, uint64, error) {
	if !validKeyID(id) {
		return nil, 0, ErrNotFound
	}
	entry, err := k.jet.Bucket(k.resources.AuthBucket).Get(ctx, keyRecordPrefix+id)
	if errors.Is(err, jet.ErrNotFound) || jet.NoStream(err) {
		return nil, 0, ErrNotFound
	}
	if err != nil {
		return nil, 0, unavailable("the key could not be read", err)
	}
	record, err := decodeKey(id, entry.Value)
	return record, entry.Revision, err
}

// change makes a change to the record that is there, however many make one at once.
func (k *Keys) change(ctx context.Context, id string, change func(*keyRecord) error) (*keyRecord, error) {
	for {
		record, revision, err := k.read(ctx, id)
		if err != nil {
			return nil, err
		}
		err = change(record)
		if errors.Is(err, errUnchanged) {
			return record, nil
		}
		if err != nil {
			return nil, err
		}
		data, err := record.encode()
		if err != nil {
			return nil, fmt.Errorf("write the record of key %s: %w", id, err)
		}
		_, err = k.jet.Bucket(k.resources.AuthBucket).Update(ctx, keyRecordPrefix+id, data, revision)
		var conflict *jet.ConflictError
		if err == nil {
			return record, nil
		}
		if !errors.As(err, &conflict) {
			return nil, unavailable("the key could not be written", err)
		}
	}
}

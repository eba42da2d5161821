// This file owns the end of an upload: it becomes an object, or nothing of it stays.

package jet

import (
	"context"
	"fmt"
	"time"
)

// Commit makes what was written the object of a name, in place of the one that may be there. admit is given the objects
// that there are, and its error is returned as it is; it is asked again whenever one of them has changed before the new one
// stood among them. So of several that must not stand beside each other one wins, whoever writes them.
func (u *Upload) Commit(ctx context.Context, name string, headers map[string]string, admit func([]Object) error) (Object, error) {
	if err := u.End(); err != nil {
		return Object{}, err
	}
	object := Object{Name: name, NUID: u.nuid, Size: u.size, Chunks: len(u.stored), SHA256: u.SHA256(), Headers: headers}
	var refused error
	replaced := ""
	change := &change{objects: u.objects, name: name}
	err := change.apply(ctx, func() ([]byte, error) {
		all, err := u.objects.all(ctx)
		if err != nil {
			return nil, err
		}
		replaced = ""
		for _, there := range all {
			switch {
			case there.NUID == u.nuid:
				change.revision = there.Revision
				return nil, errMade
			case there.Name == name && !there.Deleted:
				replaced = there.NUID
			}
		}
		if refused = admit(present(all)); refused != nil {
			return nil, refused
		}
		object.Modified = time.Now()
		return object.encode(u.objects.name)
	})
	u.uncertain = err != nil && change.uncertain
	switch {
	case refused != nil:
		return Object{}, refused
	case err != nil:
		return Object{}, fmt.Errorf("write object %q of %s: %w", name, u.objects.name, err)
	}
	if replaced != "" {
		_ = u.objects.purge(ctx, u.objects.chunks(replaced), 0) // else Tidy does it
	}
	object.Revision = change.revision
	return object, nil
}

// Abort removes what was written. It takes its time also after ctx has ended, a few seconds at most. What it can't remove,
// and what may have become an object all the same because NATS gave no answer, is left to Tidy.
func (u *Upload) Abort() {
	if u.uncertain {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(u.ctx), abortTime)
	defer cancel()
	_ = u.objects.purge(ctx, u.objects.chunks(u.nuid), 0)
}

// This file owns which wheels a worker takes.

package pyoco

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/pyenv"
	"github.com/pyoco/pyoco/internal/pywheel"
)

// unsupportedTags is the reason for which a wheel is skipped.
const unsupportedTags = "unsupported_wheel_tags"

// candidate is a wheel that the worker may take.
type candidate struct {
	object jet.Object
	name   pywheel.Name
	tags   []string
}

// choose gives the newest wheel of each package among those that are for the worker's tags, or for all, and that its Python
// can install. What is no wheel is not looked at.
func (s *wheelSyncer) choose(objects []jet.Object) (selected []pyenv.Wheel, skipped []SkippedWheel) {
	newest := map[string]candidate{}
	for _, object := range objects {
		name, err := pywheel.ParseName(object.Name)
		tags := wheelTags(object.Headers[wheelTagsHeader])
		if err != nil || len(tags) > 0 && !slices.ContainsFunc(tags, func(tag string) bool { return slices.Contains(s.worker.cfg.Tags, tag) }) {
			continue
		}
		if !s.takes.CanInstall(name) {
			skipped = append(skipped, SkippedWheel{Wheel: name.File, Package: name.Package, Version: name.Version.String(), Reason: unsupportedTags})
			continue
		}
		other, there := newest[name.Package]
		if order := name.Version.Compare(other.name.Version); !there || order > 0 || order == 0 && name.File > other.name.File {
			newest[name.Package] = candidate{object, name, tags}
		}
	}
	selected = []pyenv.Wheel{}
	for _, c := range newest {
		slices.Sort(c.tags) // as the state file has them
		selected = append(selected, pyenv.Wheel{
			File: c.name.File, NUID: c.object.NUID, Package: c.name.Package, Version: c.name.Version.String(), Tags: c.tags,
			Open: func(ctx context.Context) (io.Reader, error) { return s.store.Open(ctx, c.object), nil },
		})
	}
	slices.SortFunc(selected, func(a, b pyenv.Wheel) int { return strings.Compare(a.File, b.File) })
	return selected, skipped
}

func wheelFiles(wheels []pyenv.Wheel) []string {
	list := []string{}
	for _, wheel := range wheels[:min(len(wheels), maxSyncItems)] {
		list = append(list, wheel.File)
	}
	return list
}

// This file owns the look at a wheel before it is uploaded: what the registry would refuse, and what its users would miss.

package pyoco

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/pyoco/pyoco/internal/pywheel"
)

// WheelPreflight is what can be told of a wheel before it is uploaded.
type WheelPreflight struct {
	// Faults are why a gateway refuses it, or no worker can use it. None: there are none.
	Faults []string
	// Hints are what its makers may have forgotten.
	Hints []string
	// NoEntryPoints: it announces nothing, so that its tasks can be named in flow files by module and function alone.
	NoEntryPoints bool
	// NoUsageDoc: it has neither a description of 80 characters or more nor a URL of its documentation.
	NoUsageDoc bool
}

const (
	// usageDocLength is how long a description has to be to say how the tasks are used, in characters.
	usageDocLength = 80
	// taskGroup is the group of entry points that are tasks.
	taskGroup = "pyoco.tasks"
)

// PreflightWheel reads a wheel under the file name that it would be uploaded under. The error is that of content, or an
// *InvalidError for a name that is no wheel's; all else stands in the answer.
func PreflightWheel(name string, content io.ReaderAt, size int64) (*WheelPreflight, error) {
	parsed, err := parseWheelName(name)
	if err != nil {
		return nil, err
	}
	p := &WheelPreflight{}
	archive, err := pywheel.Open(content, size)
	if err != nil {
		return p, p.fault(err)
	}
	if err := p.fault(archive.Check(parsed)); err != nil {
		return p, err
	}
	metadata, err := archive.Metadata()
	if err := p.fault(err); err != nil {
		return p, err
	}
	points, err := archive.EntryPoints()
	if err := p.fault(err); err != nil {
		return p, err
	}
	p.NoEntryPoints = len(points) == 0 && err == nil
	p.NoUsageDoc = !hasUsageDoc(metadata)
	p.hint(metadata, points, archive)
	return p, nil
}

// fault keeps what is the wheel's fault, once, and gives back what is not.
func (p *WheelPreflight) fault(err error) error {
	var bad *pywheel.Error
	if !errors.As(err, &bad) {
		return err
	}
	for _, known := range p.Faults {
		if known == bad.Error() {
			return nil
		}
	}
	p.Faults = append(p.Faults, bad.Error())
	return nil
}

func hasUsageDoc(m pywheel.Metadata) bool {
	if utf8.RuneCountInString(m.Description) >= usageDocLength {
		return true
	}
	for _, page := range m.URLs {
		switch strings.ToLower(page.Label) {
		case "documentation", "docs", "doc", "usage":
			if page.URL != "" {
				return true
			}
		}
	}
	return false
}

func (p *WheelPreflight) hint(m pywheel.Metadata, points []pywheel.EntryPoint, archive *pywheel.Archive) {
	if m.Summary == "" {
		p.Hints = append(p.Hints, "METADATA: the Summary is empty")
	}
	for _, name := range []string{"WHEEL", "RECORD"} {
		if !archive.Has(name) {
			p.Hints = append(p.Hints, name+": is not in the .dist-info folder, and pip installs no wheel without it")
		}
	}
	for _, point := range points {
		if point.Group == taskGroup {
			return
		}
	}
	if len(points) > 0 {
		p.Hints = append(p.Hints, "entry_points.txt: has no group ["+taskGroup+"], so that flow files can't name its tasks by \"use\"")
	}
}

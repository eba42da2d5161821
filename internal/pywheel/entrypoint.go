// This file owns entry_points.txt: the objects that a package announces (PyPA, "Entry points specification").

package pywheel

import (
	"strings"
	"unicode/utf8"
)

// maxEntryPoints is how large entry_points.txt may be, in bytes.
const maxEntryPoints = 1 << 20

const entryPointsFile = "entry_points.txt"

// EntryPoint is an object that a package announces under a name, to whom looks for its group.
type EntryPoint struct {
	Group, Name string
	// Module and Attr are where it is: module:attr. Attr may be empty.
	Module, Attr string
}

// EntryPoints reads entry_points.txt; a wheel without one announces nothing. The error is an *Error that names the line.
func (a *Archive) EntryPoints() ([]EntryPoint, error) {
	if !a.Has(entryPointsFile) {
		return nil, nil
	}
	text, err := a.read(entryPointsFile, maxEntryPoints)
	if err != nil {
		return nil, err
	}
	return ParseEntryPoints(string(text))
}

// ParseEntryPoints reads the text of entry_points.txt.
func ParseEntryPoints(text string) ([]EntryPoint, error) {
	if !utf8.ValidString(text) {
		return nil, wrong(entryPointsFile, "must be UTF-8")
	}
	var list []EntryPoint
	seen := map[[2]string]bool{}
	group := ""
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			name, ok := strings.CutSuffix(line[1:], "]")
			if group = strings.TrimSpace(name); !ok || group == "" {
				return nil, wrong(entryPointsFile, "line %d: a group is [name], got %s", number, quote(line))
			}
			continue
		}
		name, reference, ok := strings.Cut(line, "=")
		name = strings.TrimSpace(name)
		point, good := parseReference(reference)
		switch {
		case group == "":
			return nil, wrong(entryPointsFile, "line %d: must stand below a [group], got %s", number, quote(line))
		case !ok || name == "" || !good:
			return nil, wrong(entryPointsFile, "line %d: an entry point is name = module:object, got %s", number, quote(line))
		case seen[[2]string{group, name}]:
			return nil, wrong(entryPointsFile, "line %d: %s is in the group %s twice", number, quote(name), quote(group))
		}
		seen[[2]string{group, name}] = true
		point.Group, point.Name = group, name
		list = append(list, point)
	}
	return list, nil
}

// parseReference reads module:attr, each of them names with dots between them, and steps over extras, which are no longer used.
func parseReference(text string) (EntryPoint, bool) {
	if before, extras, ok := strings.Cut(text, "["); ok {
		if !strings.HasSuffix(strings.TrimSpace(extras), "]") {
			return EntryPoint{}, false
		}
		text = before
	}
	module, attr, found := strings.Cut(text, ":")
	module, attr = strings.TrimSpace(module), strings.TrimSpace(attr)
	if !dotted(module) || found && !dotted(attr) {
		return EntryPoint{}, false
	}
	return EntryPoint{Module: module, Attr: attr}, true
}

// dotted says whether a text is names with dots between them. Names beyond ASCII are left to Python to judge.
func dotted(text string) bool {
	for name := range strings.SplitSeq(text, ".") {
		if name == "" || strings.Contains(digits, name[:1]) || strings.ContainsFunc(name, func(r rune) bool {
			return r < utf8.RuneSelf && !strings.ContainsRune(letters+digits+"_", r)
		}) {
			return false
		}
	}
	return true
}

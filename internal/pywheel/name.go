// This file owns the file name of a wheel (PEP 427): which package, which version, and where it can be installed.

package pywheel

import "strings"

// Name is what a wheel's file name says.
type Name struct {
	// File is the whole name.
	File string
	// Distribution is the package's name as it stands in the file's.
	Distribution string
	// Package is it normalised: two wheels of the same Package are of the same package.
	Package string
	Version Version
	// Build is the build number, with what follows its digits; empty where there is none.
	Build string
	// Tags are the interpreters that it can be installed for.
	Tags []Tag
}

// maxName is how long a file name may be, in bytes: what file systems take.
const maxName = 255

const nameAlphabet = letters + digits + "._+!-"

// ParseName reads a wheel's file name. The error is an *Error whose Reason says what the name has to look like.
func ParseName(file string) (Name, error) {
	const form = "a wheel is named PACKAGE-VERSION-PYTHON-ABI-PLATFORM.whl, like shop-1.0-py3-none-any.whl"
	bad := func(format string, args ...any) (Name, error) {
		return Name{}, wrong("name", format, args...)
	}
	if len(file) > maxName {
		return bad("must be at most %d bytes, got %d", maxName, len(file))
	}
	if !consistsOf(file, nameAlphabet) {
		return bad("must consist of A-Z, a-z, 0-9 and . _ + ! -, got %s", quote(file))
	}
	stem, ok := strings.CutSuffix(file, ".whl")
	parts := strings.Split(stem, "-")
	if !ok || len(parts) != 5 && len(parts) != 6 {
		return bad("%s, got %s", form, quote(file))
	}
	name := Name{File: file, Distribution: parts[0], Package: Normalize(parts[0])}
	if strings.Contains(parts[0], "__") || !consistsOf(parts[0], letters+digits+"._") {
		return bad("%s is no name of a package: letters, digits, dots and single underscores (PEP 427)", quote(parts[0]))
	}
	var err error
	if name.Version, err = ParseVersion(parts[1]); err != nil {
		return bad("%s in %s is no version (PEP 440)", quote(parts[1]), quote(file))
	}
	if len(parts) == 6 {
		suffix := strings.TrimLeft(parts[2], digits)
		if suffix == parts[2] {
			return bad("the build number %s must begin with a digit (PEP 427)", quote(parts[2]))
		}
		name.Build = string(wholeNumber(strings.TrimSuffix(parts[2], suffix))) + suffix
	}
	if name.Tags, err = ParseTags(strings.Join(parts[len(parts)-3:], "-")); err != nil {
		return Name{}, err
	}
	return name, nil
}

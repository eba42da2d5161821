// This file owns compatibility tags (PEP 425): what a wheel is made for, and what an interpreter takes.

package pywheel

import "strings"

// Tag is one combination of interpreter, ABI and platform, in lower case.
type Tag struct{ Python, ABI, Platform string }

func (t Tag) String() string { return t.Python + "-" + t.ABI + "-" + t.Platform }

// maxTags is how many tags a compressed set may stand for.
const maxTags = 1024

// ParseTags reads a tag, or a compressed set of them: py2.py3-none-any is py2-none-any and py3-none-any. The error is an
// *Error.
func ParseTags(text string) ([]Tag, error) {
	parts := strings.Split(text, "-")
	if len(parts) != 3 {
		return nil, wrong("name", "a compatibility tag is PYTHON-ABI-PLATFORM, like py3-none-any, got %s", quote(text))
	}
	var sets [3][]string
	count := 1
	for i, part := range parts {
		sets[i] = strings.Split(strings.ToLower(part), ".")
		for _, word := range sets[i] {
			if word == "" {
				return nil, wrong("name", "the compatibility tag %s has an empty part", quote(text))
			}
		}
		if count *= len(sets[i]); count > maxTags {
			return nil, wrong("name", "the compatibility tag %s stands for more than %d tags", quote(text), maxTags)
		}
	}
	for _, python := range sets[0] {
		if !identifier(python) {
			return nil, wrong("name", "%s is no interpreter, like py3 or cp311", quote(python))
		}
	}
	tags := make([]Tag, 0, count)
	for _, python := range sets[0] {
		for _, abi := range sets[1] {
			for _, platform := range sets[2] {
				tags = append(tags, Tag{python, abi, platform})
			}
		}
	}
	return tags, nil
}

func identifier(word string) bool {
	return consistsOf(word, letters+digits+"_") && !strings.Contains(digits, word[:1])
}

// Interpreter is what a Python interpreter takes. The zero value takes nothing.
type Interpreter struct{ tags map[Tag]bool }

// ParseInterpreter reads the tags that an interpreter gives itself, like cp311-cp311-manylinux_2_17_x86_64: those of
// packaging.tags.sys_tags(). The error is an *Error.
func ParseInterpreter(tags []string) (Interpreter, error) {
	i := Interpreter{tags: make(map[Tag]bool, len(tags))}
	for _, text := range tags {
		set, err := ParseTags(text)
		if err != nil {
			return Interpreter{}, err
		}
		for _, tag := range set {
			i.tags[tag] = true
		}
	}
	return i, nil
}

// CanInstall says whether the interpreter takes one of the wheel's tags.
func (i Interpreter) CanInstall(n Name) bool {
	for _, tag := range n.Tags {
		if i.tags[tag] {
			return true
		}
	}
	return false
}

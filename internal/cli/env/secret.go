// This file owns secrets: what may also be kept in a file, which the variable NAME_FILE names.

package env

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// secret is a text that may be kept in a file. Where that file can't be used, unread is told, and the text stays empty: who
// needs it must not go on.
func secret(name string, of func(*Settings) *string, unread func(*Settings) *error) variable {
	v := text(name, of)
	v.unread = unread
	return v
}

// APIKey is the key that a client sends: PYOCO_API_KEY, or what the file PYOCO_API_KEY_FILE holds. It is read where Read
// reads. "" where there is none.
func APIKey(lookup func(name string) (string, bool)) (string, error) {
	var s Settings
	return apiKey.from(s.sources(lookup))
}

var apiKey = secret("PYOCO_API_KEY", nil, func(*Settings) *error { return nil })

// from gives the text of a variable from the first source that has it.
func (v variable) from(sources []source) (string, error) {
	for _, source := range sources {
		text, file := source(v.name), ""
		if v.unread != nil {
			file = source(v.name + "_FILE")
		}
		switch {
		case text != "" && file != "":
			return "", fmt.Errorf("%s and %[1]s_FILE are both set: leave one of them out", v.name)
		case file != "":
			text, err := ReadSecret(file)
			if err != nil {
				return "", fmt.Errorf("%s_FILE: the secret can't be used: %w", v.name, err)
			}
			return text, nil
		case text != "":
			return text, nil
		}
	}
	return "", nil
}

// maxSecretBytes bounds a file with a secret.
const maxSecretBytes = 64 << 10

// ReadSecret reads a file of one line, whose end is not part of the secret. What could not stand in a variable is refused: it
// is another file than was meant.
func ReadSecret(name string) (string, error) {
	name = atHome(name)
	text, err := readFile(name, maxSecretBytes)
	if err != nil {
		if errors.Is(err, errNoFile) {
			return "", fmt.Errorf("%s: %w", name, err)
		}
		return "", err
	}
	text = strings.TrimSuffix(strings.TrimSuffix(text, "\n"), "\r")
	switch {
	case strings.TrimSpace(text) == "":
		return "", fmt.Errorf("%s is empty", name)
	case !utf8.ValidString(text) || strings.ContainsFunc(text, unicode.IsControl):
		return "", fmt.Errorf("%s must hold one line of text", name)
	}
	return text, nil
}

// This file owns the .env file: which one is read, and what its lines mean.

package env

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// maxDotenvBytes bounds what is read of the file.
const maxDotenvBytes = 1 << 20

// readDotenv reads the file that PYOCO_ENV_FILE names, else .env, which need not be there. A file that can't be read is a
// warning, and so is each line of it that means nothing.
func readDotenv(named string) (map[string]string, []string) {
	name := named
	if name == "" {
		name = ".env"
	}
	name = atHome(name)
	text, err := readFile(name, maxDotenvBytes)
	switch {
	case named == "" && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNoFile)): // a folder .env is a Python's
		return nil, nil
	case err != nil:
		return nil, []string{fmt.Sprintf("%s is not read: %v", name, err)}
	}
	values, bad := parseDotenv(text)
	var warnings []string
	for _, line := range bad {
		warnings = append(warnings, fmt.Sprintf("%s: line %d is skipped: %s", name, line.number, line.reason))
	}
	return values, warnings
}

var errNoFile = errors.New("it is not a file")

// atHome is the name of a file where ~/ stands for the home folder, as shells have it outside of quotes.
func atHome(name string) string {
	if rest, ok := strings.CutPrefix(name, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, rest)
		}
	}
	return name
}

func readFile(name string, limit int64) (string, error) {
	info, err := os.Stat(name)
	if err != nil {
		return "", err
	}
	if !info.Mode().IsRegular() {
		return "", errNoFile
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err == nil && int64(len(data)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return string(data), err
}

// badLine is a line that means nothing. Its text is not told: it may hold a secret.
type badLine struct {
	number int
	reason string
}

// parseDotenv reads lines of NAME=value, where export may stand before the name. A value is literal: nothing in it is
// expanded. It may stand in quotes, single or double; else it ends before a # that follows a space. Of a name that stands
// twice, the later line counts.
func parseDotenv(text string) (map[string]string, []badLine) {
	values := map[string]string{}
	var bad []badLine
	number := 0
	for line := range strings.SplitSeq(strings.TrimPrefix(text, "\ufeff"), "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		name, value, reason := parseLine(line)
		if reason != "" {
			bad = append(bad, badLine{number, reason})
			continue
		}
		values[name] = value
	}
	return values, bad
}

func parseLine(line string) (name, value, reason string) {
	if rest, ok := strings.CutPrefix(line, "export"); ok && rest != "" && isSpace(rest[0]) {
		line = rest
	}
	name, value, found := strings.Cut(line, "=")
	if name = strings.TrimSpace(name); !found {
		return "", "", "there is no = in it"
	}
	if !isName(name) {
		return "", "", "what stands before = is no name of a variable"
	}
	if strings.ContainsRune(value, 0) {
		return "", "", "there is a NUL in it"
	}
	if trimmed := strings.TrimSpace(value); trimmed != "" && (trimmed[0] == '"' || trimmed[0] == '\'') {
		inner, ok := unquote(trimmed)
		if !ok {
			return "", "", "its quotes are not closed, or something stands behind them"
		}
		return name, inner, ""
	}
	return name, strings.TrimSpace(beforeComment(value)), ""
}

// unquote gives what stands between the first quote and the first one of its kind that ends the value: behind it, nothing
// or a comment follows.
func unquote(value string) (string, bool) {
	for end := 1; ; end++ {
		next := strings.IndexByte(value[end:], value[0])
		if next < 0 {
			return "", false
		}
		end += next
		if strings.TrimSpace(beforeComment(value[end+1:])) == "" {
			return value[1:end], true
		}
	}
}

// beforeComment cuts off a # that follows a space, and all behind it.
func beforeComment(text string) string {
	for i := 1; i < len(text); i++ {
		if text[i] == '#' && isSpace(text[i-1]) {
			return text[:i]
		}
	}
	return text
}

func isSpace(c byte) bool { return unicode.IsSpace(rune(c)) && c < 0x80 }

func isName(s string) bool {
	for i, c := range []byte(s) {
		letter := c == '_' || c|0x20 >= 'a' && c|0x20 <= 'z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return false
		}
	}
	return s != ""
}

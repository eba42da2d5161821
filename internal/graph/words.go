// This file owns how the parts of a program are called, in texts and in messages.

package graph

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/pyoco/pyoco/internal/expr"
)

// Declared is the name of the declared task that the node runs.
func (t *Task) Declared() string {
	if t.Runs != "" {
		return t.Runs
	}
	return t.Name
}

// String is the word of the block notation.
func (k LoopKind) String() string {
	switch k {
	case Repeat:
		return "repeat"
	case ForEach:
		return "foreach"
	case Until:
		return "until"
	}
	return fmt.Sprintf("LoopKind(%d)", k)
}

// collects are the words for each Collect.
var collects = []string{CollectLast: "last", CollectFirst: "first", CollectList: "list", CollectFlatten: "flatten"}

// String is the word of the block notation.
func (c Collect) String() string {
	if int(c) < len(collects) {
		return collects[c]
	}
	return fmt.Sprintf("Collect(%d)", c)
}

// Rounds is how many rounds an Until may take.
func (l *Loop) Rounds() int {
	if l.MaxRounds > 0 {
		return l.MaxRounds
	}
	return DefaultUntilRounds
}

// Label is the case's literal as the operator notation writes it.
func (c Case) Label() string {
	if c.Default {
		return `"*"`
	}
	return literalText(c.Match)
}

// literalText is a literal as Python writes it.
func literalText(value any) string {
	switch value := value.(type) {
	case nil:
		return "None"
	case bool:
		if value {
			return "True"
		}
		return "False"
	case string:
		return quoteText(value)
	case float64:
		text, err := expr.AppendJSON(nil, value)
		if err == nil {
			return string(text)
		}
	}
	return fmt.Sprint(value)
}

// quoteText is a text in quotes, with Python's escapes.
func quoteText(text string) string {
	quote := '"'
	if strings.ContainsRune(text, '"') && !strings.ContainsRune(text, '\'') {
		quote = '\''
	}
	var quoted strings.Builder
	quoted.WriteRune(quote)
	for _, r := range text {
		switch {
		case r == quote || r == '\\':
			quoted.WriteRune('\\')
			quoted.WriteRune(r)
		case r == '\n':
			quoted.WriteString(`\n`)
		case unicode.IsControl(r):
			fmt.Fprintf(&quoted, `\x%02x`, r) // all of them are below 0xa0
		default:
			quoted.WriteRune(r)
		}
	}
	quoted.WriteRune(quote)
	return quoted.String()
}

// This file owns lines as text: when, how bad, who and where, what, and the rest in brackets.

package logs

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"github.com/pyoco/pyoco/internal/cli/output"
)

// text is the line for people.
func (l *line) text() []byte {
	var b strings.Builder
	field := func(name string) string { return output.Clean(fmt.Sprint(l.fields.get(name))) }
	if l.fields.get("ts") != nil {
		b.WriteString(field("ts") + " ")
	}
	fmt.Fprintf(&b, "%s %s %s %s:%s %s - %s", field("level"), field("service"), field("logger"), field("pathname"),
		field("lineno"), field("func"), field("message"))
	var rest []string
	for _, m := range l.fields {
		if !fixed(m.name) && !strings.HasPrefix(m.name, "exc_") {
			rest = appendText(rest, m.name, m.value)
		}
	}
	if len(rest) > 0 {
		b.WriteString(" (" + strings.Join(rest, ", ") + ")")
	}
	if l.failure != nil {
		b.WriteString(" " + output.Clean(l.failure.kind+": "+l.failure.message))
	}
	if l.stack != "" && l.include {
		b.WriteString(" traceback=" + strconv.Quote(l.stack))
	}
	b.WriteByte('\n')
	return []byte(b.String())
}

// appendText appends a member as name=value, the members of an object each with its whole name.
func appendText(list []string, name string, value any) []string {
	if inner, ok := value.(*object); ok {
		for _, m := range *inner {
			list = appendText(list, name+"."+m.name, m.value)
		}
		return list
	}
	shown, isText := value.(string)
	if !isText {
		shown = string(encode(value))
	} else if shown == "" || strings.ContainsFunc(shown, needsQuotes) {
		shown = strconv.Quote(shown)
	}
	return append(list, output.Clean(name)+"="+shown)
}

func needsQuotes(r rune) bool {
	return unicode.IsSpace(r) || !unicode.IsPrint(r) || strings.ContainsRune(`"=,()`, r)
}

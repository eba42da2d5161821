// This file owns the guess at which declared name was meant by an unknown one.

package graph

import "github.com/pyoco/pyoco/internal/lex"

// nearest is the declared name that is most like the unknown one, or "" if none is like it.
func nearest(unknown string, declared []string) string { return lex.Nearest(unknown, declared) }

// This file owns what version of the module a program has in it.

package pyoco

import "runtime/debug"

// Version is this module's version as it was built into the program, like v0.9.0, or (devel) where it was built from its
// source tree.
func Version() string {
	const module, unknown = "github.com/pyoco/pyoco", "(devel)"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return unknown
	}
	for _, m := range append(info.Deps, &info.Main) {
		if m.Path == module && m.Version != "" {
			return m.Version
		}
	}
	return unknown
}

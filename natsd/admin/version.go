// This file owns which versions of nats-server are known to lose data.

package admin

import (
	"strconv"
	"strings"
)

// The oldest versions without the bugs, of each line of releases that has one.
var soundVersions = [][3]int{{2, 14, 9}, {2, 15, 2}}

// lossyVersion gives the version to upgrade to where this one is known to lose data,
// else "". A version that can't be read is somebody's own build, and theirs to know.
func lossyVersion(version string) string {
	v, preview, ok := parseVersion(version)
	if !ok {
		return ""
	}
	for _, sound := range soundVersions {
		sameLine := v[0] == sound[0] && v[1] == sound[1]
		older := less(v, sound) || preview && v == sound
		if older && (sameLine || less(v, [3]int{sound[0], sound[1], 0})) {
			return strconv.Itoa(sound[0]) + "." + strconv.Itoa(sound[1]) + "." + strconv.Itoa(sound[2])
		}
		if sameLine {
			return ""
		}
	}
	return ""
}

func less(a, b [3]int) bool {
	for i := range a {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return false
}

// parseVersion reads 2.15.2, and 2.15.2-RC.1 as a preview of it.
func parseVersion(text string) (v [3]int, preview, ok bool) {
	text, _, _ = strings.Cut(strings.TrimPrefix(text, "v"), "+")
	text, _, preview = strings.Cut(text, "-")
	parts := strings.Split(text, ".")
	if len(parts) != len(v) {
		return v, preview, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil {
			return v, preview, false
		}
		v[i] = n
	}
	return v, preview, true
}

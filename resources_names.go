// This file owns which names JetStream takes: a wrong one would fail at each try, and look like a server that is away.

package pyoco

import (
	"strings"
	"unicode"
)

// maxNameBytes is JetStream's limit for the name of a stream.
const maxNameBytes = 255

// checkBucket says whether a text names a KV bucket, whose stream is KV_<name> (NATS ADR-8).
func checkBucket(field, name string) error {
	if limit := maxNameBytes - len("KV_"); len(name) > limit {
		return tooLarge(field, limit, len(name))
	}
	if !consistsOf(name, tagAlphabet) {
		return invalid(field, "must match [A-Za-z0-9_-]+, got %q", name)
	}
	return nil
}

// checkStream says whether a text names a stream (NATS ADR-6).
func checkStream(field, name string) error {
	if len(name) > maxNameBytes {
		return tooLarge(field, maxNameBytes, len(name))
	}
	if strings.ContainsAny(name, `.*>/\`) || strings.ContainsFunc(name, invisible) {
		return invalid(field, `must not hold spaces, control characters or any of . * > / \, got %q`, name)
	}
	return nil
}

// checkPrefix says whether a text can stand before a tag in a subject (NATS ADR-6).
func checkPrefix(field, prefix string) error {
	if len(prefix) > maxNameBytes {
		return tooLarge(field, maxNameBytes, len(prefix))
	}
	for token := range strings.SplitSeq(prefix, ".") {
		if token == "" || strings.ContainsAny(token, "*>$") || strings.ContainsFunc(token, invisible) {
			return invalid(field, "must be words with dots between them, without spaces, *, > or $, got %q", prefix)
		}
	}
	return nil
}

func invisible(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }

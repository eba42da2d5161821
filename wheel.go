// This file owns wheels as callers know them: the Python packages, with tasks in them, that workers install.

package pyoco

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pyoco/pyoco/internal/jet"
	"github.com/pyoco/pyoco/internal/pywheel"
)

// WheelCheck says what of an uploaded wheel is checked.
type WheelCheck string

// The checks.
const (
	// WheelCheckContent takes wheels alone: an archive whose paths, sizes and hashes are sound, with the METADATA of the
	// package and version that the file name says (PEP 427).
	WheelCheckContent WheelCheck = "content"
	// WheelCheckName takes any content under a name that is a wheel's, as the Python gateway does.
	WheelCheckName WheelCheck = "name"
)

// Wheel is a wheel in the registry.
type Wheel struct {
	// Name is its file name (PEP 427).
	Name string `json:"name"`
	// Size is in bytes.
	Size int64 `json:"size_bytes"`
	// Digest is SHA-256= and SHA256Base64, which is padded base64url.
	Digest       string `json:"digest"`
	SHA256Base64 string `json:"sha256_b64"`
	// MTime is when it was uploaded (RFC 3339), and Modified the same as a number.
	MTime    string    `json:"mtime"`
	Modified Timestamp `json:"modified"`
	// NUID names its content: what is uploaded anew under the same name has another one.
	NUID string `json:"nuid"`
	// Tags are those of the workers that install it; without any, every worker does.
	Tags []string `json:"tags"`
	// Bucket is the object store that has it.
	Bucket string `json:"bucket"`
	// SHA256 is the digest in hex.
	SHA256 string `json:"sha256_hex"`
}

// UnmarshalJSON reads a wheel of any gateway. The Python one gives no Modified and, in lists, no SHA256: they follow from the
// other fields.
func (w *Wheel) UnmarshalJSON(data []byte) error {
	type plain Wheel
	if err := json.Unmarshal(data, (*plain)(w)); err != nil {
		return err
	}
	if w.Modified == 0 {
		if t, err := time.Parse(time.RFC3339Nano, w.MTime); err == nil {
			w.Modified = timestamp(t)
		}
	}
	if w.SHA256 == "" {
		if sum, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(w.SHA256Base64, "=")); err == nil {
			w.SHA256 = hex.EncodeToString(sum)
		}
	}
	return nil
}

// MarshalJSON writes null for a digest that is not known.
func (w Wheel) MarshalJSON() ([]byte, error) {
	type plain Wheel
	return encode(struct {
		plain
		SHA256Base64 *string `json:"sha256_b64"`
		SHA256       *string `json:"sha256_hex"`
	}{plain(w), textOrNull(w.SHA256Base64), textOrNull(w.SHA256)})
}

func textOrNull(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// WheelUpload is a wheel to be put into the registry.
type WheelUpload struct {
	// Name is its file name, without folders: it says which package and version it is, and where it can be installed.
	Name string
	// Content is read to its end.
	Content io.Reader
	// Tags are those of the workers that install it. Default: every worker does.
	Tags []string
	// NoReplace is kept in the history, for old clients: a version that is there is never replaced.
	NoReplace bool
}

// WheelVersionError refuses a wheel: its package is in the registry at the same version or a newer one. Names of packages are
// compared as PEP 503 has it, and versions as PEP 440 has it. Only what is there counts: a version that was deleted may come
// back.
type WheelVersionError struct {
	// Package is the normalised name of the package, and Version the one that was refused.
	Package, Version string
	// Present is the wheel that is there, and PresentVersion its version.
	Present, PresentVersion string
}

func (e *WheelVersionError) Error() string {
	return fmt.Sprintf("wheel: %s is there at version %s (%s): the version must be higher, got %s", e.Package, e.PresentVersion, e.Present, e.Version)
}

// Headers of an object that is a wheel.
const (
	wheelTagsHeader   = "x-pyoco-wheel-tags"
	wheelSHA256Header = "sha256"
	wheelTypeHeader   = "content-type"
)

// wheelAlphabet is what the names of wheels consist of.
const wheelAlphabet = tagAlphabet + ".+"

// isWheelName says whether a name may be a wheel's; others in the object store are not shown.
func isWheelName(name string) bool {
	return consistsOf(name, wheelAlphabet) && strings.HasSuffix(name, ".whl")
}

// parseWheelName reads the name of an upload.
func parseWheelName(name string) (pywheel.Name, error) {
	if name != "" && !consistsOf(name, wheelAlphabet) {
		return pywheel.Name{}, invalid("wheel", "its file name must consist of A-Z, a-z, 0-9 and . _ + -, got %q", clip(name, maxShown))
	}
	parsed, err := pywheel.ParseName(name)
	if err != nil {
		return parsed, invalid("wheel", "its file %v", err)
	}
	return parsed, nil
}

// maxWheelTags is how many tags a wheel may have.
const maxWheelTags = 100

// checkWheelTags gives the tags of an upload without empty and repeated ones.
func checkWheelTags(tags []string) ([]string, error) {
	checked := make([]string, 0, len(tags))
	seen := map[string]bool{}
	for _, tag := range tags {
		if tag = strings.TrimSpace(tag); tag == "" || seen[tag] {
			continue
		}
		if err := checkTag("tags", tag); err != nil {
			return nil, err
		}
		seen[tag] = true
		checked = append(checked, tag)
	}
	if len(checked) > maxWheelTags {
		return nil, invalid("tags", "must be at most %d, got %d", maxWheelTags, len(checked))
	}
	return checked, nil
}

// wheelTags gives the tags that an object's header lists. What is no tag is left out: another program may have written it.
func wheelTags(list string) []string {
	tags := []string{}
	for tag := range strings.SplitSeq(list, ",") {
		if tag = strings.TrimSpace(tag); checkTag("tags", tag) == nil && !slices.Contains(tags, tag) {
			tags = append(tags, tag)
		}
	}
	return tags
}

// wheelOf is an object as a wheel.
func wheelOf(bucket string, o jet.Object) *Wheel {
	w := &Wheel{
		Name: o.Name, Size: o.Size, NUID: o.NUID, Bucket: bucket, MTime: o.Modified.UTC().Format(time.RFC3339Nano), Modified: timestamp(o.Modified),
		Tags: wheelTags(o.Headers[wheelTagsHeader]), Digest: o.Digest(), SHA256: o.Headers[wheelSHA256Header],
	}
	if len(o.SHA256) > 0 {
		w.SHA256Base64, w.SHA256 = base64.URLEncoding.EncodeToString(o.SHA256), hex.EncodeToString(o.SHA256)
	}
	return w
}

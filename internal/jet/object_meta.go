// This file owns the metadata of an object: JSON as NATS ADR-20 has it, with headers as nats.py writes them.

package jet

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// Object is what is known of an object.
type Object struct {
	Name string
	// NUID names its content: another content has another one.
	NUID string
	// Size is in bytes.
	Size   int64
	Chunks int
	// SHA256 is the digest of its content, 32 bytes; empty where none was written.
	SHA256  []byte
	Headers map[string]string
	// Modified is when it was written, by its writer's clock.
	Modified time.Time
	// Deleted: it was removed, and this is the marker of that.
	Deleted bool
	// Revision is the sequence of this metadata in the store's stream.
	Revision uint64

	stored time.Time // by the server's clock
	raw    []byte
}

const digestPrefix = "SHA-256="

// Digest is the digest as the metadata has it: SHA-256= and base64url, padded.
func (o Object) Digest() string {
	if len(o.SHA256) == 0 {
		return ""
	}
	return digestPrefix + base64.URLEncoding.EncodeToString(o.SHA256)
}

// objectRecord is the metadata. Its fields are those of ADR-20.
type objectRecord struct {
	Name    string                `json:"name"`
	Headers map[string]headerText `json:"headers,omitempty"`
	Options *objectOptions        `json:"options,omitempty"`
	Bucket  string                `json:"bucket"`
	NUID    string                `json:"nuid"`
	Size    int64                 `json:"size"`
	MTime   string                `json:"mtime"`
	Chunks  int                   `json:"chunks"`
	Digest  string                `json:"digest"`
	Deleted bool                  `json:"deleted,omitempty"`
}

type objectOptions struct {
	MaxChunkSize int             `json:"max_chunk_size,omitempty"`
	Link         json.RawMessage `json:"link,omitempty"`
}

// headerText is the value of a header: a text as nats.py writes it, or a list as nats.go does, of which the first counts.
type headerText string

// UnmarshalJSON reads both forms. What is neither is no value.
func (h *headerText) UnmarshalJSON(data []byte) error {
	var text string
	var list []string
	switch {
	case json.Unmarshal(data, &text) == nil:
		*h = headerText(text)
	case json.Unmarshal(data, &list) == nil && len(list) > 0:
		*h = headerText(list[0])
	default:
		*h = ""
	}
	return nil
}

// errNoObject says that a message is no metadata of an object that can be read.
var errNoObject = errors.New("the metadata is not that of an object")

func decodeObject(m Message) (Object, error) {
	var record objectRecord
	if err := json.Unmarshal(m.Data, &record); err != nil {
		return Object{}, fmt.Errorf("%w: %w", errNoObject, err)
	}
	if record.Name == "" || record.NUID == "" || strings.ContainsAny(record.NUID, ".*> \t\r\n") || record.Size < 0 || record.Chunks < 0 ||
		record.Options != nil && record.Options.Link != nil { // a link is not content of its own
		return Object{}, errNoObject
	}
	o := Object{
		Name: record.Name, NUID: record.NUID, Size: record.Size, Chunks: record.Chunks, Deleted: record.Deleted, Revision: m.Sequence,
		stored: m.Time, raw: m.Data, Headers: map[string]string{},
	}
	for name, value := range record.Headers {
		o.Headers[name] = string(value)
	}
	if text, ok := strings.CutPrefix(record.Digest, digestPrefix); ok {
		o.SHA256, _ = base64.RawURLEncoding.DecodeString(strings.TrimRight(text, "="))
	}
	if o.Modified, _ = time.Parse(time.RFC3339Nano, record.MTime); o.Modified.Unix() <= 0 { // nats.go leaves it to the message
		o.Modified = m.Time
	}
	return o, nil
}

func (o Object) encode(bucket string) ([]byte, error) {
	record := objectRecord{
		Name: o.Name, Bucket: bucket, NUID: o.NUID, Size: o.Size, Chunks: o.Chunks, Digest: o.Digest(),
		MTime: o.Modified.UTC().Format(time.RFC3339Nano), Options: &objectOptions{MaxChunkSize: chunkSize},
		Headers: map[string]headerText{},
	}
	for name, value := range o.Headers {
		record.Headers[name] = headerText(value)
	}
	return json.Marshal(record)
}

// removed is the metadata once the object is removed, with all that its writer has put there.
func (o Object) removed(now time.Time) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(o.raw, &fields); err != nil {
		return nil, err
	}
	for name, value := range map[string]any{
		"deleted": true, "size": 0, "chunks": 0, "digest": "", "mtime": now.UTC().Format(time.RFC3339Nano),
	} {
		data, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		fields[name] = data
	}
	return json.Marshal(fields)
}

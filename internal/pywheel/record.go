// This file owns RECORD: which files a wheel has, and their hashes (PEP 376, PEP 427).

package pywheel

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/csv"
	"errors"
	"hash"
	"io"
	"strconv"
	"strings"
)

// maxRecord is how large RECORD may be, in bytes.
const maxRecord = 16 << 20

// recorded is a line of RECORD.
type recorded struct {
	algorithm string // empty: no hash is given
	sum       []byte
	size      int64 // -1: none is given
}

// hashes are those that PEP 427 allows: SHA-256 or better.
var hashes = map[string]func() hash.Hash{"sha256": sha256.New, "sha384": sha512.New384, "sha512": sha512.New}

// parseRecord reads the text of RECORD.
func parseRecord(text []byte) (map[string]recorded, error) {
	lines := csv.NewReader(bytes.NewReader(text))
	lines.FieldsPerRecord = -1
	lines.ReuseRecord = true
	record := map[string]recorded{}
	for {
		fields, err := lines.Read()
		if errors.Is(err, io.EOF) {
			return record, nil
		}
		if err != nil {
			return nil, wrong("RECORD", "is not in the form of CSV: %v", err)
		}
		line, _ := lines.FieldPos(0)
		if len(fields) < 3 {
			return nil, wrong("RECORD", "line %d: must be path,hash,size", line)
		}
		path := strings.Clone(fields[0])
		if _, twice := record[path]; twice {
			return nil, wrong("RECORD", "line %d: %s stands there twice", line, quote(path))
		}
		if len(record) == maxEntries {
			return nil, wrong("RECORD", "must name at most %d files", maxEntries)
		}
		entry := recorded{size: -1}
		if fields[1] != "" {
			algorithm, sum, _ := strings.Cut(fields[1], "=")
			entry.algorithm = strings.ToLower(algorithm)
			if hashes[entry.algorithm] == nil {
				return nil, wrong("RECORD", "line %d: the hash of %s must be sha256, sha384 or sha512 (PEP 427), got %s", line, quote(path), quote(algorithm))
			}
			if entry.sum, err = base64.RawURLEncoding.DecodeString(strings.TrimRight(sum, "=")); err != nil {
				return nil, wrong("RECORD", "line %d: the hash of %s is not in base64", line, quote(path))
			}
		}
		if fields[2] != "" {
			if entry.size, err = strconv.ParseInt(fields[2], 10, 64); err != nil || entry.size < 0 {
				return nil, wrong("RECORD", "line %d: the size of %s must be a number of bytes, got %s", line, quote(path), quote(fields[2]))
			}
		}
		record[path] = entry
	}
}

// unsigned are the files of the .dist-info folder that RECORD has no hash of: itself, and its signatures.
var unsigned = map[string]bool{"RECORD": true, "RECORD.jws": true, "RECORD.p7s": true}

// verify compares every file with its line. A file without a line, or a line without its file, is as wrong as another hash.
func (a *Archive) verify(record map[string]recorded) error {
	for path := range record {
		if a.files[path] == nil {
			return wrong("RECORD", "names %s, which is not in the archive", quote(path))
		}
	}
	for _, file := range a.order {
		entry, listed := record[file.Name]
		name, inside := strings.CutPrefix(file.Name, a.distInfo+"/")
		if strings.HasSuffix(file.Name, "/") || inside && unsigned[name] {
			continue
		}
		if !listed || entry.algorithm == "" {
			return wrong("RECORD", "has no hash of %s (PEP 427)", quote(file.Name))
		}
		if err := entry.compare(file); err != nil {
			return err
		}
	}
	return nil
}

func (r recorded) compare(file *zip.File) error {
	if r.size >= 0 && uint64(r.size) != file.UncompressedSize64 {
		return wrong("RECORD", "says that %s has %d bytes, it has %d", quote(file.Name), r.size, file.UncompressedSize64)
	}
	sum := hashes[r.algorithm]()
	if err := unpack(sum, file); err != nil {
		return err
	}
	if !bytes.Equal(sum.Sum(nil), r.sum) {
		return wrong("RECORD", "the hash of %s does not match its content", quote(file.Name))
	}
	return nil
}

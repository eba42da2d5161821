// This file owns opening a wheel's archive: what a zip file may hold before any of it is read.

package pywheel

import (
	"archive/zip"
	"compress/flate"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// What an archive may hold. The largest wheels that are published stay well below each.
const (
	maxEntries   = 50_000
	maxDirectory = 8 << 20 // bytes of the list of files
	maxUnpacked  = 8 << 30 // bytes
	maxPath      = 1024    // bytes
	// maxRatio is how much larger than the archive its content may be, where that is over ratioFrom bytes.
	maxRatio  = 100
	ratioFrom = 64 << 20
)

// Archive is a wheel whose list of files is sound. It is not safe for concurrent use.
type Archive struct {
	files    map[string]*zip.File
	order    []*zip.File
	distInfo string // the folder, without a slash
}

// bounded keeps the reading of an archive within it, and bounds what is read while its list of files is: archive/zip holds all
// of that list in memory.
type bounded struct {
	io.ReaderAt
	size    int64
	opening bool
	read    int
}

// ReadAt fails with an *Error where the archive asks for what it may not.
func (b *bounded) ReadAt(p []byte, offset int64) (int, error) {
	if offset < 0 || offset > b.size {
		return 0, wrong("archive", "points outside of itself")
	}
	if b.opening && b.read > maxDirectory {
		return 0, wrong("archive", "its list of files must be at most %d bytes", maxDirectory)
	}
	n, err := b.ReaderAt.ReadAt(p, offset)
	b.read += n
	return n, err
}

// Open reads an archive's list of files. The error is an *Error where the archive is at fault, else that of r: for something
// that is no zip file, for files outside of their folder, links, encrypted ones and such that are there twice, and for one that
// holds more than 50,000 files, 8 GiB, or 100 times its own size.
func Open(r io.ReaderAt, size int64) (*Archive, error) {
	limited := &bounded{ReaderAt: r, size: size, opening: true}
	archive, err := zip.NewReader(limited, size)
	if archive != nil && errors.Is(err, zip.ErrInsecurePath) { // which paths are, is told below
		err = nil
	}
	switch {
	case errors.Is(err, zip.ErrFormat), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, zip.ErrAlgorithm):
		return nil, wrong("archive", "is no zip file, as a wheel is")
	case err != nil:
		return nil, err
	}
	limited.opening = false
	if len(archive.File) > maxEntries {
		return nil, wrong("archive", "must hold at most %d files, has %d", maxEntries, len(archive.File))
	}
	a := &Archive{files: make(map[string]*zip.File, len(archive.File)), order: archive.File}
	total := uint64(0)
	for _, file := range archive.File {
		if err := checkFile(file); err != nil {
			return nil, err
		}
		if a.files[file.Name] != nil {
			return nil, wrong(quote(file.Name), "is in the archive twice")
		}
		a.files[file.Name] = file
		if file.UncompressedSize64 > maxUnpacked || total+file.UncompressedSize64 > maxUnpacked {
			return nil, wrong("archive", "must hold at most %d bytes", int64(maxUnpacked))
		}
		total += file.UncompressedSize64
	}
	if total > ratioFrom && total > uint64(size)*maxRatio {
		return nil, wrong("archive", "must hold at most %d times its own size, says it holds %d bytes in %d", maxRatio, total, size)
	}
	a.distInfo, err = a.findDistInfo()
	return a, err
}

// checkFile refuses what would not end in a plain file within the folder that it is unpacked into, on any system.
func checkFile(file *zip.File) error {
	name := strings.TrimSuffix(file.Name, "/")
	mode := file.Mode()
	switch {
	case len(name) > maxPath:
		return wrong(quote(name), "must have a path of at most %d bytes", maxPath)
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsAny(name, `\:`) || !filepath.IsLocal(filepath.FromSlash(name)):
		return wrong(quote(name), "is no path within the folder that a wheel is unpacked into")
	case mode&fs.ModeType&^fs.ModeDir != 0:
		return wrong(quote(name), "must be a plain file, is a link or a device")
	case file.Flags&1 != 0:
		return wrong(quote(name), "must not be encrypted")
	case file.Method != zip.Store && file.Method != zip.Deflate:
		return wrong(quote(name), "must be stored or deflated, as in every wheel")
	}
	return nil
}

// findDistInfo gives the one folder that describes the package (PEP 427).
func (a *Archive) findDistInfo() (string, error) {
	found := ""
	for _, file := range a.order {
		folder, _, inside := strings.Cut(file.Name, "/")
		if !inside || !strings.HasSuffix(folder, ".dist-info") || folder == found {
			continue
		}
		if found != "" {
			return "", wrong("archive", "must have one .dist-info folder, has %s and %s", quote(found), quote(folder))
		}
		found = folder
	}
	if found == "" {
		return "", wrong("archive", "has no .dist-info folder, so it is no wheel")
	}
	return found, nil
}

// Has says whether the .dist-info folder has a file of a name.
func (a *Archive) Has(name string) bool { return a.files[a.distInfo+"/"+name] != nil }

// read gives a file of the .dist-info folder, of at most limit bytes.
func (a *Archive) read(name string, limit int64) ([]byte, error) {
	path := a.distInfo + "/" + name
	file := a.files[path]
	if file == nil {
		return nil, wrong(path, "is not in the archive")
	}
	if file.UncompressedSize64 > uint64(limit) {
		return nil, wrong(path, "must be at most %d bytes", limit)
	}
	var text strings.Builder
	if err := unpack(&text, file); err != nil {
		return nil, err
	}
	return []byte(text.String()), nil
}

// unpack writes a file's content. archive/zip gives no more than its size says, and compares it with its checksum.
func unpack(to io.Writer, file *zip.File) error {
	content, err := file.Open()
	if err != nil {
		return damaged(file, err)
	}
	defer content.Close()
	_, err = io.Copy(to, content)
	return damaged(file, err)
}

// damaged tells what is wrong with the bytes of an archive from a failure to read them.
func damaged(file *zip.File, err error) error {
	var corrupt flate.CorruptInputError
	var mistake *Error
	switch {
	case err == nil, errors.As(err, &mistake):
		return err
	case errors.Is(err, zip.ErrChecksum), errors.Is(err, zip.ErrFormat), errors.Is(err, zip.ErrAlgorithm), errors.Is(err, io.ErrUnexpectedEOF),
		errors.Is(err, io.EOF), errors.As(err, &corrupt):
		return wrong(file.Name, "is damaged in the archive: %v", err)
	}
	return fmt.Errorf("read %s: %w", quote(file.Name), err)
}

// This file owns the tests of archives: which are wheels, and how those that are not are refused.

package pywheel_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

const shop = "Shop-1.0-py3-none-any.whl"

// check judges an archive as the wheel of a name.
func check(name string, data []byte) error {
	parsed, err := pywheel.ParseName(name)
	if err != nil {
		return err
	}
	archive, err := pywheel.Open(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	return archive.Check(parsed)
}

func TestASoundWheelPasses(t *testing.T) {
	t.Parallel()
	for _, name := range []string{shop, "shop-1.0.0-py3-none-any.whl", "SHOP-v1-py2.py3-none-any.whl"} {
		require.NoError(t, check(name, pywheeltest.Wheel(shop)), name)
	}
	bare := pywheeltest.Zip(pywheeltest.File{Path: "shop-1.0.dist-info/METADATA", Text: "Name: shop\nVersion: 1.0\n"})
	require.NoError(t, check(shop, bare), "pip refuses one without RECORD, the registry need not")
}

func TestWhatIsNoWheelIsRefusedByName(t *testing.T) {
	t.Parallel()
	const info = "Shop-1.0.dist-info/"
	with := func(path, text string) []byte {
		return pywheeltest.Wheel(shop, pywheeltest.File{Path: path, Text: text})
	}
	sound := pywheeltest.Wheel(shop)
	damaged := bytes.Clone(sound)
	damaged[bytes.Index(damaged, []byte("shop/__init__.py"))+20] ^= 0xff
	record := pywheeltest.Record([]pywheeltest.File{{Path: "shop/__init__.py", Text: "other"}})
	for want, data := range map[string][]byte{
		"archive: is no zip file, as a wheel is":                                             []byte("not a zip file"),
		"archive: is no zip file":                                                            sound[:len(sound)-30],
		"archive: has no .dist-info folder, so it is no wheel":                               pywheeltest.Zip(pywheeltest.File{Path: "a", Text: "b"}),
		`archive: must have one .dist-info folder, has "Shop-1.0.dist-info" and`:             with("other.dist-info/METADATA", "x"),
		info + "METADATA: is not in the archive":                                             with(info+"METADATA", ""),
		"METADATA: must have a Name and a Version":                                           with(info+"METADATA", "Name: shop\n\nVersion: 1.0\n"),
		`METADATA: is of the package "other", the file name says "Shop"`:                     with(info+"METADATA", "Name: other\nVersion: 1.0\n"),
		`METADATA: is of the version 1.1, the file name says 1.0`:                            with(info+"METADATA", "Name: shop\nVersion: 1.1\n"),
		`METADATA: the version "new" is none (PEP 440)`:                                      with(info+"METADATA", "Name: shop\nVersion: new\n"),
		`RECORD: names "gone.py", which is not in the archive`:                               with(info+"RECORD", "gone.py,,\n"),
		`RECORD: has no hash of "Shop-1.0.dist-info/METADATA" (PEP 427)`:                     with(info+"RECORD", info+"RECORD,,\n"),
		`RECORD: line 1: the hash of "a" must be sha256, sha384 or sha512 (PEP 427)`:         with(info+"RECORD", "a,md5=x,1\n"),
		`RECORD: line 1: the hash of "a" is not in base64`:                                   with(info+"RECORD", "a,sha256=!,1\n"),
		`RECORD: line 2: "a" stands there twice`:                                             with(info+"RECORD", "a,,\na,,\n"),
		`RECORD: line 1: must be path,hash,size`:                                             with(info+"RECORD", "a\n"),
		`RECORD: line 1: the size of "a" must be a number of bytes, got "-1"`:                with(info+"RECORD", "a,,-1\n"),
		`RECORD: is not in the form of CSV`:                                                  with(info+"RECORD", "\"a\n"),
		`"..": is no path within the folder`:                                                 with("..", "x"),
		`"../evil.py": is no path within the folder that a wheel is unpacked into`:           with("../evil.py", "x"),
		`"/etc/passwd": is no path within`:                                                   with("/etc/passwd", "x"),
		`"a\\b": is no path within`:                                                          with(`a\b`, "x"),
		`"C:evil": is no path within`:                                                        with("C:evil", "x"),
		`"a\x00b": is no path within`:                                                        with("a\x00b", "x"),
		`must have a path of at most 1024 bytes`:                                             with(strings.Repeat("a", 1025), "x"),
		"shop/__init__.py: is damaged in the archive":                                        damaged,
		`RECORD: says that "shop/__init__.py" has 5 bytes, it has`:                           pywheeltest.Zip(append(base(info), pywheeltest.File{Path: "shop/__init__.py", Text: "def"}, pywheeltest.File{Path: info + "RECORD", Text: record + rest(info)})...),
		`RECORD: the hash of "shop/__init__.py" does not match its content`:                  pywheeltest.Zip(append(base(info), pywheeltest.File{Path: "shop/__init__.py", Text: "OTHER"}, pywheeltest.File{Path: info + "RECORD", Text: record + rest(info)})...),
		`"a": is in the archive twice`:                                                       pywheeltest.Zip(pywheeltest.File{Path: "a"}, pywheeltest.File{Path: "a"}),
		`archive: must hold at most 100 times its own size, says it holds 70000709 bytes in`: with("zeros", strings.Repeat("\x00", 70_000_000)),
		`"link": must be a plain file, is a link or a device`:                                special(func(h *zip.FileHeader) { h.Name = "link"; h.SetMode(fs.ModeSymlink | 0o777) }),
		`"secret": must not be encrypted`:                                                    special(func(h *zip.FileHeader) { h.Name = "secret"; h.Flags |= 1 }),
		`"odd": must be stored or deflated`:                                                  special(func(h *zip.FileHeader) { h.Name = "odd"; h.Method = 12 }),
		`archive: must hold at most 8589934592 bytes`:                                        special(func(h *zip.FileHeader) { h.Name = "huge"; h.UncompressedSize64 = 9 << 30 }),
	} {
		err := check(shop, data)
		var mistake *pywheel.Error
		require.ErrorAs(t, err, &mistake, want)
		require.Contains(t, err.Error(), want)
	}
}

func base(info string) []pywheeltest.File {
	return []pywheeltest.File{{Path: info + "METADATA", Text: "Name: shop\nVersion: 1.0\n"}}
}

func rest(info string) string { return pywheeltest.Record(base(info)) + info + "RECORD,,\n" }

// special is an archive with a file whose header says what the file is not.
func special(change func(*zip.FileHeader)) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	header := &zip.FileHeader{CompressedSize64: 1}
	change(header)
	part, err := w.CreateRaw(header)
	if err == nil {
		_, err = part.Write([]byte("x"))
	}
	if err := errors.Join(err, w.Close()); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestAFileMayNotHoldMoreThanItSays(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	inner := zip.NewWriter(&packed)
	part, err := inner.Create("x")
	require.NoError(t, err)
	_, err = part.Write(bytes.Repeat([]byte("x"), 100_000))
	require.NoError(t, err)
	require.NoError(t, inner.Close())
	opened, err := zip.NewReader(bytes.NewReader(packed.Bytes()), int64(packed.Len()))
	require.NoError(t, err)
	raw, err := opened.File[0].OpenRaw()
	require.NoError(t, err)
	deflated := make([]byte, opened.File[0].CompressedSize64)
	_, err = raw.Read(deflated)
	require.NoError(t, err)

	var b bytes.Buffer
	w := zip.NewWriter(&b)
	meta, err := w.Create("shop-1.0.dist-info/METADATA")
	require.NoError(t, err)
	_, err = meta.Write([]byte("Name: shop\nVersion: 1.0\n"))
	require.NoError(t, err)
	header := opened.File[0].FileHeader
	header.UncompressedSize64 = 10
	bomb, err := w.CreateRaw(&header)
	require.NoError(t, err)
	_, err = bomb.Write(deflated)
	require.NoError(t, err)
	require.NoError(t, w.Close())
	require.ErrorContains(t, check(shop, b.Bytes()), "x: is damaged in the archive: zip: not a valid zip file")
}

func TestAnArchiveOfTooManyFilesIsRefusedWithoutReadingThemAll(t *testing.T) {
	t.Parallel()
	many := func(count int, name string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range count {
			_, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf("%s%d", name, i)})
			require.NoError(t, err)
		}
		require.NoError(t, w.Close())
		return b.Bytes()
	}
	require.ErrorContains(t, check(shop, many(50_001, "f")), "archive: must hold at most 50000 files, has 50001")
	require.ErrorContains(t, check(shop, many(10_000, strings.Repeat("f", 900))), "archive: its list of files must be at most 8388608 bytes")
}

// broken fails as a store does that is away.
type broken struct{ err error }

func (b broken) ReadAt([]byte, int64) (int, error) { return 0, b.err }

func TestAFailureOfTheReaderIsNoFaultOfTheArchive(t *testing.T) {
	t.Parallel()
	away := errors.New("away")
	_, err := pywheel.Open(broken{away}, 1000)
	require.ErrorIs(t, err, away)
	var mistake *pywheel.Error
	require.False(t, errors.As(err, &mistake))
}

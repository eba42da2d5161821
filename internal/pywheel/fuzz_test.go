// This file owns what must hold for every text.

package pywheel_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
	"github.com/pyoco/pyoco/internal/pywheeltest"
)

func FuzzParseVersion(f *testing.F) {
	for _, seed := range [][2]string{{"1.0a1", "1!0.2.post3+a.1"}, {"v1.0-1", "1.0.dev"}, {"01.0.0", "1"}, {"1.0+a.1", "1.0+1"}, {"٣.0", " 1 "}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		v, err := pywheel.ParseVersion(a)
		if err != nil {
			return
		}
		normal, err := pywheel.ParseVersion(v.String())
		require.NoError(t, err)
		require.Equal(t, v.String(), normal.String())
		require.Zero(t, v.Compare(normal))
		w, err := pywheel.ParseVersion(b)
		if err != nil {
			return
		}
		require.Equal(t, -v.Compare(w), w.Compare(v))
		require.Equal(t, v.Compare(w), normal.Compare(w))
	})
}

func FuzzParseName(f *testing.F) {
	for _, seed := range []string{
		"shop-1.0-py3-none-any.whl", "My.Shop-1!2.0rc1-01x-py2.py3-none-any.linux_x86_64.whl", "a-1-1-1-1-1.whl", "--.whl", "a__b-1-py3-none-any.whl",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, file string) {
		name, err := pywheel.ParseName(file)
		if err != nil {
			return
		}
		require.Equal(t, file, name.File)
		require.Equal(t, name.Package, pywheel.Normalize(name.Distribution))
		require.NotEmpty(t, name.Tags)
		require.NotEmpty(t, name.Version.String())
		for _, tag := range name.Tags {
			same, err := pywheel.ParseInterpreter([]string{tag.String()})
			require.NoError(t, err)
			require.True(t, same.CanInstall(name))
		}
	})
}

func FuzzParseMetadata(f *testing.F) {
	for _, seed := range []string{"Name: a\nVersion: 1\n\ntext", "Name: a\r\n  b\nProject-URL: Docs, x", ":\n", "Description: a\n |b", "\xff: \n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := pywheel.ParseMetadata(text)
		require.NotContains(t, m.Name+m.Version, "\r")
		require.LessOrEqual(t, len(m.Description), 3*len(text), "a byte that is not UTF-8 becomes three")
	})
}

func FuzzParseEntryPoints(f *testing.F) {
	for _, seed := range []string{"[pyoco.tasks]\nadd = shop:add\n", "[a]\nb=c.d : e.f [x]", "#\n;\n[]", "[a]\n=", "a=b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		points, err := pywheel.ParseEntryPoints(text)
		if err != nil {
			require.Empty(t, points)
			return
		}
		for _, p := range points {
			require.NotEmpty(t, p.Group)
			require.NotEmpty(t, p.Name)
			require.NotEmpty(t, p.Module)
			require.False(t, strings.ContainsAny(p.Module+p.Attr, " \t\n;(:/"), "%+v", p)
		}
	})
}

func FuzzArchive(f *testing.F) {
	const record = "Shop-1.0.dist-info/RECORD"
	f.Add(pywheeltest.Wheel(shop))
	for _, text := range []string{"", "a,sha256=x,1\n", "Shop-1.0.dist-info/METADATA,sha256=AA,\n", "\"a\nb\",,\n", ",,\n"} {
		f.Add(pywheeltest.Wheel(shop, pywheeltest.File{Path: record, Text: text}))
	}
	f.Add([]byte("PK\x05\x06" + strings.Repeat("\x00", 18)))
	f.Fuzz(func(t *testing.T, data []byte) {
		archive, err := pywheel.Open(bytes.NewReader(data), int64(len(data)))
		if err == nil {
			name, nameErr := pywheel.ParseName(shop)
			require.NoError(t, nameErr)
			err = archive.Check(name)
		}
		var mistake *pywheel.Error
		require.True(t, err == nil || errors.As(err, &mistake), "all is the archive's fault: %v", err)
	})
}

func FuzzRecord(f *testing.F) {
	for _, seed := range []string{"a.py,sha256=AA,1\nRECORD,,\n", "\"a,\"\"b\",sha512=-_,\n", "a,,\na,,\n", ",,,\n", "a,md5=x,1"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		files, err := pywheel.CheckRecord(text)
		var mistake *pywheel.Error
		require.True(t, err == nil || errors.As(err, &mistake), "%v", err)
		require.LessOrEqual(t, files, len(text))
	})
}

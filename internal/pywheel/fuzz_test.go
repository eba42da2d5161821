// This file owns what must hold for every text.

package pywheel_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pywheel"
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

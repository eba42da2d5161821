// This file owns the tests of finding tasks: what entry points give, and what flows may not call.

package pytask_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/pyoco/pyoco/internal/pytask"
)

func TestEntryPointsGiveFunctionsTaskClassesAndWhatPlugInsRegister(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	for _, test := range []struct{ name, arguments, want string }{
		{"kinds-of-tasks/double", `{"x":2}`, `4`},
		{"kinds_of_tasks/double", `{"x":2}`, `4`},
		{"double", `{"x":2}`, `4`},
		{"shop/price", `{"x":2}`, `6`},
		{"kinds-of-tasks/greeter", `{"name":"you"}`, `"hello, you"`},
		{"demo/double", `{"x":4}`, `8`},
		{"demo/next", `{"x":4}`, `5`},
		{"demo/subclassed", `{"x":1}`, `["worked",1]`},
		{"demo/price", `{"x":1}`, `3`},
		{"demo/wrapped_run", `{}`, `["WithWrappedRun",{}]`},
		{"demo/decorated", `{"x":null}`, `null`},
		{"kinds:double", `{"x":3}`, `6`}, // a module of a distribution with such entry points
		{"kinds:price", `{"x":3}`, `9`},
		{"kinds:Greeter", `{"name":"me"}`, `"hello, me"`},
	} {
		require.Equal(t, test.want, gives(t, p, test.name, test.arguments), test.name)
	}
	signature, err := p.Describe(t.Context(), "demo/subclassed")
	require.NoError(t, err)
	require.JSONEq(t, `"$ctx.params.given"`, string(signature.Inputs["x"]))
}

func TestFlowsReachOnlyTheModulesOfTasks(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	for name, reason := range map[string]string{
		"os:system": "the module is neither in a wheel of tasks nor one of those", "subprocess:run": "the module is neither", "builtins:exec": "the module is neither",
		"sample.os:system": "the module sample.os is not there", "samples:x": "the module is neither",
		"sample:system": "system comes from the module posix, which flows may not call", "kinds:system": "system comes from the module posix",
		"sample:os.system": "the module sample has no os.system", "sample:NOT_A_TASK": "NOT_A_TASK comes from the module builtins",
		"sample:missing": "the module sample has no missing", "nowhere:x": "the module nowhere is not there", "demo/none": "no entry point of the group pyoco.tasks gives it",
	} {
		_, err := p.Describe(t.Context(), name)
		var missing *pytask.NotFoundError
		require.ErrorAs(t, err, &missing, name)
		require.Contains(t, missing.Reason, reason, name)
	}
	_, err := p.Describe(t.Context(), "demo/none")
	var missing *pytask.NotFoundError
	require.ErrorAs(t, err, &missing)
	require.Contains(t, missing.Known, "demo/double")
	require.Contains(t, missing.Known, "unloadable of kinds-of-tasks can't be loaded: ModuleNotFoundError: No module named 'a_package_that_nobody_has'")
}

func TestAMissingDependencyIsNamed(t *testing.T) {
	t.Parallel()
	p := pool(t, nil)
	for _, name := range []string{"broken:anything", "kinds-of-tasks/unloadable"} {
		_, err := p.Describe(t.Context(), name)
		require.EqualError(t, err, "ModuleNotFoundError: No module named 'a_package_that_nobody_has'", name)
	}
}

func TestTheModulesOfSyncedWheelsMayBeCalled(t *testing.T) {
	t.Parallel()
	site := t.TempDir()
	for name, text := range map[string]string{
		"wheeled/__init__.py": "", "wheeled/inner.py": "def f(): return __name__", "beside.py": "def f(): return 1",
		"w-1.dist-info/METADATA": "Name: w\nVersion: 1\n", "w-1.dist-info/RECORD": "wheeled/__init__.py,,\nwheeled/inner.py,,\n../../../bin/tool,,\n",
	} {
		path := filepath.Join(site, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	p := pool(t, func(cfg *pytask.Config) {
		cfg.Site, cfg.Modules = []string{site}, nil
		cfg.Env = append(cfg.Env, "PYTHONPATH="+site)
	})
	require.Equal(t, `"wheeled.inner"`, gives(t, p, "wheeled.inner:f", `{}`))
	_, err := p.Describe(t.Context(), "beside:f")
	require.ErrorAs(t, err, new(*pytask.NotFoundError))
}

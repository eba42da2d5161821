// This file owns the flags of Python tasks and of the wheels that they come in, which only pyoco-worker has.

package worker

import (
	"time"

	"github.com/spf13/pflag"

	"github.com/pyoco/pyoco"
	"github.com/pyoco/pyoco/internal/cli"
)

// pythonFlags are what a command line says of Python tasks. What it does not say is as the environment has it.
type pythonFlags struct {
	given                *pflag.FlagSet
	interpreter, modules string
	tasks, sync, noSync  bool
	dir                  string
	interval, install    cli.Seconds
}

// addPython adds the flags.
func (f *Flags) addPython(flags *pflag.FlagSet) {
	p := &pythonFlags{given: flags}
	flags.BoolVar(&p.sync, "wheel-sync", false, "install the wheels of the tags at the start and between runs, and run their tasks (default: PYOCO_WHEEL_SYNC_ENABLED)")
	flags.BoolVar(&p.noSync, "no-wheel-sync", false, "install none, whatever the environment says")
	flags.StringVar(&p.dir, "wheel-sync-dir", "", "where wheels are kept (default: PYOCO_WHEEL_SYNC_DIR, else .pyoco/wheels)")
	flags.Var(&p.interval, "wheel-sync-interval-sec", "the least time between two looks at the wheels (default: PYOCO_WHEEL_SYNC_INTERVAL_SEC, else 10)")
	flags.Var(&p.install, "wheel-install-timeout-sec", "how long installing may take (default: PYOCO_WHEEL_INSTALL_TIMEOUT_SEC, else 180)")
	flags.StringVar(&p.interpreter, "python", "", "the Python that runs tasks which are no Go functions (default: PYOCO_PYTHON, else python3)")
	flags.BoolVar(&p.tasks, "python-tasks", false, "run the tasks of installed packages that have entry points of the group pyoco.tasks (default: PYOCO_PYTHON_TASKS)")
	flags.StringVar(&p.modules, "python-modules", "", "run the functions of these modules, too, comma-separated (default: PYOCO_PYTHON_MODULES)")
	f.python = p
}

// set lays what the flags say over the configuration.
func (p *pythonFlags) set(cfg *pyoco.WorkerConfig) error {
	if p == nil {
		return nil
	}
	if p.sync && p.noSync {
		return cli.Usage("--wheel-sync and --no-wheel-sync exclude each other", "--wheel-sync --wheel-sync-dir .pyoco/wheels")
	}
	for flag, apply := range map[string]func(){
		"wheel-sync":                func() { cfg.Wheels.Enabled = p.sync },
		"no-wheel-sync":             func() { cfg.Wheels.Enabled = !p.noSync },
		"wheel-sync-dir":            func() { cfg.Wheels.Dir = p.dir },
		"wheel-sync-interval-sec":   func() { cfg.Wheels.Interval = time.Duration(p.interval) },
		"wheel-install-timeout-sec": func() { cfg.Wheels.InstallTimeout = time.Duration(p.install) },
		"python":                    func() { cfg.Python.Interpreter = p.interpreter },
		"python-tasks":              func() { cfg.Python.Enabled = p.tasks },
		"python-modules":            func() { cfg.Python.Modules = split(p.modules) },
	} {
		if p.given.Changed(flag) {
			apply()
		}
	}
	return nil
}

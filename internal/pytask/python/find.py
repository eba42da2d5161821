# This file owns finding tasks: module:function of the modules that flows may call, and names that entry points give.

import importlib
import inspect
import re
from importlib import metadata

GROUP = "pyoco.tasks"


class Refused(Exception):
    """A name that is no task here."""


class Task:
    """A function with what is known of its parameters."""

    def __init__(self, function, inputs=None):
        self.function, self.inputs = function, dict(inputs or {})
        self.parameters, self.positional, self.any, self.wants_context = [], [], False, False
        try:
            parameters = inspect.signature(function).parameters.values()
        except (ValueError, TypeError):  # some functions of C tell nothing
            parameters, self.any = (), True
        for p in parameters:
            if p.kind is p.VAR_KEYWORD:
                self.any = True
            elif p.kind is not p.VAR_POSITIONAL:
                if p.kind is p.POSITIONAL_ONLY:
                    self.positional.append(p.name)
                if p.name == "ctx":
                    self.wants_context = True
                else:
                    self.parameters.append({"name": p.name, "required": p.default is p.empty})

    def described(self):
        return {"parameters": self.parameters, "any": self.any, "inputs": self.inputs}


def as_task(thing, inputs=None):
    """Makes a task of a function, a task class or object, or of what pyoco's @task has made of a function."""
    wrapped = getattr(thing, "task", None)
    if hasattr(wrapped, "func") and hasattr(wrapped, "name"):
        thing = wrapped
    if inspect.isclass(thing) and (hasattr(thing, "run") or hasattr(thing, "func")):
        thing = thing()
    if hasattr(thing, "func") and hasattr(thing, "name"):
        return Task(thing.func, {**(getattr(thing, "inputs", None) or {}), **(inputs or {})})
    run = getattr(thing, "run", None)
    if run is not None and not inspect.isroutine(thing):
        wrapped = getattr(run, "task", None)
        if hasattr(wrapped, "func"):  # @task on the method: its function is not bound
            run = wrapped.func.__get__(thing)
        return Task(run, inputs)
    if not callable(thing):
        raise Refused("is no function and no task, but %s" % type(thing).__name__)
    return Task(thing, inputs)


class Registry:
    """What the function of an entry point is given to register tasks with, as pyoco's plug-ins expect it."""

    def __init__(self, finder, provider):
        self.provider_name, self._finder = provider, finder

    def task(self, func=None, *, name=None, inputs=None, outputs=None):
        if func is None:
            return lambda inner: self.task(inner, name=name, inputs=inputs)
        self.register_callable(func, name=name, inputs=inputs)
        return func

    def register_callable(self, func, *, name=None, inputs=None, outputs=None):
        self._finder.put(name or getattr(func, "__name__", self.provider_name + "_task"), func, inputs)

    def task_class(self, task_cls, *args, name=None, **kwargs):
        self.add(task_cls(*args, **kwargs), name=name)

    def add(self, obj, *, name=None):
        inner = getattr(obj, "task", obj)
        self._finder.put(name or getattr(inner, "name", None) or getattr(obj, "__name__", self.provider_name + "_task"), obj)

    def task_info(self, **_):
        """Documentation of a task, which is for people."""


class Finder:
    """Finds tasks by name and keeps them. site are the folders of the wheels that were synced."""

    def __init__(self, site, modules):
        self.site, self.roots = site, tuple(modules)
        self.tasks, self.public, self.broken, self.loaded = {}, {}, [], False
        self.owned = None  # modules of the wheels that flows may call

    def find(self, name):
        if name not in self.tasks:
            self.tasks[name] = self.callable(name) if ":" in name else self.use(name)
        return self.tasks[name]

    def callable(self, name):
        module, _, function = name.partition(":")
        if not self.allowed(module):
            raise Refused(
                "the module is neither in a wheel of tasks nor one of those that the worker lets flows call (Modules, --python-modules)"
            )
        try:
            thing = getattr(importlib.import_module(module), function, None)
        except ModuleNotFoundError as e:
            if e.name and (module + ".").startswith(e.name + "."):
                raise Refused("the module %s is not there" % e.name) from None
            raise  # one that the module needs
        if thing is None:
            raise Refused("the module %s has no %s" % (module, function))
        inner = getattr(getattr(thing, "task", thing), "func", thing)
        home = getattr(inner, "__module__", None) or type(inner).__module__
        if not self.allowed(home):  # what a module has imported is not its own: os.system, for one
            raise Refused("%s comes from the module %s, which flows may not call" % (function, home))
        return as_task(thing)

    def allowed(self, module):
        if any(module == root or module.startswith(root + ".") for root in self.roots):
            return True
        if self.owned is None:
            self.owned = set()
            declaring = [d for d in metadata.distributions() if any(e.group == GROUP for e in d.entry_points)]
            for dist in [*metadata.distributions(path=self.site), *declaring]:
                self.owned.update(modules_of(dist))
        return module in self.owned

    def use(self, name):
        """Looks for a public name: that of an entry point, alone or behind its distribution's, or one that a plug-in registers."""
        points = entry_points()
        for dist, point in points:
            if name in (point.name, dist + "/" + point.name, dist.replace("-", "_") + "/" + point.name):
                thing = point.load()
                if not is_plugin(thing):
                    return as_task(thing)
        if not self.loaded:
            self.loaded = True
            for dist, point in points:
                self.load(dist, point)
        if name in self.public:
            return as_task(*self.public[name])
        raise Refused("no entry point of the group %s gives it" % GROUP)

    def load(self, dist, point):
        try:
            thing = point.load()
            if is_plugin(thing):
                thing(Registry(self, point.name))
            else:
                self.put(dist + "/" + point.name, thing)
        except Exception as e:  # one plug-in that can't be loaded does not take the others with it
            self.broken.append("%s of %s can't be loaded: %s: %s" % (point.name, dist, type(e).__name__, text_of(e)))

    def put(self, name, thing, inputs=None):
        self.public[name] = (thing, inputs)


def entry_points():
    """Gives the entry points of tasks with the names of their distributions, in order; the first on the path hides others."""
    found = {}
    for dist in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", dist.metadata["Name"] or "").lower()
        if name not in found:
            found[name] = [point for point in dist.entry_points if point.group == GROUP]
    return [(name, point) for name in sorted(found) for point in sorted(found[name], key=lambda p: p.name)]


def is_plugin(thing):
    """Says whether an entry point is a function that registers tasks, and not a task."""
    if not inspect.isfunction(thing):
        return False
    required = [p for p in inspect.signature(thing).parameters.values() if p.default is p.empty]
    return len(required) == 1 and ("regist" in required[0].name or "regist" in thing.__name__ or "plugin" in thing.__name__)


def modules_of(dist):
    """Gives the modules of a distribution as its list of files has them."""
    for path in dist.files or ():
        parts = list(path.parts)
        if parts[0] == ".." or parts[0].endswith((".dist-info", ".data")):
            continue
        stem, dot, suffix = parts[-1].partition(".")
        if dot and (suffix == "py" or suffix.endswith(("so", "pyd"))):
            parts[-1] = stem
            if stem == "__init__":
                parts.pop()
            if parts:
                yield ".".join(parts)

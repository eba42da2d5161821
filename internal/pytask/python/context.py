# This file owns ctx, which a task that has such a parameter is given. It asks the worker for what it doesn't hold.

import os
import tempfile
import threading
import types


class Context:
    """The run as its task sees it. params, results, scratch and artifacts are read when they are first asked for."""

    def __init__(self, wire, about, inputs):
        self._wire, self._lock, self._ended = wire, threading.Lock(), False
        self._areas, self._scratch = {}, {}
        self.inputs = inputs
        self.run_id, self.flow_name, self.task_name = about["run_id"], about["flow_name"], about["task"]
        self.attempt, self.try_number, self.idempotency_key = about["attempt"], about["try"], about["idempotency_key"]
        self.loops = tuple(types.SimpleNamespace(**loop) for loop in about["loops"] or ())
        self.loop = self.loops[-1] if self.loops else None

    def _ask(self, what, **more):
        with self._lock:
            if self._ended:
                raise RuntimeError("the task has ended: ctx is there only while it runs")
            self._wire.send({"ask": what, **more})
            answer = self._wire.receive()
        if answer is None:
            raise EOFError("the worker is gone")
        if "refused" in answer:
            raise ValueError(answer["refused"])
        return answer.get("answer")

    def _area(self, name):
        if name not in self._areas:
            self._areas[name] = self._ask("area", name=name)
            if name == "scratch":
                self._scratch = {key: to_json(value) for key, value in self._areas[name].items()}
        return self._areas[name]

    params = property(lambda self: self._area("params"))
    results = property(lambda self: self._area("results"))
    scratch = property(lambda self: self._area("scratch"))
    artifacts = property(lambda self: self._area("artifacts"))
    env = property(lambda self: self._area("env"))

    @property
    def is_cancelled(self):
        """Whether the task is to end: the run was cancelled, or its time is up."""
        return self._ask("cancelled")

    @property
    def run_context(self):
        return types.SimpleNamespace(run_id=self.run_id, flow_name=self.flow_name, params=self.params)

    def get_result(self, node_name):
        return self.results.get(node_name)

    def get_var(self, name, default=None):
        """Gives what $ctx.<name> is in a loop: the item of a for-each."""
        try:
            return self._ask("resolve", value="$ctx." + name)
        except ValueError:
            return default

    def resolve(self, value):
        """Looks up a text like $node.fetch.output, as an entry of inputs does."""
        return self._ask("resolve", value=value) if isinstance(value, str) and value.startswith("$") else value

    def progress(self, fraction, note=""):
        """Tells who looks at the run how far the task is: from 0 to 1."""
        self._ask("progress", fraction=float(fraction), note=str(note))

    def save_artifact(self, name, data):
        """Writes a file into the folder of the run and gives its path. What is neither bytes nor str is written as its text."""
        kind = "object" if isinstance(data, (dict, list)) else type(data).__name__
        content = data if isinstance(data, bytes) else str(data).encode("utf-8", "replace")
        handle, path = tempfile.mkstemp(prefix="pyoco-artifact-")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            saved = self._ask("artifact", name=str(name), path=path, kind=kind)
        finally:
            os.unlink(path)
        self._areas.pop("artifacts", None)
        return saved["path"]

    def end(self):
        """Gives what the task has changed in scratch. After this nothing can be asked."""
        with self._lock:
            self._ended = True
        changed = {}
        for key, value in self._areas.get("scratch", {}).items():
            if isinstance(key, str) and self._scratch.get(key) != to_json(value):
                changed[key] = value
        return changed

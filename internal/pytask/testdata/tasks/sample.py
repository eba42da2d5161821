# Tasks that the tests call.
import asyncio
import ctypes
import datetime
import os
import signal
import subprocess
import sys
import time
from os import system  # noqa: F401, what flows must not reach by this module

COUNT = 0


def nothing():
    pass


def add(a, b=2):
    return a + b


def keep(value):
    return value


def kinds(first, /, second, *rest, third=3, **more):
    return [first, second, third, sorted(more)]


def count():
    global COUNT
    COUNT += 1
    return [COUNT, os.getpid()]


async def later():
    await asyncio.sleep(0)
    return "later"


def pooled(method):
    import multiprocessing

    with multiprocessing.get_context(method).Pool(2) as pool:
        return pool.map(abs, [-1, 2])


def odd():
    class Thing:
        def __str__(self):
            return "a thing"

    own = []
    own.append(own)
    return {
        "thing": Thing(), "set": {1}, "day": datetime.date(2026, 1, 2), "nan": [float("nan")], "big": 10 ** 400, "own": str(own),
        "half": "\ud800", "float": 1.0, "small": 5e-324,
    }


def only_text():
    return {(1, 2): "a key that JSON has not"}


def writes():
    print("to stdout")
    print("to stderr", file=sys.stderr)
    subprocess.run("echo of a child; echo of a child too >&2", shell=True, check=True)
    os.write(1, b"the end \xff")


def floods():
    for i in range(100_000):
        print("line", i)


def raises():
    def inner():
        raise ValueError("no luck")

    inner()


def large():
    return "x" * (17 << 20)


def leaves(code):
    sys.exit(code)


def exits(code):
    print("about to exit", flush=True)
    os._exit(code)


def crashes():
    ctypes.string_at(0)


def killed():
    os.kill(os.getpid(), signal.SIGKILL)


def eats():
    return len(bytearray(4 << 30))


def closes():
    os.close(1)
    os.close(2)


def waits(ctx, path):
    child = subprocess.Popen(["sleep", "1000"])
    with open(path + ".part", "w") as file:
        file.write(str(child.pid))
    os.rename(path + ".part", path)
    ctx.progress(0.5, "waiting")
    time.sleep(1000)


def cleans(ctx):
    try:
        ctx.progress(0.1, "started")
        time.sleep(1000)
    finally:
        print("cleaned up")


def stubborn(ctx):
    ready = False
    while True:
        try:
            if not ready:
                ready = True
                ctx.progress(0.1, "started")
            time.sleep(1000)
        except BaseException:
            pass


def asks(ctx, x):
    ctx.scratch["made"] = [1]
    ctx.scratch["deep"]["in"] = 2
    return [
        x, ctx.params["p"], ctx.results["r"], ctx.get_result("none"), ctx.resolve("$ctx.params.p"), ctx.get_var("item"), ctx.get_var("none", 7),
        ctx.is_cancelled, ctx.run_id, ctx.task_name, ctx.loop.index, ctx.inputs, ctx.run_context.flow_name,
    ]


def saves(ctx):
    return os.path.basename(ctx.save_artifact("a/b.txt", "text"))


NOT_A_TASK = 3

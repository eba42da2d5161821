# Tasks that the tests' flows call as module:function.
import os
import subprocess
import sys
import time

import needed  # noqa: F401


def nothing():
    pass


def price(item, count=2, *, discount):
    return {"item": item, "total": count * 10 - discount}


def bill(price, ctx):
    print("bill for", price["item"])
    print("careful", file=sys.stderr)
    ctx.scratch["seen"] = [price["item"]]
    ctx.progress(0.5, "half")
    ctx.save_artifact("bill.txt", "total %d" % price["total"])
    return {"total": price["total"], "run": ctx.run_id, "params": ctx.params, "big": 2 ** 70, "float": 1.0}


def after(ctx):
    return [ctx.scratch["seen"], ctx.artifacts["bill.txt"]["type"], ctx.loop.index if ctx.loop else None]


def fails(text):
    raise ValueError(text)


def crashes_once(path):
    if not os.path.exists(path):
        open(path, "w").close()
        os._exit(3)
    return "second try"


def crashes():
    import ctypes

    ctypes.string_at(0)


def secrets():
    return [name for name in os.environ if name.startswith("PYOCO_")]


def waits(path):
    child = subprocess.Popen(["sleep", "1000"])
    with open(path + ".part", "w") as file:
        file.write(str(child.pid))
    os.rename(path + ".part", path)
    time.sleep(1000)


def odd():
    return {1, 2} - {2}

"""Tasks of the tests: functions and a task class."""
import os
import time

VERSION = "1.0"


def version():
    return VERSION


def late(started, release):
    """Waits for a file, and only then imports what it needs."""
    open(started, "w").close()
    while not os.path.exists(release):
        time.sleep(0.01)
    from demo_tasks import later

    return [VERSION, later.VERSION]


class Greeter:
    def run(self, name, ctx):
        return "hello, %s, from %s" % (name, ctx.task_name)

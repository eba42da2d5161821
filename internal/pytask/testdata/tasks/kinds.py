# What a distribution of tasks may have behind its entry points.
from os import system  # noqa: F401


class Wrapped:
    """As pyoco's @task wraps a function."""

    def __init__(self, func):
        self.task = Declared(func, func.__name__)


class Declared:
    """As pyoco's Task is."""

    def __init__(self, func, name, inputs=None):
        self.func, self.name, self.inputs = func, name, inputs or {}


def double(x):
    return 2 * x


@Wrapped
def price(x):
    return x * 3


class Greeter:
    def run(self, name, ctx):
        return "hello, " + name


class Subclassed(Declared):
    def __init__(self):
        super().__init__(self.work, "demo/subclassed", {"x": "$ctx.params.given"})

    def work(self, x):
        return ["worked", x]


class WithWrappedRun:
    def run(self, ctx):
        return [type(self).__name__, ctx.inputs]

    run = Wrapped(run)


def register_tasks(registry):
    registry.task(double, name="demo/double", inputs={"x": 4})
    registry.register_callable(lambda x: x + 1, name="demo/next")
    registry.task_class(Subclassed)
    registry.add(price, name="demo/price")
    registry.add(WithWrappedRun(), name="demo/wrapped_run")
    registry.task_info(name="demo/double", summary="doubles", inputs=[], outputs=[])

    @registry.task(name="demo/decorated")
    def decorated(x):
        return x

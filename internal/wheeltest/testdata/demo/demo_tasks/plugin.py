"""What pyoco's plug-ins are: a function that registers tasks."""


def register_tasks(registry):
    registry.task(lambda a, b: a + b, name="demo/add")

    try:
        from pyoco.core.models import Task
    except ImportError:  # the operator has not installed it
        return

    class Doubled(Task):
        def __init__(self):
            super().__init__(func=self.work, name="demo/doubled")
            self.inputs = {"x": "$ctx.params.given"}

        def work(self, x, ctx):
            return [2 * x, ctx.params["given"]]

    registry.task_class(Doubled)

# This file owns the process: what is set up once, and the loop that runs one task after the other.

import faulthandler
import gc
import inspect
import os
import signal
import sys
import threading
import traceback


class Stopped(BaseException):
    """The worker has ended the task: its time is up, or the run was cancelled."""


def serve(wire):
    config = wire.receive()
    prepare(config)
    finder = Finder(config["site"], config["modules"])
    wire.send({"python": sys.version.split()[0]})
    while True:
        request = wire.receive()
        if request is None:
            return
        answer, last = handle(wire, finder, config, request)
        written = mark(config["nonce"].encode())
        size, most = len(answer.encode("utf-8", "replace")), config["max_result"]
        if size > most:
            text = "the result is %d bytes of JSON, and may be %d: save it as an artifact" % (size, most)
            answer = to_json(failure("ResultTooLarge", text, ""))
        wire.send_text('{"answer":%s,"last":%s,"written":%s}' % (answer, to_json(last), to_json(written)))
        if last:
            return


def handle(wire, finder, config, request):
    """Carries a request out, and says whether the process is to take no other."""
    try:
        return (describe if request["do"] == "describe" else call)(wire, finder, request), False
    except Refused as e:
        known = sorted(finder.public) + finder.broken
        return to_json({"refused": text_of(e), "known": known[:50]}), False
    except BaseException as e:  # SystemExit too: a task does not end the worker's process
        trace = e.__traceback__
        while trace is not None and trace.tb_frame.f_code.co_filename.startswith("<pyoco "):
            trace = trace.tb_next
        report = "".join(traceback.format_exception(type(e), e, trace))
        return to_json(failure(type(e).__name__, text_of(e), report)), isinstance(e, (MemoryError, Stopped))


def failure(kind, text, report):
    return {"error": kind, "text": text, "traceback": report}


def describe(_, finder, request):
    return to_json({"task": finder.find(request["name"]).described()})


def call(wire, finder, request):
    task, arguments = finder.find(request["name"]), request["arguments"]
    ctx = None
    if task.wants_context:
        ctx = Context(wire, request["about"], dict(arguments))
        arguments["ctx"] = ctx
    first = []
    for name in task.positional:
        if name not in arguments:
            break
        first.append(arguments.pop(name))
    try:
        result = task.function(*first, **arguments)
        if inspect.iscoroutine(result):
            import asyncio

            result = asyncio.run(result)
    finally:
        scratch = ctx.end() if ctx else {}
    return '{"result":%s,"scratch":%s}' % (to_json(result), to_json(scratch))


def mark(nonce):
    """Writes the end of the task's output, as the worker can tell it from what tasks write. False: that can't be done."""
    try:
        for stream, number in ((OUT, 1), (ERR, 2)):
            stream.flush()
            os.write(number, b"\0%s\n" % nonce)
        sys.stdout, sys.stderr = OUT, ERR
        return True
    except (OSError, ValueError):  # the task has closed them
        return False


def prepare(config):
    global ALIVE
    ALIVE = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    GUARD.start()
    faulthandler.enable()
    if hasattr(signal, "SIGTERM"):
        signal.signal(signal.SIGTERM, stop)
    if hasattr(os, "register_at_fork"):  # what a task forks ends at once when it is asked to, as other programs do
        os.register_at_fork(after_in_child=lambda: signal.signal(signal.SIGTERM, signal.SIG_DFL))
    if config["max_memory"]:
        try:
            import resource

            resource.setrlimit(resource.RLIMIT_AS, (config["max_memory"], config["max_memory"]))
        except ImportError:  # Windows
            pass
    try:  # where memory runs out, the system shall take this process and not the worker
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("500")
    except OSError:
        pass
    gc.freeze()


def stop(*_):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # once is enough: what cleans up is not disturbed
    raise Stopped("the task was stopped: its time is up, or the run was cancelled")


def end_with_worker():
    """Waits for the end of the worker, of which a pipe tells, and ends all that the tasks have started."""
    if hasattr(signal, "pthread_sigmask"):  # a signal that comes here does not wake the task
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    os.read(ALIVE, 1)
    if hasattr(os, "killpg") and os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)
    os._exit(1)


sys.stdout.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
sys.stderr.reconfigure(encoding="utf-8", errors="replace", line_buffering=True)
OUT, ERR = sys.stdout, sys.stderr
ALIVE, GUARD = None, threading.Thread(target=end_with_worker, daemon=True)
worker_may_be_gone = 0.1  # seconds for GUARD to find out; where it is only this process that is to leave, it does
try:
    serve(Wire(requests, replies))
except Stopped:
    pass
except OSError:  # of a pipe that nobody reads
    worker_may_be_gone = 5
if GUARD.is_alive():
    GUARD.join(worker_may_be_gone)

# This file owns the wire: frames of a length and JSON, and which JSON a value of a task becomes.

import json
import os
import sys

if hasattr(sys, "set_int_max_str_digits"):
    sys.set_int_max_str_digits(0)  # whole numbers of any size pass


class Wire:
    """Frames to and from the worker: four bytes of length, most significant first, then JSON in UTF-8."""

    def __init__(self, requests, replies):
        self.requests, self.replies = requests, replies

    def receive(self):
        """Gives the next frame, or None where the worker has closed the pipe."""
        head = self.requests.read(4)
        if len(head) < 4:
            return None
        body = self.requests.read(int.from_bytes(head, "big"))
        return json.loads(body)

    def send(self, frame):
        self.send_text(to_json(frame))

    def send_text(self, text):
        body = text.encode("utf-8", "replace")  # half a surrogate is no character
        data = memoryview(len(body).to_bytes(4, "big") + body)
        while data:
            data = data[os.write(self.replies, data):]


def to_json(value):
    """Writes a value as JSON; parts that JSON has no form for become texts, and so does a whole that can't be written."""
    try:
        return dumps(value)
    except (ValueError, TypeError, RecursionError):
        pass
    try:
        return dumps(finite(value, 0))
    except (ValueError, TypeError, RecursionError):
        return json.dumps(text_of(value), ensure_ascii=False)


def dumps(value):
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=plain)


def plain(value):
    """Gives what stands for a value that JSON has no form for: numbers and lists of numpy and its like as such."""
    if callable(getattr(value, "tolist", None)):
        return value.tolist()
    return text_of(value)


def finite(value, depth):
    """Puts texts in the place of nan and inf, which JSON has not."""
    if depth > 200:
        raise ValueError("too deep, or in itself")
    if isinstance(value, float) and not (value - value == 0):
        return str(value)
    if isinstance(value, dict):
        return {key: finite(part, depth + 1) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(part, depth + 1) for part in value]
    return value


def text_of(value):
    try:
        return str(value)
    except Exception:
        return "<%s>" % type(value).__name__

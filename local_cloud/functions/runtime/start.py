"""Run a Lambda function in a process of its own: `python -I -S start.py`.

What it is told comes over standard input: first one line of JSON that says which function, then, per invocation, a line of JSON and an event of
as many bytes as it says. What it answers goes to the file descriptor that LOCAL_CLOUD_ANSWERS names, in the same form. Standard output and
standard error are the function's log; a line of its own there says where the log of an invocation ends.

The standard library only: what a function may import besides is what Lambda's Python has, and its layers.
"""

import importlib
import json
import os
import queue
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import IO, Any

LARGEST_RESPONSE = 6_291_556
"""Bytes, of an answer to a synchronous invocation: "Lambda quotas" in the developer guide."""

Handler = Callable[[Any, "Context"], Any]


class Context:
    """What a handler is told of its invocation: "Using the Lambda context object" in the developer guide."""

    identity = None
    client_context = None

    def __init__(self, invocation: dict[str, Any]) -> None:
        self.aws_request_id: str = invocation["request_id"]
        self.invoked_function_arn: str = invocation["arn"]
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self._deadline: float = time.monotonic() + invocation["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is killed."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


def main() -> None:
    """Answer one invocation after the other until standard input is closed."""
    orders = sys.stdin.buffer
    answers = os.fdopen(int(os.environ.pop("LOCAL_CLOUD_ANSWERS")), "wb")
    started = json.loads(orders.readline())
    sys.path[:0] = started["path"]
    waiting: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    handler, failure = _load(started["handler"])
    _write(answers, b"")
    threading.Thread(target=_read, args=(orders, waiting), daemon=True).start()
    while True:
        invocation, event = waiting.get()
        answer = failure or _answer(handler, invocation, event)
        sys.stdout.flush()
        sys.stderr.flush()
        os.write(2, f"\n{invocation['end_of_log']}\n".encode())
        _write(answers, answer)


def _read(orders: IO[bytes], waiting: "queue.SimpleQueue[tuple[dict[str, Any], bytes]]") -> None:
    """Pass invocations on; the end of input is the end of the local cloud, and so of the function and all that it started."""
    while line := orders.readline():
        invocation = json.loads(line)
        waiting.put((invocation, orders.read(invocation["size"])))
    os.killpg(0, signal.SIGKILL)


def _load(name: str) -> tuple[Handler, bytes]:
    """Return the handler; of one that cannot be loaded, what every invocation is answered with instead."""
    module, _, function = name.rpartition(".")
    try:
        found: Handler = getattr(importlib.import_module(module.replace("/", ".")), function)
    except ImportError as error:
        return _none, _failed("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}")
    except AttributeError as error:
        return _none, _failed("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module}': {error}")
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the function's
        traceback.print_exc()
        return _none, _failed(type(error).__name__, str(error))
    return found, b""


def _none(_: Any, __: Context) -> None:
    """Stand in for a handler that was not found."""


def _answer(handler: Handler, invocation: dict[str, Any], event: bytes) -> bytes:
    try:
        result = handler(json.loads(event), Context(invocation))
    except Exception as error:  # noqa: BLE001  # whatever it is, it is the function's
        traceback.print_exc()
        stack = traceback.format_list(traceback.extract_tb(error.__traceback__)[1:])
        return _failed(type(error).__name__, str(error), requestId=invocation["request_id"], stackTrace=stack)
    try:
        text = json.dumps(result, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        return _failed("Runtime.MarshalError", f"Unable to marshal response: {error}")
    if len(text) > LARGEST_RESPONSE:
        what = f"Response payload size exceeded maximum allowed payload size ({LARGEST_RESPONSE} bytes)."
        return _failed("Function.ResponseSizeTooLarge", what)
    return b"+" + text


def _failed(kind: str, message: str, **more: Any) -> bytes:
    return b"-" + json.dumps({"errorMessage": message, "errorType": kind} | more).encode()


def _write(answers: IO[bytes], answer: bytes) -> None:
    answers.write(b"%d\n" % len(answer) + answer)
    answers.flush()


if __name__ == "__main__":
    main()

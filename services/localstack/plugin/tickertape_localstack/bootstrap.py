"""What a function's process runs: it imports the handler, then answers one invocation after the other.

Usage: bootstrap.py CHANNEL PARENT [FOLDER ...]

CHANNEL is the number of an open socket, PARENT the process that holds its other end, and each FOLDER has packages that
the runtime brings. A message is a line of JSON, whose `length` says how many bytes follow. Only the standard library is
used, and nothing is imported that the handler would not expect: this runs on the function's own Python.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BufferedRWPair
from pathlib import Path
from types import SimpleNamespace
from typing import Any

_PR_SET_PDEATHSIG = 1
Handler = Callable[[Any, "Context"], Any]


class Context:
    """What a handler gets beside its event, under AWS' names."""

    def __init__(self, call: Mapping[str, Any], environ: Mapping[str, str]) -> None:
        self.aws_request_id: str = call["request_id"]
        self.invoked_function_arn: str = call["arn"]
        self.function_name = environ.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environ.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environ.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environ.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environ.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.identity = SimpleNamespace(cognito_identity_id=None, cognito_identity_pool_id=None)
        self.client_context = None
        self._deadline_ms: int = call["deadline_ms"]

    def get_remaining_time_in_millis(self) -> int:
        """How long until the process is ended."""
        return max(0, self._deadline_ms - int(time.time() * 1000))


class InitError(Exception):
    """The handler cannot be had; `kind` is what AWS calls this."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main(arguments: list[str]) -> int:
    """Answer until the other end is gone; returns the exit code."""
    channel, parent, *folders = arguments
    _end_with(int(parent))
    stream = socket.socket(fileno=int(channel)).makefile("rwb")
    sys.path[:0] = [os.environ["LAMBDA_TASK_ROOT"], *folders]
    requests = _log_as_on_aws()
    try:
        handler = load(os.environ["_HANDLER"])
    except Exception as error:
        _send(stream, "init_error", _told(error, ""))
        return 1
    _send(stream, "ready", b"")
    for line in stream:
        call = json.loads(line)
        event = stream.read(call["length"])
        requests["now"] = call["request_id"]
        os.environ["_X_AMZN_TRACE_ID"] = call.get("trace_id") or ""
        _send(stream, *answer(handler, event, Context(call, os.environ)))
    return 0


def load(name: str) -> Handler:
    """The function that a handler's name means.

    Raises:
        InitError: there is no such function, or its module cannot be imported.
    """
    module_name, dot, function = name.rpartition(".")
    if not dot:
        raise InitError("Runtime.MalformedHandlerName", f"Bad handler '{name}': module.function was expected")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise InitError("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise InitError("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    found: Handler | None = getattr(module, function, None)
    if found is None:
        raise InitError("Runtime.HandlerNotFound", f"Handler '{function}' missing on module '{module_name}'")
    return found


def answer(handler: Handler, event: bytes, context: Context) -> tuple[str, bytes]:
    """`response` and what the handler returned, or `error` and AWS' description of it."""
    try:
        result = handler(json.loads(event), context)
    except Exception as error:
        return "error", _told(error, context.aws_request_id)
    try:
        return "response", json.dumps(result, default=_number, ensure_ascii=False).encode()
    except (TypeError, ValueError) as error:
        marshal = InitError("Runtime.MarshalError", f"Unable to marshal response: {error}")
        return "error", _told(marshal, context.aws_request_id)


def _number(value: Any) -> float:
    # AWS writes the numbers that DynamoDB's own reader makes.
    if isinstance(value, Decimal):
        return float(value)
    raise TypeError(f"Object of type {type(value).__name__} is not JSON serializable")


def _told(error: Exception, request_id: str) -> bytes:
    """AWS' description of an error, which goes into the function's log as well."""
    kind = error.kind if isinstance(error, InitError) else type(error).__name__
    # What is above the handler is of no interest to anyone.
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename != __file__]
    stack = traceback.format_list(frames)
    print(f"[ERROR] {kind}: {error}", *(["Traceback (most recent call last):\n" + "".join(stack)] if stack else ()))
    described = {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": stack}
    return json.dumps(described, ensure_ascii=False).encode("utf-8", "backslashreplace")


def _send(stream: BufferedRWPair[Any, Any], kind: str, body: bytes) -> None:
    # The log of an invocation is complete when its answer comes.
    sys.stdout.flush()
    sys.stderr.flush()
    stream.write(json.dumps({"kind": kind, "length": len(body)}).encode() + b"\n" + body)
    stream.flush()


def _log_as_on_aws() -> dict[str, str]:
    """Give the root logger AWS' handler; the returned dictionary's `now` is the request that lines belong to."""
    requests = {"now": ""}

    def with_request(record: logging.LogRecord) -> bool:
        record.aws_request_id = requests["now"]
        return True

    handler = logging.StreamHandler(sys.stdout)
    layout = "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s"
    formatter = logging.Formatter(layout, "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    handler.addFilter(with_request)
    logging.getLogger().addHandler(handler)
    return requests


def _end_with(parent: int) -> None:
    """Have the kernel end this process with its parent, and choose it first when memory runs out."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        # It was gone already.
        os._exit(1)
    try:
        Path("/proc/self/oom_score_adj").write_text("1000")
    except OSError:
        pass  # not everywhere allowed, and of no consequence where there is memory


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

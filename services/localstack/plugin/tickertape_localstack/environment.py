"""A function's execution environment: one process at a time, a folder of its own, and AWS' words for what happens."""

from __future__ import annotations

import json
import math
import shutil
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from tickertape_localstack.process import Ended, Exited, FunctionProcess, MemoryExceeded, Program, Reply, TimedOut

# AWS gives the import 10 s of its own; a laptop that starts ten services at once is slower.
INIT_LIMIT_S = 60.0
_MIB = 1024 * 1024
# What Lambda's environment has and LocalStack does not give.
_BASE = {"PATH": "/usr/local/bin:/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONUNBUFFERED": "1"}
# For LocalStack's own program in its containers.
_NOT_FOR_FUNCTIONS = ("LOCALSTACK_", "EDGE_PORT", "_AWS_XRAY_")


@dataclass(frozen=True, slots=True)
class Call:
    """One invocation."""

    request_id: str
    arn: str
    payload: bytes
    trace_id: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How it ended; `log` is what CloudWatch gets."""

    payload: bytes
    is_error: bool
    log: str


def function_environ(given: Mapping[str, object], code: Path) -> dict[str, str]:
    """The environment that Lambda would give: nothing of LocalStack's own process is in it."""
    kept = {name: str(value) for name, value in given.items() if not name.startswith(_NOT_FOR_FUNCTIONS)}
    return _BASE | kept | {"LAMBDA_TASK_ROOT": str(code)}


class Environment:
    """Runs one invocation at a time; after one that a limit ended, the next has a fresh process.

    Args:
        program: what to run.
        version: the function's version, for the log.
        timeout_s: how long one invocation may take.
        folder: where the environment's own folder is made, which is what it has as TMPDIR.
    """

    def __init__(self, program: Program, version: str, timeout_s: float, folder: Path | None = None) -> None:
        self._tmp = Path(tempfile.mkdtemp(prefix="function-", dir=folder))
        self._program = replace(program, environ={**program.environ, "TMPDIR": str(self._tmp)})
        self._version, self._timeout_s = version, timeout_s
        self._process: FunctionProcess | None = None
        self._is_ready = self._stopped = False
        self._lock = threading.Lock()

    def start(self) -> None:
        """Start the process ahead of the first invocation; what goes wrong, that one tells."""
        self._process = FunctionProcess(self._program)

    def stop(self) -> None:
        """End the process, also in the middle of an invocation, and remove the folder."""
        self._stopped = True
        if process := self._process:
            process.kill()
        with self._lock:
            self._drop()
        shutil.rmtree(self._tmp, ignore_errors=True)

    def invoke(self, call: Call) -> Outcome:
        """Run one invocation to its end; whatever happens is an outcome."""
        with self._lock:
            return self._invoke(call)

    def _invoke(self, call: Call) -> Outcome:
        init_s = 0.0
        began = time.monotonic()
        process = self._process = self._process or FunctionProcess(self._program)
        try:
            if not self._is_ready:
                if (said := process.receive(INIT_LIMIT_S)).kind != "ready":
                    return self._ended(call, process, said.body, time.monotonic() - began)
                init_s, self._is_ready = time.monotonic() - began, True
            began = time.monotonic()
            reply = self._answered(process, call)
        except Ended as end:
            took = time.monotonic() - began
            return self._ended(call, process, self._told(end, call), took, last_words=self._last_words(end, call))
        log = self._log(call, process, time.monotonic() - began, init_s=init_s)
        return Outcome(reply.body, reply.kind != "response", log)

    def _answered(self, process: FunctionProcess, call: Call) -> Reply:
        deadline_ms = int((time.time() + self._timeout_s) * 1000)
        head = {
            "request_id": call.request_id,
            "arn": call.arn,
            "trace_id": call.trace_id,
            "deadline_ms": deadline_ms,
        }
        process.send(head, call.payload, self._timeout_s)
        return process.receive(self._timeout_s)

    def _ended(
        self, call: Call, process: FunctionProcess, payload: bytes, took_s: float, *, last_words: str = ""
    ) -> Outcome:
        process.kill()
        log = self._log(call, process, took_s, last_words=last_words)
        self._drop()
        return Outcome(payload, True, log)

    def _drop(self) -> None:
        if self._process:
            self._process.close()
        self._process, self._is_ready = None, False

    def _told(self, end: Ended, call: Call) -> bytes:
        kind = "Sandbox.Timedout" if isinstance(end, TimedOut) else "Runtime.ExitError"
        return json.dumps(
            {"errorType": kind, "errorMessage": f"RequestId: {call.request_id} Error: {self._reason(end)}"}
        ).encode()

    def _reason(self, end: Ended) -> str:
        match end:
            case TimedOut():
                limit_s = self._timeout_s if self._is_ready else INIT_LIMIT_S
                return f"Task timed out after {limit_s:.2f} seconds"
            case MemoryExceeded():
                return "Runtime exited with error: signal: killed"
            case Exited(status=0):
                return "Runtime exited without providing a reason"
            case Exited(status=status) if status < 0:
                return f"Runtime exited with error: signal: {'killed' if status == -9 else -status}"
            case _:
                return f"Runtime exited with error: {end}"

    def _last_words(self, end: Ended, call: Call) -> str:
        if isinstance(end, TimedOut):
            at = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return f"{at} {call.request_id} {self._reason(end)}\n"
        more = f" (more than {self._program.memory_mb} MB of memory)" if isinstance(end, MemoryExceeded) else ""
        return f"RequestId: {call.request_id} Error: {self._reason(end)}{more}\n"

    def _log(
        self, call: Call, process: FunctionProcess, took_s: float, *, init_s: float = 0.0, last_words: str = ""
    ) -> str:
        printed = process.log()
        if printed and not printed.endswith("\n"):
            printed += "\n"
        report = [
            f"REPORT RequestId: {call.request_id}",
            f"Duration: {took_s * 1000:.2f} ms",
            f"Billed Duration: {math.ceil(took_s * 1000)} ms",
            f"Memory Size: {self._program.memory_mb} MB",
            f"Max Memory Used: {math.ceil(process.peak / _MIB)} MB",
            *([f"Init Duration: {init_s * 1000:.2f} ms"] if init_s else ()),
        ]
        return (
            f"START RequestId: {call.request_id} Version: {self._version}\n{printed}{last_words}"
            f"END RequestId: {call.request_id}\n" + "\t".join(report) + "\n"
        )

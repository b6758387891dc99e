"""Functions as processes: what they get, what ends them, and what is left of them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tickertape_localstack.environment import Call, Environment, Outcome, function_environ
from tickertape_localstack.process import Program, memory_of

from tests.waiting import wait_for

PLUGIN = Path(__file__).parents[2] / "services/localstack/plugin"
Make = Callable[..., Environment]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """An environment for a handler's source, with a folder for what it has as its own."""
    made: list[Environment] = []
    folder = tmp_path / "tmp"
    folder.mkdir()

    def of(source: str, *, timeout_s: float = 20.0, memory_mb: int = 256, **variables: str) -> Environment:
        code = tmp_path / f"code{len(made)}"
        code.mkdir()
        (code / "handler.py").write_text(source)
        given = {"_HANDLER": "handler.handle", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": memory_mb} | variables
        program = Program(Path(sys.executable), code, function_environ(given, code), memory_mb)
        made.append(Environment(program, "$LATEST", timeout_s, folder))
        return made[-1]

    yield of
    for environment in made:
        environment.stop()


def call(environment: Environment, event: object = None) -> Outcome:
    return environment.invoke(Call("r-1", "arn:f", json.dumps(event).encode()))


def answered(outcome: Outcome) -> Any:
    assert not outcome.is_error, outcome
    return json.loads(outcome.payload)


def is_gone(pid: int) -> bool:
    # A killed process that its new parent has not waited for is gone as well.
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_handler_gets_its_event_and_context(make: Make) -> None:
    """A handler is called with the event and a context with AWS' names."""
    environment = make(
        "def handle(event, context):\n"
        "    return [event, context.aws_request_id, context.invoked_function_arn, context.memory_limit_in_mb,\n"
        "            0 < context.get_remaining_time_in_millis() <= 20000]\n"
    )
    assert [{"a": "ä"}, "r-1", "arn:f", "256", True] == answered(call(environment, {"a": "ä"}))


def test_one_process_serves_one_invocation_after_the_other(make: Make) -> None:
    """What a module keeps is there at the next invocation, as on AWS."""
    environment = make("seen = []\ndef handle(event, context):\n    seen.append(event)\n    return seen\n")
    environment.start()
    call(environment, 1)
    assert [1, 2] == answered(call(environment, 2))


def test_large_events_and_answers_pass(make: Make) -> None:
    """Six megabytes, which is what AWS allows, go in and come out."""
    environment = make("def handle(event, context):\n    return event\n")
    event = "x" * 6_000_000
    assert event == answered(call(environment, event))


def test_environment_is_what_lambda_gives(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the emulator's own environment reaches a function, nor what is meant for its containers."""
    monkeypatch.setenv("SECRET_OF_THE_EMULATOR", "x")
    environment = make(
        "import os\ndef handle(event, context):\n    return dict(os.environ)\n",
        AWS_ENDPOINT_URL="http://127.0.0.1:4566",
        LOCALSTACK_RUNTIME_ID="x",
        TABLE="prices",
    )
    seen = answered(call(environment))
    assert ("http://127.0.0.1:4566", "prices") == (seen["AWS_ENDPOINT_URL"], seen["TABLE"])
    assert not {"SECRET_OF_THE_EMULATOR", "LOCALSTACK_RUNTIME_ID", "HOME"} & set(seen)


def test_own_folder_stays_between_invocations_and_goes_with_the_environment(make: Make) -> None:
    """TMPDIR is the environment's own, is there at the next invocation, and is removed at the end."""
    environment = make(
        "import os, tempfile\n"
        "def handle(event, context):\n"
        "    open(tempfile.gettempdir() + '/x', 'a').write('x')\n"
        "    return [tempfile.gettempdir(), os.listdir(tempfile.gettempdir())]\n"
    )
    folder, files = answered(call(environment))
    assert [folder, files] == answered(call(environment))
    environment.stop()
    assert not Path(folder).exists()


def test_exception_is_told_as_on_aws(make: Make) -> None:
    """A raised exception is an error with its type, its message and where it came from; the process goes on."""
    environment = make("def handle(event, context):\n    return 1 / event\n")
    outcome = call(environment, 0)
    told = json.loads(outcome.payload)
    assert ("ZeroDivisionError", "division by zero", "r-1") == (
        told["errorType"],
        told["errorMessage"],
        told["requestId"],
    )
    assert 1 == len(told["stackTrace"]) and "handler.py" in told["stackTrace"][0]
    assert "[ERROR] ZeroDivisionError: division by zero" in outcome.log
    assert 0.5 == answered(call(environment, 2))


def test_answer_that_is_no_json_is_an_error(make: Make) -> None:
    """What cannot be written as JSON is AWS' Runtime.MarshalError."""
    outcome = call(make("def handle(event, context):\n    return object()\n"))
    assert "Runtime.MarshalError" == json.loads(outcome.payload)["errorType"]


@pytest.mark.parametrize(
    ("source", "handler", "kind", "message"),
    [
        ("import missing_package", "handler.handle", "Runtime.ImportModuleError", "missing_package"),
        ("def handle(:", "handler.handle", "Runtime.UserCodeSyntaxError", "Syntax error in module 'handler'"),
        ("", "handler.handle", "Runtime.HandlerNotFound", "Handler 'handle' missing on module 'handler'"),
        ("", "handle", "Runtime.MalformedHandlerName", "Bad handler 'handle'"),
        ("raise ValueError('no table')", "handler.handle", "ValueError", "no table"),
    ],
)
def test_handler_that_cannot_be_had_is_told(make: Make, source: str, handler: str, kind: str, message: str) -> None:
    """An error at the import is the invocation's error and in its log, and is tried again at the next."""
    environment = make(source, _HANDLER=handler)
    for _ in range(2):
        outcome = call(environment)
        told = json.loads(outcome.payload)
        assert kind == told["errorType"] and message in told["errorMessage"] and message in outcome.log


def test_timeout_ends_the_process_and_the_next_has_a_fresh_one(make: Make) -> None:
    """An invocation that takes too long is ended with AWS' words, with all it started; the next one works."""
    environment = make(
        "import os, subprocess, time\n"
        "def handle(event, context):\n"
        "    if event == 'who':\n        return os.getpid()\n"
        "    child = subprocess.Popen(['sleep', '600'])\n"
        "    print(os.getpid(), child.pid, flush=True)\n"
        "    time.sleep(600)\n",
        timeout_s=1.0,
    )
    outcome = call(environment)
    assert {
        "errorType": "Sandbox.Timedout",
        "errorMessage": "RequestId: r-1 Error: Task timed out after 1.00 seconds",
    } == json.loads(outcome.payload)
    assert "r-1 Task timed out after 1.00 seconds" in outcome.log
    pids = [int(pid) for pid in outcome.log.splitlines()[1].split()]
    wait_for(lambda: all(map(is_gone, pids)))
    assert answered(call(environment, "who")) not in pids


def test_memory_limit_ends_the_process(make: Make) -> None:
    """A function that takes more than its MemorySize is killed as on AWS, and the log says why."""
    environment = make(
        "def handle(event, context):\n"
        "    kept = []\n"
        "    while event:\n        kept.append(b'x' * 1_000_000)\n"
        "    return 'fine'\n",
        memory_mb=128,
    )
    outcome = call(environment, True)
    assert {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: r-1 Error: Runtime exited with error: signal: killed",
    } == json.loads(outcome.payload)
    assert "more than 128 MB of memory" in outcome.log
    assert "fine" == answered(call(environment, False))


def test_threads_are_no_memory(make: Make) -> None:
    """A hundred threads, whose stacks are promised and not taken, fit into the smallest function."""
    environment = make(
        "import threading\n"
        "def handle(event, context):\n"
        "    go = threading.Event()\n"
        "    threads = [threading.Thread(target=go.wait) for _ in range(100)]\n"
        "    [thread.start() for thread in threads]\n"
        "    go.set()\n"
        "    [thread.join() for thread in threads]\n"
        "    return len(threads)\n",
        memory_mb=128,
    )
    assert 100 == answered(call(environment))


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("sys.exit(3)", "Runtime exited with error: exit status 3"),
        ("os._exit(0)", "Runtime exited without providing a reason"),
        ("os.kill(os.getpid(), 9)", "Runtime exited with error: signal: killed"),
    ],
)
def test_process_that_ends_by_itself_is_told(make: Make, end: str, reason: str) -> None:
    """A handler that ends its process is an error, and the next invocation has a fresh process."""
    environment = make(
        f"import os, sys\ndef handle(event, context):\n    {end} if event else None\n    return 'fine'\n"
    )
    assert f"RequestId: r-1 Error: {reason}" == json.loads(call(environment, True).payload)["errorMessage"]
    assert "fine" == answered(call(environment, False))


def test_log_is_lambdas(make: Make) -> None:
    """Prints and log records stand between START and END, and the report has the time and the memory."""
    environment = make(
        "import logging, os\n"
        "def handle(event, context):\n"
        "    print('printed')\n"
        "    logging.warning('logged')\n"
        "    os.write(2, b'written')\n"
    )
    first, second = call(environment).log, call(environment).log
    lines = second.splitlines()
    assert "START RequestId: r-1 Version: $LATEST" == lines[0]
    assert "printed" == lines[1]
    assert re.fullmatch(r"\[WARNING\]\t\S+Z\tr-1\tlogged", lines[2])
    assert ["written", "END RequestId: r-1"] == lines[3:5]
    report = (
        r"REPORT RequestId: r-1\tDuration: [\d.]+ ms\tBilled Duration: \d+ ms\tMemory Size: 256 MB"
        r"\tMax Memory Used: [1-9]\d* MB"
    )
    assert re.fullmatch(report, lines[5])
    assert "Init Duration" in first and "Init Duration" not in second


def test_endless_log_is_cut(make: Make) -> None:
    """A function that prints without end does not fill the emulator's memory."""
    environment = make("def handle(event, context):\n    for _ in range(300):\n        print('x' * 10_000)\n")
    assert 1_000_000 < len(call(environment).log) < 1_100_000


def test_stop_ends_a_running_invocation(make: Make, tmp_path: Path) -> None:
    """Stopping does not wait for the handler, whose invocation is told as an error."""
    began = tmp_path / "began"
    environment = make(
        f"import time\ndef handle(event, context):\n    open({str(began)!r}, 'w').close()\n    time.sleep(600)\n"
    )
    outcomes: list[Outcome] = []
    running = threading.Thread(target=lambda: outcomes.append(call(environment)))
    running.start()
    wait_for(began.exists)
    environment.stop()
    running.join()
    assert [True] == [outcome.is_error for outcome in outcomes]


def test_functions_end_with_an_emulator_that_is_killed(tmp_path: Path) -> None:
    """kill -9 of the process that holds an environment ends its function too, though another thread started it."""
    (tmp_path / "handler.py").write_text("import os\ndef handle(event, context):\n    return os.getpid()\n")
    script = (
        "import sys, threading\n"
        "from pathlib import Path\n"
        "from tickertape_localstack.environment import *\n"
        f"code = Path({str(tmp_path)!r})\n"
        "program = Program(Path(sys.executable), code, function_environ({'_HANDLER': 'handler.handle'}, code), 256)\n"
        "environment = Environment(program, '1', 20.0, code)\n"
        "thread = threading.Thread(target=environment.start)\n"
        "thread.start()\n"
        "thread.join()\n"
        "for _ in range(2):\n"
        "    print(environment.invoke(Call('r', 'a', b'{}')).payload.decode(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    command = [sys.executable, "-c", script]
    environ = {**os.environ, "PYTHONPATH": str(PLUGIN)}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ) as emulator:
        assert emulator.stdout
        # Twice the same: the end of the thread that started it did not end it.
        pids = [int(emulator.stdout.readline()) for _ in range(2)]
        emulator.send_signal(signal.SIGKILL)
    assert pids[0] == pids[1]
    wait_for(lambda: is_gone(pids[0]))


def test_memory_counts_what_a_process_started() -> None:
    """The memory of a process is its own and that of its children; one that is gone has none."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        wait_for(lambda: memory_of(child.pid) > 1_000_000)
        assert memory_of(os.getpid()) > memory_of(child.pid)
        child.communicate(b"\n")
    assert 0 == memory_of(child.pid)

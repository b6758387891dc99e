"""LocalStack's way to run a function, by processes of this container instead of containers of the host."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

from localstack.services.lambda_.invocation.lambda_models import FunctionVersion, InvocationResult
from localstack.services.lambda_.invocation.runtime_executor import LambdaRuntimeException, RuntimeExecutor

from tickertape_localstack.environment import Call, Environment, function_environ
from tickertape_localstack.process import Program

LOG = logging.getLogger(__name__)
_HERE = "127.0.0.1"
# The Python that functions run on, and a folder with what Lambda brings: boto3 and its needs.
_PYTHON = Path(os.environ.get("LAMBDA_SUBPROCESS_PYTHON") or sys.executable)
_PACKAGES = os.environ.get("LAMBDA_SUBPROCESS_PACKAGES", "")


@cache
def runtime() -> str:
    """The one runtime that there is, as `python3.11`."""
    script = "import sys; print('python%d.%d' % sys.version_info[:2])"
    return subprocess.run([_PYTHON, "-c", script], check=True, capture_output=True, text=True).stdout.strip()


class SubprocessExecutor(RuntimeExecutor):
    """One execution environment."""

    _environment: Environment | None = None

    def start(self, env_vars: dict[str, str]) -> None:
        """Start the function's process."""
        config = self.function_version.config
        code = Path(config.code.get_unzipped_code_location())
        program = Program(
            python=_PYTHON,
            code=code,
            environ=function_environ(env_vars, code),
            memory_mb=config.memory_size,
            packages=(Path(_PACKAGES),) if _PACKAGES else (),
        )
        self._environment = Environment(program, self.function_version.id.qualifier, config.timeout)
        self._environment.start()

    def stop(self) -> None:
        """End it, whatever it is doing."""
        if self._environment:
            self._environment.stop()

    def invoke(self, payload: dict[str, str]) -> InvocationResult:
        """Run one invocation."""
        if not self._environment:
            raise LambdaRuntimeException(f"execution environment {self.id} was not started")
        call = Call(
            request_id=payload["invoke-id"],
            arn=payload["invoked-function-arn"],
            payload=payload["payload"].encode(),
            trace_id=payload.get("trace-id", ""),
        )
        outcome = self._environment.invoke(call)
        if outcome.is_error:
            name = self.function_version.id.function_name
            LOG.warning("function %s failed: %s", name, outcome.payload[:500].decode("utf-8", "replace"))
        return InvocationResult(call.request_id, outcome.payload, is_error=outcome.is_error, logs=outcome.log)

    def get_address(self) -> str:
        """Where the function is, seen from LocalStack."""
        return _HERE

    def get_endpoint_from_executor(self) -> str:
        """Where LocalStack is, seen from the function."""
        return _HERE

    def get_runtime_endpoint(self) -> str:
        """Nowhere: there is no program of LocalStack's in between."""
        return ""

    def get_logs(self) -> str:
        """Nothing: each invocation brings its own."""
        return ""

    @classmethod
    def prepare_version(cls, function_version: FunctionVersion) -> None:
        """Unpack the code.

        Raises:
            LambdaRuntimeException: this is no function that can run here.
        """
        config = function_version.config
        if config.package_type != "Zip":
            raise LambdaRuntimeException("container images need the Docker executor; here only zips run")
        if config.layers:
            raise LambdaRuntimeException("layers need the Docker executor; put the packages into the zip")
        if config.runtime != runtime():
            raise LambdaRuntimeException(f"runtime {config.runtime} needs the Docker executor; {runtime()} runs here")
        config.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: FunctionVersion) -> None:
        """Nothing: LocalStack removes the code itself."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Whether the functions' Python can be run."""
        try:
            LOG.debug("functions run as %s on %s", runtime(), _PYTHON)
        except (OSError, subprocess.CalledProcessError) as error:
            LOG.error("LAMBDA_SUBPROCESS_PYTHON must be a Python to run functions on: %s", error)
            return False
        return True

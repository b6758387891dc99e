"""Deploys the AWS resources: builds the functions, then runs `localstack-init/deploy.py` as any other place would."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tickertape.stack.bundle import build_all


class DeploymentFailed(Exception):
    """The AWS resources could not be made; the message is what the deployment said last."""


def deploy(repo: Path, build_dir: Path, environ: Mapping[str, str]) -> None:
    """Build the functions' zips and create or update every AWS resource.

    Args:
        environ: has the endpoint, and the settings that the template takes.

    Raises:
        DeploymentFailed: the deployment did not succeed.
        BundleError: a function's package could not be built.
    """
    build_all(repo, build_dir)
    run = subprocess.run(
        [sys.executable, str(repo / "localstack-init" / "deploy.py"), "--code", str(build_dir)],
        capture_output=True,
        text=True,
        check=False,
        env=dict(environ),
    )
    if run.returncode:
        said = (run.stderr or run.stdout).strip().splitlines()
        raise DeploymentFailed("\n".join(said[-5:]))

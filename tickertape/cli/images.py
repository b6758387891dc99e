"""`tickertape images`: makes the containers' images, as `up` would."""

from __future__ import annotations

import os
import time
from typing import Annotated

import typer

from tickertape.cli.console import WRONG_CALL, LiveReport, fail


def images(
    runtime: Annotated[str, typer.Option(help="compose or airgap.", metavar="NAME")] = "auto",
) -> None:
    """Build the images that are missing or out of date; `up` does it by itself."""
    from tickertape.cli.context import home
    from tickertape.stack.containers import Compose, DockerFailed
    from tickertape.stack.environment import user_environment
    from tickertape.stack.images import ImagesFailed, make_images
    from tickertape.stack.paths import repository
    from tickertape.stack.preflight import PreflightFailed
    from tickertape.stack.runtimes import AIRGAP, COMPOSE, EMBEDDED, choose, compose_files, ensure_docker

    repo, place = repository(), home()
    given = user_environment(repo, os.environ)
    if runtime not in ("auto", COMPOSE, AIRGAP):
        fail(f"--runtime: {COMPOSE} or {AIRGAP} was expected, {runtime!r} came", WRONG_CALL)
    if runtime == "auto":
        runtime = choose(repo, given).runtime
        # Where `up` would do without Docker, it is said what Docker lacks.
        runtime = AIRGAP if runtime == EMBEDDED else runtime
    began = time.monotonic()
    try:
        place.make()
        ensure_docker(repo, runtime, given)
        with LiveReport() as report:
            compose = Compose(repo, compose_files(repo, runtime, given), "tickertape-images", given)
            make_images(compose, runtime == AIRGAP, repo, place.log("images"), report)
    except (PreflightFailed, DockerFailed, ImagesFailed) as error:
        fail(str(error))
    typer.echo(f"all images are there ({time.monotonic() - began:.0f} s): start them with `make up RUNTIME={runtime}`")

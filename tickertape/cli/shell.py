"""`tickertape shell`: look around in a service's container."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tickertape.cli.console import WRONG_CALL, fail


def shell(service: Annotated[str, typer.Argument(help="Which service.")]) -> None:
    """Open a shell in a container of the running stack."""
    from tickertape.cli.context import running
    from tickertape.stack.containers import Compose

    record = running()
    if not record.project:
        fail(f"the stack runs without containers ({record.runtime}): its processes are in `tickertape status`")
    if service not in record.names():
        fail(f"no service {service!r}; there are {', '.join(record.names())}", WRONG_CALL)
    Compose.of_project(Path(record.repo), record.project).replace_process("exec", service, "sh")

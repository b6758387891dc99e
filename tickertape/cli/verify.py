"""`tickertape verify`: proves by ids that every line of the tape is accounted for, hop by hop."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.console import FAILED, LiveReport, fail, print_json

if TYPE_CHECKING:
    from tickertape.settings import Settings
    from tickertape.usecases.verify import Account

# Functions, Firehose and the batch run behind the services: what is on its way has this long to arrive while anything
# still moves, seconds.
_SETTLE_S = 180.0
# Two runs of the batch are less far apart while a tape plays: what has not moved for so long does not move, seconds.
_STILL_S = 45.0
_POLL_S = 2.0


def verify(as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False) -> None:
    """Prove by ids that nothing was lost or doubled; exit 1 and name the ids otherwise."""
    from botocore.exceptions import BotoCoreError, ClientError
    from pymongo.errors import PyMongoError
    from redis import RedisError

    from tickertape.aws import NotDeployed
    from tickertape.cli.context import attach
    from tickertape.sources.tape import TapeError

    settings = attach()
    try:
        accounts = _settled(settings)
    except (NotDeployed, TapeError) as error:
        fail(str(error))
    except (BotoCoreError, ClientError, PyMongoError, RedisError) as error:
        fail(f"a store does not answer ({error}): `tickertape status` says which")
    ok = all(account.ok for account in accounts)
    _leave_word(settings, ok, accounts)
    if as_json:
        print_json(
            {
                "ok": ok,
                "tape": str(settings.tape) if settings.tape else None,
                **{one.kind: one.to_json() for one in accounts},
            }
        )
    else:
        for account in accounts:
            _show(account)
        typer.echo("everything is accounted for" if ok else "NOT whole: see the missing and unexpected ids above")
    if not ok:
        raise typer.Exit(FAILED)


def _leave_word(settings: Settings, ok: bool, accounts: list[Account]) -> None:
    """Where the operations page finds it: the page itself may not read the tape, the lake or the data store."""
    from redis import RedisError

    from tickertape.control.clock import wall_time
    from tickertape.control.proof import write_proof
    from tickertape.control.redis_client import connect

    try:
        control = connect(settings.redis_url.get_secret_value())
        write_proof(control, {one.kind: one.to_json() for one in accounts}, ok=ok, at=wall_time())
    except RedisError as error:
        typer.echo(f"the result is not shown on the page: {error}", err=True)


def _settled(settings: Settings) -> list[Account]:
    """The accounts once they are whole, or once nothing has changed any more."""
    from tickertape.cli.evidence import station
    from tickertape.lake.keys import RawKind
    from tickertape.usecases.verify import account

    place = station(settings)
    began = moved = time.monotonic()
    before: list[Any] = []
    with LiveReport(beside=True) as report:
        while True:
            report.show("reading the tape and the stores")
            accounts = [account(kind, place.evidence(kind, settings.tape)) for kind in RawKind]
            now = [one.to_json() for one in accounts]
            if now != before:
                before, moved = now, time.monotonic()
            is_over = time.monotonic() > min(moved + _STILL_S, began + _SETTLE_S)
            if all(one.ok for one in accounts) or is_over:
                return accounts
            time.sleep(_POLL_S)


def _show(account: Account) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=f"{account.kind}: {'whole' if account.ok else 'NOT whole'}", title_justify="left")
    for column in ("hop", "in", "outcomes", "missing", "unexpected"):
        table.add_column(column, justify="left" if column in ("hop", "outcomes") else "right")
    for hop in account.hops:
        outcomes = "\n".join(f"{name} {count:,}" for name, count in sorted(hop.outcomes.items()))
        table.add_row(hop.name, f"{hop.entered:,}", outcomes, str(len(hop.missing)), str(len(hop.unexpected)))
    console = Console(highlight=False)
    console.print(table)
    for hop in account.hops:
        for wrong, ids in (("missing", hop.missing), ("unexpected", hop.unexpected)):
            if ids:
                console.print(f"  {hop.name}, {wrong}: {', '.join(ids[:20])}", soft_wrap=True)
    for note in account.notes:
        console.print(f"  {note}")
    if account.in_outbox:
        console.print(f"  {account.in_outbox:,} entries wait in the outbox")

"""`tickertape backup`: backups of the data store, made, listed, checked and brought back."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.backup_desk import open_desk
from tickertape.cli.console import FAILED, WRONG_CALL, fail, print_json, utc_option
from tickertape.domain.sizes import size_label

if TYPE_CHECKING:
    from tickertape.domain.manifest import Manifest
    from tickertape.usecases.restore import RestoredCollection

app = typer.Typer(
    help="Backups of the data store: made, listed, checked and brought back.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_Json = Annotated[bool, typer.Option("--json", help="One JSON document.")]


@app.callback()
def _group() -> None:
    """Backups of the data store: made, listed, checked and brought back."""


@app.command()
def now(as_json: _Json = False) -> None:
    """Back up every collection of the data store; exits 0 once the backup is whole.

    It is dumped as `mongodump --gzip` does, with a manifest that is written last: what has none is no backup, and is
    removed by the next one.
    """
    from tickertape.control.backup import summary, write_last
    from tickertape.usecases.backup import BackupMaker, Occasion

    with open_desk() as desk:
        maker = BackupMaker(desk.documents, desk.objects, desk.lease, desk.clock, desk.wall, desk.report)
        began = time.monotonic()
        try:
            manifest = maker.make(desk.database, Occasion())
        except Exception as error:
            desk.events.emit("backup_failed", level="error", why=str(error)[:300])
            raise
        seconds = time.monotonic() - began
        write_last(desk.control, manifest)
        desk.events.emit("backup_made", backup=manifest.id, documents=manifest.documents, bytes=manifest.size)
    if as_json:
        print_json({"ok": True, **summary(manifest), "seconds": round(seconds, 3)})
        return
    typer.echo(
        f"backup {manifest.id}: {manifest.documents:,} documents, {size_label(manifest.size)} in {seconds:.1f} s"
        f" ({_pace(manifest.documents, manifest.bson_bytes, seconds)})"
    )
    for one in manifest.collections:
        typer.echo(f"  {one.name}: {one.documents:,}")


@app.command("list")
def list_backups(as_json: _Json = False) -> None:
    """List the backups, the oldest first. What is damaged or unfinished is named and never restored."""
    from tickertape.control.backup import summary
    from tickertape.usecases.backups import find_backups

    with open_desk() as desk:
        found = find_backups(desk.objects.store)
    if as_json:
        print_json(
            {
                "backups": [summary(one) for one in found.whole],
                "damaged": found.damaged,
                "unfinished": found.unfinished,
            }
        )
        return
    if found.whole:
        _print_list(found.whole)
    else:
        typer.echo("there are no backups: `tickertape backup now` makes one")
    for why in found.damaged.values():
        typer.echo(why, err=True)
    if found.unfinished:
        typer.echo(f"unfinished, removed by the next backup: {', '.join(found.unfinished)}", err=True)


@app.command()
def verify(
    backup_id: Annotated[str | None, typer.Argument(help="Which one; the newest without.", show_default=False)] = None,
    every: Annotated[bool, typer.Option("--all", help="All of them.")] = False,
    as_json: _Json = False,
) -> None:
    """Read a backup and compare every byte with its manifest; exits 1 and names what is damaged or missing.

    With --all, backups that were made with another key are named as not checked and are no failure.
    """
    from tickertape.usecases.backup_objects import NoKey
    from tickertape.usecases.backups import choose, find_backups

    if every and backup_id:
        fail("either a backup's id or --all", WRONG_CALL)
    with open_desk() as desk:
        found = find_backups(desk.objects.store) if every else None
        chosen = [choose(desk.objects.store, backup_id, None)] if found is None else found.whole
        problems = {name: [why] for name, why in (found.damaged if found else {}).items()}
        not_checked = {}
        for one in chosen:
            try:
                problems[one.id] = desk.objects.check(one, desk.report)
            except NoKey as error:
                if every:
                    not_checked[one.id] = f"made with another key ({one.encryption.key_id if one.encryption else ''})"
                else:
                    problems[one.id] = [str(error)]
    wrong = [line for lines in problems.values() for line in lines]
    if as_json:
        backups = [{"id": name, "ok": not lines, "problems": lines} for name, lines in sorted(problems.items())]
        print_json({"ok": not wrong, "backups": backups, "not_checked": not_checked})
    else:
        for one in chosen:
            if problems.get(one.id) == []:
                typer.echo(f"backup {one.id} is whole: {one.documents:,} documents, {size_label(one.size)}")
        for name, why in not_checked.items():
            typer.echo(f"backup {name} is not checked: {why}", err=True)
        for line in wrong:
            typer.echo(line, err=True)
    if wrong:
        raise typer.Exit(FAILED)


@app.command()
def restore(
    backup_id: Annotated[str | None, typer.Argument(help="Which one; the newest without.", show_default=False)] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Into this database; the original one without.", metavar="DB")
    ] = None,
    at: Annotated[
        str | None,
        typer.Option("--at", help="The newest backup of a time up to this, by the tape's clock.", metavar="TIME"),
    ] = None,
    collection: Annotated[str | None, typer.Option("--collection", help="Only this one.", metavar="NAME")] = None,
    since: Annotated[str | None, typer.Option("--from", help="Only events from this time on.", metavar="TIME")] = None,
    until: Annotated[str | None, typer.Option("--until", help="Only events up to this time.", metavar="TIME")] = None,
    drop: Annotated[
        bool, typer.Option("--drop", help="Make each collection just what the backup holds; what came later is lost.")
    ] = False,
    as_json: _Json = False,
) -> None:
    """Bring a backup back: without options the newest one into the original database.

    Documents that are missing come back and those that differ are as they were in the backup; what arrived after the
    backup stays. Every byte is checked before the database is touched. Until all is back the database holds a note
    that it is not whole; a restore that was interrupted is run again.
    """
    from tickertape.usecases.backups import choose
    from tickertape.usecases.restore import Plan, Restorer

    if backup_id and at:
        fail("either a backup's id or --at", WRONG_CALL)
    if to is not None and not _is_database(to):
        fail(f"--to {to!r} cannot be a database: letters, digits, - and _, at most 63, were expected", WRONG_CALL)
    moment, begin, end = utc_option("--at", at), utc_option("--from", since), utc_option("--until", until)
    with open_desk() as desk:
        manifest = choose(desk.objects.store, backup_id, moment)
        plan = Plan(to or manifest.database, collection, begin, end, drop)
        began = time.monotonic()
        try:
            restorer = Restorer(desk.documents, desk.objects, desk.lease, desk.wall, desk.report)
            restored = restorer.restore(manifest, plan)
        except Exception as error:
            desk.events.emit("restore_failed", level="error", backup=manifest.id, why=str(error)[:300])
            raise
        seconds = time.monotonic() - began
        documents = sum(sum(one.written) for one in restored if one.written)
        desk.events.emit("backup_restored", backup=manifest.id, database=plan.database, documents=documents)
    if as_json:
        print_json(_restored(manifest, plan.database, restored, seconds))
        return
    size = sum(one.bson_bytes for one in restored)
    typer.echo(
        f"backup {manifest.id} is back in {plan.database}: {documents:,} documents in {seconds:.1f} s"
        f" ({_pace(documents, size, seconds)})"
    )
    for one in restored:
        typer.echo(f"  {one.name}: {_outcome(one)}")


def _is_database(name: str) -> bool:
    return 0 < len(name) < 64 and name.replace("-", "").replace("_", "").isalnum() and name.isascii()


def _restored(manifest: Manifest, database: str, restored: list[RestoredCollection], seconds: float) -> dict[str, Any]:
    return {
        "ok": True,
        "id": manifest.id,
        "database": database,
        "seconds": round(seconds, 3),
        "collections": {one.name: one.written._asdict() if one.written else None for one in restored},
    }


def _outcome(one: RestoredCollection) -> str:
    if one.written is None:
        return "left alone, its documents have no time"
    new, replaced, same = one.written
    more = [f"{count:,} {word}" for count, word in ((replaced, "replaced"), (same, "were there already")) if count]
    return ", ".join([f"{new:,} brought back", *more])


def _print_list(backups: list[Manifest]) -> None:
    from rich.console import Console
    from rich.table import Table

    from tickertape.domain.times import format_utc

    table = Table(box=None, pad_edge=False)
    for column, side in (
        ("id", "left"),
        ("stands for", "left"),
        ("why", "left"),
        ("documents", "right"),
        ("size", "right"),
        ("key", "left"),
    ):
        table.add_column(column, justify="right" if side == "right" else "left")
    for one in backups:
        stands_for = format_utc(one.stands_for.replace(microsecond=0))
        key = one.encryption.key_id if one.encryption else ""
        table.add_row(one.id, stands_for, one.trigger, f"{one.documents:,}", size_label(one.size), key)
    Console(highlight=False, soft_wrap=True).print(table)


def _pace(documents: int, size: int, seconds: float) -> str:
    return f"{documents / max(seconds, 1e-3):,.0f} documents/s, {size / 1e6 / max(seconds, 1e-3):.1f} MB/s of BSON"

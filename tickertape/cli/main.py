"""The command line. Each command imports its own needs when it is called, so that `--help` is there at once."""

from __future__ import annotations

import typer

from tickertape.cli import (
    analysis,
    backup,
    batch,
    catalogue,
    dashboard,
    doctor,
    down,
    flags,
    gate,
    images,
    logs,
    redrive,
    replay,
    search,
    sentiment,
    shell,
    sql,
    status,
    trace,
    up,
    verify,
)

app = typer.Typer(
    help="Replay the market's talk and ticks through an AWS streaming pipeline on this machine.",
    no_args_is_help=True,
    add_completion=False,
    # Plain help is there in half the time, and a traceback is for developers.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("up")(up.up)
app.command("down")(down.down)
app.command("clean", hidden=True)(down.clean)
app.command("status")(status.status)
app.command("logs")(logs.logs)
app.command("verify")(verify.verify)
app.command("trace")(trace.trace)
app.command("sql")(sql.sql)
app.command("images")(images.images)
app.command("shell")(shell.shell)
app.command("doctor")(doctor.doctor)
app.command("gate")(gate.gate)
app.command("redrive")(redrive.redrive)
app.add_typer(backup.app, name="backup")
app.add_typer(replay.app, name="replay")
app.add_typer(flags.app, name="flags")
app.add_typer(batch.app, name="batch")
app.add_typer(catalogue.app, name="catalogue")
app.add_typer(search.app, name="search")
app.add_typer(dashboard.app, name="dashboard")
app.add_typer(sentiment.app, name="sentiment")
app.add_typer(analysis.app, name="analysis")


if __name__ == "__main__":
    app()

"""`tickertape sentiment`: how well the scorers judge."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tickertape.cli.console import WRONG_CALL, fail, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tickertape.domain.labels import BadLine, Labelled
    from tickertape.usecases.sentiment_bench import Score

app = typer.Typer(help="How well the scorers of sentiment judge.", no_args_is_help=True, rich_markup_mode=None)

# As many bad lines are named; the others are counted.
_NAMED = 10


@app.callback()
def _group() -> None:
    """How well the scorers of sentiment judge."""


@app.command()
def bench(
    labels: Annotated[
        Path, typer.Argument(help="texts with labels, words or numbers, tabs between them", metavar="LABELS.tsv")
    ],
    neutral_below: Annotated[
        float, typer.Option(help="A label that is a number nearer to 0 is neutral.", metavar="X", min=0.0)
    ] = 0.2,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Measure each scorer on labelled texts: accuracy, macro F1 and recall, speed."""
    import time

    from tickertape.domain.labels import Labelled, read_labels
    from tickertape.domain.scorers import SCORERS
    from tickertape.usecases.sentiment_bench import bench as measure

    try:
        with labels.open("rb") as lines:
            read = list(read_labels(lines, neutral_below))
    except OSError as error:
        fail(f"the labels cannot be read: {labels}: {error.strerror}", WRONG_CALL)
    texts = [each for each in read if isinstance(each, Labelled)]
    bad = [each for each in read if not isinstance(each, Labelled)]
    if not texts:
        why = f"; line {bad[0].number}: {bad[0].why}" if bad else ""
        fail(f"{labels} has no labelled text{why}", WRONG_CALL)
    scores = measure(texts, SCORERS, time.perf_counter)
    if as_json:
        print_json(_document(texts, bad, neutral_below, scores))
        return
    for each in bad[:_NAMED]:
        typer.echo(f"line {each.number}: {each.why}", err=True)
    _print(texts, bad, neutral_below, scores)


def _document(
    texts: Sequence[Labelled], bad: Sequence[BadLine], neutral_below: float, scores: Sequence[Score]
) -> dict[str, Any]:
    return {
        "texts": len(texts),
        "labels": dict(Counter(str(each.label) for each in texts)),
        "neutral_below": neutral_below,
        "bad_lines": [{"line": each.number, "why": each.why} for each in bad],
        "scores": [
            {
                "scorer": each.scorer,
                "emoticons": each.emoticons,
                "accuracy": round(each.accuracy.accuracy, 4),
                "macro_f1": round(each.accuracy.macro_f1, 4),
                "macro_recall": round(each.accuracy.macro_recall, 4),
                "texts_per_second": round(each.per_second),
            }
            for each in scores
        ],
    }


def _print(texts: Sequence[Labelled], bad: Sequence[BadLine], neutral_below: float, scores: Sequence[Score]) -> None:
    classes = ", ".join(f"{count:,} {label}" for label, count in Counter(each.label for each in texts).most_common())
    typer.echo(
        f"{len(texts):,} texts ({classes}; a number nearer to 0 than {neutral_below:g} is neutral), "
        f"{len(bad) or 'no'} bad lines"
    )
    typer.echo(f"{'scorer':<22}{'accuracy':>9}{'macro F1':>10}{'recall':>8}{'texts/s':>10}")
    for each in scores:
        with_emoticons = " + emoticons" if each.emoticons and each.scorer != "emoticons" else ""
        typer.echo(
            f"{each.scorer + with_emoticons:<22}{each.accuracy.accuracy:>9.3f}{each.accuracy.macro_f1:>10.3f}"
            f"{each.accuracy.macro_recall:>8.3f}{each.per_second:>10,.0f}"
        )

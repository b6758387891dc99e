"""A tape's optional `splits.csv`: what is known of share splits, `symbol,date,ratio`.

    symbol,date,ratio
    AAPL,2014-06-09,7
    XYZ,2024-03-01,0.1

`date` is the first session in the new shares (New York), `ratio` the new shares for an old one: 7 for 7:1, 0.1 for a
reverse split of 1:10, and 1 to say that a jump in price on that date was no split.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

from tickertape.domain.splits import KnownSplits, Split
from tickertape.sources.tape import TapeError, read_numbered

FILE_NAME = "splits.csv"
_COLUMNS = ("symbol", "date", "ratio")


def known_splits(tape: Path) -> KnownSplits:
    """The splits that a tape tells of; without the file none.

    Raises:
        TapeError: the file cannot be read, or a line of it is wrong; the message names the line.
    """
    path = tape / FILE_NAME
    return KnownSplits(read_splits(path) if path.exists() else [])


def read_splits(path: Path) -> list[Split]:
    """All splits of the file, in its order. A first line with the names of the columns may be left out.

    Raises:
        TapeError: the file cannot be read, or a line of it is wrong; the message names the line.
    """
    columns: Sequence[str] = _COLUMNS
    found = []
    for number, raw in read_numbered(path):
        cells = [cell.strip() for cell in next(csv.reader([raw.decode("utf-8", "replace")]), [])]
        if number == 1 and "symbol" in map(str.lower, cells):
            columns = [cell.lower() for cell in cells]
            continue
        try:
            found.append(_split(dict(zip(columns, cells, strict=False))))
        except ValueError as error:
            raise TapeError(f"{path}, line {number}: {error}; a line is symbol,date,ratio") from error
    return found


def _split(row: Mapping[str, str]) -> Split:
    missing = [column for column in _COLUMNS if not row.get(column)]
    if missing:
        raise ValueError(f"no {', '.join(missing)}")
    return Split(row["symbol"].upper(), date.fromisoformat(row["date"]), float(row["ratio"]))

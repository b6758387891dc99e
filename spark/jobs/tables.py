"""One kind's tables on disk: a file for each slice, and one state that says which files count.

Files are named by their content and never changed; the state is replaced in one step, after all of them are there. So a
run that is killed anywhere leaves the tables as they were, and the files it made are removed by the next one.
"""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import pyarrow.parquet as pq

from tickertape.lake.keys import slice_folder

_DIGEST = 16


class File(NamedTuple):
    """A slice's file: its path below its table's folder, and how many rows it has."""

    name: str
    rows: int


# Table to slice to file.
Files = Mapping[str, Mapping[str, File]]


@dataclass(frozen=True, slots=True)
class Losses:
    """What was in the lake and could not be read, since the tables were begun.

    Attributes:
        lines: lines that are no events; they are in quarantine.
        samples: a few of them, shortened, for a person.
        objects: the keys of objects whose compressed content is broken.
        vanished: objects that were listed and gone when they were read.
    """

    lines: int = 0
    samples: tuple[str, ...] = ()
    objects: tuple[str, ...] = ()
    vanished: int = 0


@dataclass(frozen=True, slots=True)
class State:
    """What the tables hold.

    Attributes:
        made_by: a digest of the code and the settings that made them.
        keys: the bookmark, the raw objects that are in them; of tables made of other tables, the files of those.
    """

    made_by: str
    keys: frozenset[str] = frozenset()
    files: Files = field(default_factory=dict)
    losses: Losses = Losses()

    def slices(self, table: str) -> Mapping[str, File]:
        """A table's files by slice."""
        return self.files.get(table, {})

    def rows(self, table: str) -> int:
        """How many rows a table has."""
        return sum(file.rows for file in self.slices(table).values())

    def with_slices(self, table: str, gone: Iterable[str], made: Mapping[str, File]) -> Self:
        """With some of a table's slices replaced by others."""
        out = set(gone)
        kept = {name: file for name, file in self.slices(table).items() if name not in out}
        return replace(self, files={**self.files, table: dict(sorted({**kept, **made}.items()))})


class LocalTables:
    """The tables below `root`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._state = root / "state.json"

    def load(self, made_by: str) -> State:
        """The state that the last run left; an empty one if other code made it, or none is there, or a file of it."""
        try:
            stored = json.loads(self._state.read_text())
            state = State(
                stored["made_by"],
                frozenset(stored["keys"]),
                {
                    table: {name: File(*file) for name, file in slices.items()}
                    for table, slices in stored["files"].items()
                },
                _losses(stored["losses"]),
            )
        except (OSError, ValueError, TypeError, KeyError):
            return State(made_by)
        paths = (self.path(table, file) for table, slices in state.files.items() for file in slices.values())
        return state if state.made_by == made_by and all(path.exists() for path in paths) else State(made_by)

    def commit(self, state: State) -> None:
        """Make this the state, in one step."""
        self.root.mkdir(parents=True, exist_ok=True)
        partial = self._state.with_suffix(".partial")
        content = {
            "made_by": state.made_by,
            "keys": sorted(state.keys),
            "files": state.files,
            "losses": {name: getattr(state.losses, name) for name in Losses.__slots__},
        }
        partial.write_text(json.dumps(content))
        partial.replace(self._state)

    def clear(self) -> None:
        """Forget everything."""
        shutil.rmtree(self.root, ignore_errors=True)

    def run_dir(self) -> Path:
        """An empty folder for what a run makes."""
        folder = self.root / "run"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        return folder

    def path(self, table: str, file: File) -> Path:
        """Where a file is."""
        return self.root / table / file.name

    def paths(self, state: State, table: str, slices: Iterable[str]) -> list[str]:
        """The paths of those slices that the table has."""
        known = state.slices(table)
        return [str(self.path(table, known[name])) for name in sorted(slices) if name in known]

    def adopt(self, table: str, written: Path) -> dict[str, File]:
        """Take over what Spark wrote as `slice=…/….parquet`, one file a slice."""
        folder = self.root / table
        made = {}
        for part in sorted(written.glob("slice=*")):
            (source,) = part.glob("*.parquet")
            name = part.name.partition("=")[2]
            digest = hashlib.sha256(source.read_bytes()).hexdigest()[:_DIGEST]
            place = f"{slice_folder(table, name)}{name}.{digest}.parquet"
            made[name] = File(place, pq.read_metadata(source).num_rows)
            (folder / place).parent.mkdir(parents=True, exist_ok=True)
            source.replace(folder / place)
        return made

    def collect_garbage(self, needed: Collection[Path]) -> None:
        """Remove all files but these."""
        for file in self.root.glob("*/**/*.parquet"):
            if file not in needed:
                file.unlink()
        shutil.rmtree(self.root / "run", ignore_errors=True)

    def in_use(self, state: State) -> set[Path]:
        """The files that a state names."""
        return {self.path(table, file) for table, slices in state.files.items() for file in slices.values()}


def _losses(stored: Mapping[str, Any]) -> Losses:
    return Losses(stored["lines"], tuple(stored["samples"]), tuple(stored["objects"]), stored["vanished"])

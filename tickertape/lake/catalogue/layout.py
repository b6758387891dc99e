"""Which partitions the folders of a table's files make: `year=2014/month=06/`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from tickertape.domain import hive_types as hive
from tickertape.domain.catalogue import Column
from tickertape.domain.hive_types import HiveType
from tickertape.lake.files import LakeFile

# What Hive and Spark write for a value that is null.
NULL_FOLDER = "__HIVE_DEFAULT_PARTITION__"
_PARTS_OF_TIME = frozenset({"year", "month", "day", "hour", "minute"})
_INT_32 = 2**31

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Partition:
    """The files of one partition.

    Attributes:
        folder: the key of its folder, ending in a slash.
        files: in the order of the keys.
    """

    values: Values
    folder: str
    files: list[LakeFile] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a table's files are laid down.

    Attributes:
        keys: the partition keys; none of a table without partitions, whose one partition has no values.
        partitions: by their values.
        stray: files whose folders are others than those of most files, or whose values do not fit a key's type.
    """

    keys: tuple[Column, ...]
    partitions: dict[Values, Partition]
    stray: tuple[LakeFile, ...] = ()


def lay_out(prefix: str, files: Sequence[LakeFile], known: Sequence[Column]) -> Layout:
    """Sort a table's files into partitions.

    Args:
        prefix: the key of the table's folder.
        known: the partition keys the table had until now; their types stay as long as the names do.
    """
    if not files:
        return Layout(tuple(known), {})
    placed = [(file, *_folders(prefix, file.key)) for file in files]
    counts = Counter(names for _, names, _, _ in placed)
    # Among as many files of two layouts the finer one is taken: the table is on its way there.
    names = max(counts, key=lambda found: (counts[found], len(found), found))
    values = [values for _, found, values, _ in placed if found == names]
    keys = tuple(known) if names == tuple(key.name for key in known) else _keys(names, values)
    partitions: dict[Values, Partition] = {}
    stray = []
    for file, found, folder_values, folder in placed:
        if found == names and _fit(keys, folder_values):
            partitions.setdefault(folder_values, Partition(folder_values, folder)).files.append(file)
        else:
            stray.append(file)
    return Layout(keys, partitions, tuple(stray))


def fits(prefix: str, key: str, keys: Sequence[Column]) -> bool:
    """Whether what a file's folders say can be read as those keys; folders that say nothing of a key can."""
    names, values, _ = _folders(prefix, key)
    said = dict(zip(names, values, strict=True))
    named = [column for column in keys if column.name in said]
    return _fit(named, tuple(said[column.name] for column in named))


def _folders(prefix: str, key: str) -> tuple[Values, Values, str]:
    """The names, the values and the folder of the partition that a file is in."""
    folders = key.removeprefix(prefix).split("/")[:-1]
    named = [number for number, folder in enumerate(folders) if "=" in folder]
    pairs = [folders[number].split("=", 1) for number in named]
    within = folders[: named[-1] + 1] if named else []
    return (
        tuple(name for name, _ in pairs),
        # Spark escapes what a folder's name cannot have.
        tuple(unquote(value) for _, value in pairs),
        prefix + "".join(f"{folder}/" for folder in within),
    )


def _keys(names: Values, values: Sequence[Values]) -> tuple[Column, ...]:
    return tuple(Column(name, _type(name, (row[place] for row in values))) for place, name in enumerate(names))


def _type(name: str, values: Iterable[str]) -> HiveType:
    # `zip=01234` is no number, `month=06` is one.
    number = r"\d+" if name in _PARTS_OF_TIME else r"0|-?[1-9]\d*"
    real = [value for value in values if value != NULL_FOLDER]
    return hive.INT if real and all(re.fullmatch(number, value) and _is_int(value) for value in real) else hive.STRING


def _fit(keys: Sequence[Column], values: Values) -> bool:
    return all(
        value == NULL_FOLDER or key.type != hive.INT or _is_int(value) for key, value in zip(keys, values, strict=True)
    )


def _is_int(value: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,10}", value)) and abs(int(value)) < _INT_32

"""Saved queries, one file each; its first line says what it answers. They run alike on DuckDB, Athena and Spark."""

from __future__ import annotations

from importlib.resources import files


def examples() -> dict[str, str]:
    """What each saved query answers, by its name."""
    return {name: query.partition("\n")[0].removeprefix("--").strip() for name, query in _saved()}


def example(name: str) -> str:
    """A saved query.

    Raises:
        KeyError: there is none of that name.
    """
    return dict(_saved())[name]


def _saved() -> list[tuple[str, str]]:
    found = [
        (file.name.removesuffix(".sql"), file.read_text())
        for file in files(__name__).iterdir()
        if file.name.endswith(".sql")
    ]
    return sorted(found)

"""Sizes for people."""

from __future__ import annotations


def size_label(size: int) -> str:
    """A number of bytes in the unit that fits, a thousand of one to the next.

    >>> [size_label(size) for size in (0, 999, 34_567, 97_100_000, 4_000_000_000_000_000)]
    ['0 B', '999 B', '34.6 kB', '97.1 MB', '4000.0 TB']
    """
    number = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if number < 1000:
            return f"{number:.0f} B" if unit == "B" else f"{number:.1f} {unit}"
        number /= 1000
    return f"{number:.1f} TB"

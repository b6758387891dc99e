"""Where a Spark session runs: this process, a standalone cluster, or YARN."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

_LOCAL = re.compile(r"local(\[(\*|[1-9]\d*)\])?")
_CLUSTER = re.compile(r"spark://([^\s:/,]+):(\d{1,5})")


@dataclass(frozen=True, slots=True)
class SparkMaster:
    """A master as Spark writes it.

    Attributes:
        url: `local[*]`, `local[2]`, `spark://host:7077` or `yarn`.
        address: host and port of a standalone cluster's master.
    """

    url: str
    address: tuple[str, int] | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """A master out of its text.

        >>> SparkMaster.parse("spark://10.0.0.7:7077").address
        ('10.0.0.7', 7077)

        Raises:
            ValueError: it is none that the batch runs on.
        """
        if text == "yarn" or _LOCAL.fullmatch(text):
            return cls(text)
        found = _CLUSTER.fullmatch(text)
        if found and 0 < int(found[2]) < 1 << 16:
            return cls(text, (found[1], int(found[2])))
        raise ValueError(f"local[*], local[N], spark://host:port or yarn was expected, {text!r} came")

    @property
    def is_local(self) -> bool:
        """Whether everything runs in the one process."""
        return self.url.startswith("local")

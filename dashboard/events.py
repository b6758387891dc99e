"""What the browser's events say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def point_value(click: Mapping[str, Any] | None) -> str | None:
    """What a clicked point of a figure stands for: the first of its custom data; None where it stands for nothing."""
    data = click["points"][0].get("customdata") if click else None
    return str(data[0]) if isinstance(data, list) and data else None

"""HTML attributes whose names Python cannot write."""

from __future__ import annotations

from typing import Any


def dashed(**attributes: str | None) -> dict[str, Any]:
    """Attributes with dashes in their names, to be passed on with `**`; those that are None are left out.

    >>> dashed(aria_label="Refresh now")
    {'aria-label': 'Refresh now'}
    """
    return {name.replace("_", "-"): value for name, value in attributes.items() if value is not None}

"""Sentences with commands in them, written as in Markdown: ``See `tickertape status`.``"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component


def worded(text: str) -> list[str | Component]:
    """The text, with what stands between backticks set as code."""
    return [
        html.Code(part, className="command") if number % 2 else part
        for number, part in enumerate(text.split("`"))
        if part
    ]

"""The plotly.js that browsers get: the one of the Python package, cut down to what is drawn."""

import ast
from pathlib import Path
from typing import Any, cast

from plotly.offline import get_plotlyjs_version

from dashboard.app import create_app
from tests.e2e.dashboard_world import RESOURCES, full_world

_ADDRESS = "/_dash-component-suites/plotly/package_data/plotly.min.js"
_DASHBOARD = Path(__file__).parents[2] / "dashboard"
_NOT_TRACES = {"Figure", "Layout"}


def test_the_browser_gets_ours_in_the_version_that_dash_expects() -> None:
    """At the address where Dash has all of it, in the same version: otherwise run `scripts/plotly-bundle.sh`."""
    world = full_world()
    app = create_app(lambda: RESOURCES, lambda: cast(Any, world.dynamodb), world.redis_client)
    answer = app.server.test_client().get(_ADDRESS, headers={"Host": "localhost"})
    assert (200, "text/javascript") == (answer.status_code, answer.mimetype)
    assert answer.text.startswith(f"/* plotly.js {get_plotlyjs_version()}, ")


def test_every_trace_that_a_figure_draws_is_in_it() -> None:
    """What `plotly.graph_objects` makes in Python is registered in `bundle.js`; scatter is in the core."""
    bundle = (_DASHBOARD / "plotly_js" / "bundle.js").read_text("utf-8")
    drawn = {
        node.attr
        for file in _DASHBOARD.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "go"
    } - _NOT_TRACES
    assert {"Bar", "Scatter"} < drawn
    assert set() == {trace for trace in drawn - {"Scatter"} if f"plotly.js/lib/{trace.lower()}" not in bundle}

"""The saved objects for OpenSearch Dashboards: each by the schema of its version, and all of them by our index."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from dashboard.figures.look import PALETTES
from tests.dashboards_schema import (
    COLUMNS,
    INDEX_NAME,
    OBJECT,
    AnyObject,
    DashboardObject,
    Grid,
    IndexPatternObject,
    SearchObject,
    VisualizationObject,
)
from tests.dashboards_visualizations import FIELD_TYPES, PARAMS, ROOMS, TAKES, Bars
from tickertape.search.opensearch import ALIAS
from tickertape.search.saved_objects import VERSION, saved_objects, times_shown, to_ndjson

REPO = Path(__file__).parents[2]
NOW = datetime(2026, 1, 2, tzinfo=UTC)
SINCE, UNTIL = "2025-11-24T22:00:00Z", "2025-11-28T18:00:00Z"
LINES = to_ndjson(saved_objects(SINCE, UNTIL)).splitlines()
OBJECTS: tuple[AnyObject, ...] = tuple(OBJECT.validate_json(line) for line in LINES)
DRAWN = {each.id: each for each in OBJECTS if isinstance(each, VisualizationObject)}
(BOARD,) = (each for each in OBJECTS if isinstance(each, DashboardObject))


def field_types() -> dict[str, str]:
    """The fields of the index by name, with the types of OpenSearch Dashboards."""
    mapping = json.loads((REPO / "tickertape/search/tweets.json").read_text())["template"]["mappings"]
    return dict(_fields(mapping["properties"], ""))


def _fields(properties: Mapping[str, Any], above: str) -> Iterator[tuple[str, str]]:
    for name, one in properties.items():
        if "properties" in one:
            yield from _fields(one["properties"], f"{above}{name}.")
        else:
            yield f"{above}{name}", FIELD_TYPES[one["type"]]


def test_every_line_fits_the_schema_of_its_type() -> None:
    """The index of OpenSearch Dashboards takes no other attribute; JSON in strings is looked at too."""
    assert {"index-pattern": 1, "visualization": 6, "search": 1, "dashboard": 1} == Counter(
        each.type for each in OBJECTS
    )
    assert len(OBJECTS) == len({(each.type, each.id) for each in OBJECTS})


@pytest.mark.parametrize(
    ("at", "broken"),
    [
        (0, lambda one: one["attributes"].pop("title")),
        (1, lambda one: one["attributes"].update(visState="{")),
        (1, lambda one: one["attributes"].update(savedSearch="x")),
        (-1, lambda one: one.update(migrationVersion={"dashboard": "7.0.0"})),
        (-1, lambda one: one["attributes"].update(panelsJSON="[{}]")),
    ],
)
def test_the_schema_sees_what_is_wrong(at: int, broken: Any) -> None:
    """A schema that takes everything would show nothing."""
    one = json.loads(LINES[at])
    broken(one)
    with pytest.raises(ValidationError):
        OBJECT.validate_python(one)


def test_every_reference_is_in_the_file_and_every_name_of_one_is_among_the_references() -> None:
    """Those to the index pattern, and those of the dashboard's panels; none is left over."""
    there = {(each.type, each.id) for each in OBJECTS}
    for each in OBJECTS:
        assert there >= {(reference.type, reference.id) for reference in each.references}
        named = [reference.name for reference in each.references]
        match each:
            case DashboardObject():
                assert named == [panel.reference for panel in each.attributes.panels]
            case VisualizationObject() | SearchObject():
                assert [INDEX_NAME] == named
            case IndexPatternObject():
                assert [] == named
    assert {(each.type, each.id) for each in OBJECTS if isinstance(each, SearchObject | VisualizationObject)} == {
        (reference.type, reference.id) for reference in BOARD.references
    }


def test_the_pattern_is_of_the_alias_and_its_time_is_a_date() -> None:
    """As the search names it, and a rebuild moves it."""
    (pattern,) = (each for each in OBJECTS if isinstance(each, IndexPatternObject))
    assert ALIAS == pattern.attributes.title
    assert "date" == field_types()[pattern.attributes.time_field]


@pytest.mark.parametrize("name", DRAWN)
def test_every_aggregation_has_its_place_and_a_field_of_the_index_that_it_takes(name: str) -> None:
    """As many in each place as the type of visualization takes, with parameters that the aggregation knows."""
    state = DRAWN[name].attributes.state
    rooms = ROOMS[state.type]
    places = Counter(agg.place for agg in state.aggs)
    assert rooms.keys() >= places.keys()
    for place, room in rooms.items():
        assert room.least <= places[place] <= room.most
    metrics = [agg.id for agg in state.aggs if agg.place == "metric"]
    assert len(state.aggs) == len({agg.id for agg in state.aggs})
    for agg in state.aggs:
        assert agg.enabled and agg.type in rooms[agg.place].aggs
        takes = TAKES[agg.type]
        assert takes.params >= agg.params.keys() - {"field"}
        assert bool(takes.fields) == ("field" in agg.params)
        if takes.fields:
            assert field_types()[agg.params["field"]] in takes.fields
        if "orderBy" in agg.params:
            assert agg.params["orderBy"] in metrics


@pytest.mark.parametrize("name", DRAWN)
def test_a_look_fits_its_type(name: str) -> None:
    """Its parameters; bars name an axis and an aggregation that there are."""
    one = DRAWN[name].attributes
    assert one.title == one.state.title
    look = PARAMS[one.state.type].model_validate(one.state.params)
    if isinstance(look, Bars):
        assert {axis.id for axis in look.value_axes} >= {series.value_axis for series in look.series}
        assert {agg.id for agg in one.state.aggs} >= {series.data.id for series in look.series}


def test_a_mood_has_the_colour_that_it_has_on_our_own_page() -> None:
    """Wherever colours are told."""
    told = [each.attributes.ui_state.vis.colors for each in DRAWN.values() if each.attributes.ui_state.vis]
    assert [dict(PALETTES["light"].sentiment)] * 3 == told


def test_the_list_shows_fields_of_the_index() -> None:
    """In the order of a field that can be sorted by."""
    (found,) = (each for each in OBJECTS if isinstance(each, SearchObject))
    assert field_types().keys() >= set(found.attributes.columns)
    assert all(field_types()[name] for name, _ in found.attributes.sort)


def test_panels_lie_beside_each_other_and_are_of_the_version_that_runs() -> None:
    """None over another, none beyond the edge; the image of Dashboards has the version of OpenSearch."""
    panels = BOARD.attributes.panels
    assert all(panel.grid.x + panel.grid.w <= COLUMNS and panel.grid.i == panel.index for panel in panels)
    assert not [pair for pair in combinations((panel.grid for panel in panels), 2) if _overlap(*pair)]
    services = yaml.safe_load((REPO / "docker-compose.yml").read_text())["services"]
    images = {services[name]["image"].rpartition(":")[2] for name in ("opensearch", "opensearch-dashboards")}
    assert {VERSION} == images == {panel.version for panel in panels}


def _overlap(one: Grid, other: Grid) -> bool:
    return (
        one.x < other.x + other.w and other.x < one.x + one.w and one.y < other.y + other.h and other.y < one.y + one.h
    )


def test_it_opens_at_the_times_of_what_there_is() -> None:
    """All of a tape; where tweets come in now, or none has come yet, the last day."""
    assert (SINCE, UNTIL) == (BOARD.attributes.since, BOARD.attributes.until)
    first, last = NOW - timedelta(days=9), NOW - timedelta(days=2)
    assert ("2025-12-24T00:00:00Z", "2025-12-31T00:00:00Z") == times_shown(first, last, NOW)
    assert ("now-24h", "now") == times_shown(first, NOW - timedelta(hours=1), NOW)

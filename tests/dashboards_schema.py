"""The saved objects of OpenSearch Dashboards 2.19, as its source has them; what it does not know is refused.

After `src/plugins/{data,discover,visualizations,dashboard}/server/saved_objects/*.ts`: its own index takes no other
attribute. Migrations are the newest of each type. Names here are our style's, aliases are its names.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Json, TypeAdapter

INDEX_NAME = "kibanaSavedObjectMeta.searchSourceJSON.index"
# The columns of a dashboard.
COLUMNS = 48
Empty = Annotated[dict[str, Any], Field(max_length=0)]


class Strict(BaseModel):
    """No other keys, and no other types."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Reference(Strict):
    """What an object refers to, by a name of its own."""

    name: str = Field(min_length=1)
    type: Literal["index-pattern", "search", "visualization"]
    id: str = Field(min_length=1)


class Query(Strict):
    """What is typed into the bar above."""

    query: str
    language: Literal["kuery", "lucene"]


class SearchSource(Strict):
    """Of what is asked: everything."""

    query: Query
    filter: list[Any] = Field(max_length=0)


class IndexedSearchSource(SearchSource):
    """The same, of an index pattern."""

    index_ref_name: Literal["kibanaSavedObjectMeta.searchSourceJSON.index"] = Field(alias="indexRefName")
    highlight_all: bool = Field(False, alias="highlightAll")
    version: bool = False


class Meta(Strict):
    """What a dashboard asks for besides its panels."""

    source: Json[SearchSource] = Field(alias="searchSourceJSON")


class IndexedMeta(Strict):
    """What a visualization or a search asks for."""

    source: Json[IndexedSearchSource] = Field(alias="searchSourceJSON")


class IndexPattern(Strict):
    """The indexes that are asked."""

    title: str = Field(min_length=1)
    time_field: str = Field(alias="timeFieldName")


class SavedSearch(Strict):
    """A list of documents."""

    title: str = Field(min_length=1)
    description: str
    hits: int
    columns: list[str] = Field(min_length=1)
    sort: list[tuple[str, Literal["asc", "desc"]]] = Field(strict=False)
    version: Literal[1]
    meta: IndexedMeta = Field(alias="kibanaSavedObjectMeta")


class Agg(Strict):
    """One aggregation of a visualization."""

    id: str = Field(pattern=r"^\d+$")
    enabled: bool
    type: str
    # `schema` is a name of pydantic's own.
    place: str = Field(alias="schema")
    params: dict[str, Any]


class VisState(Strict):
    """A visualization."""

    title: str
    type: Literal["metric", "pie", "histogram", "horizontal_bar", "tile_map"]
    params: dict[str, Any]
    aggs: list[Agg]


class _UiVis(Strict):
    colors: dict[str, Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]]


class _UiState(Strict):
    vis: _UiVis | None = None


class SavedVisualization(Strict):
    """A visualization with what a person set on it."""

    title: str = Field(min_length=1)
    description: str
    version: Literal[1]
    state: Json[VisState] = Field(alias="visState")
    ui_state: Json[_UiState] = Field(alias="uiStateJSON")
    meta: IndexedMeta = Field(alias="kibanaSavedObjectMeta")


class Grid(Strict):
    """Where a panel is."""

    x: int = Field(ge=0)
    y: int = Field(ge=0)
    w: int = Field(gt=0, le=COLUMNS)
    h: int = Field(gt=0)
    i: str


class Panel(Strict):
    """A place for another object on a dashboard."""

    version: str = Field(pattern=r"^\d+\.\d+\.\d+$")
    grid: Grid = Field(alias="gridData")
    index: str = Field(alias="panelIndex")
    config: Empty = Field(alias="embeddableConfig")
    reference: str = Field(alias="panelRefName")


class _Options(Strict):
    hide_titles: bool = Field(alias="hidePanelTitles")
    use_margins: bool = Field(alias="useMargins")


class _Refresh(Strict):
    pause: bool
    value: int = Field(ge=0)


class SavedDashboard(Strict):
    """A dashboard."""

    title: str = Field(min_length=1)
    description: str
    hits: int
    version: Literal[1]
    panels: Json[list[Panel]] = Field(alias="panelsJSON")
    options: Json[_Options] = Field(alias="optionsJSON")
    restores_times: Literal[True] = Field(alias="timeRestore")
    since: str = Field(alias="timeFrom", min_length=1)
    until: str = Field(alias="timeTo", min_length=1)
    refresh: _Refresh = Field(alias="refreshInterval")
    meta: Meta = Field(alias="kibanaSavedObjectMeta")


class _Object(Strict):
    id: str = Field(min_length=1)
    references: list[Reference]


class IndexPatternObject(_Object):
    """An index pattern, as it is imported."""

    type: Literal["index-pattern"]
    attributes: IndexPattern
    migrated: dict[Literal["index-pattern"], Literal["7.6.0"]] = Field(alias="migrationVersion")


class SearchObject(_Object):
    """A list, as it is imported."""

    type: Literal["search"]
    attributes: SavedSearch
    migrated: dict[Literal["search"], Literal["7.9.3"]] = Field(alias="migrationVersion")


class VisualizationObject(_Object):
    """A visualization, as it is imported."""

    type: Literal["visualization"]
    attributes: SavedVisualization
    migrated: dict[Literal["visualization"], Literal["7.10.0"]] = Field(alias="migrationVersion")


class DashboardObject(_Object):
    """A dashboard, as it is imported."""

    type: Literal["dashboard"]
    attributes: SavedDashboard
    migrated: dict[Literal["dashboard"], Literal["7.9.3"]] = Field(alias="migrationVersion")


AnyObject = Annotated[
    IndexPatternObject | SearchObject | VisualizationObject | DashboardObject, Field(discriminator="type")
]
OBJECT: TypeAdapter[AnyObject] = TypeAdapter(AnyObject)

"""Places near each other as one: a grid whose cells halve with each step of zoom, so that a mark stands for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import floor, hypot

from dashboard.queries.tweets import ShownTweet
from tickertape.domain.sentiment import Sentiment

# About 50 pixels of a map of the world as wide as its panel: a mark and a little room.
WIDEST_CELL_DEG = 20.0
# Nearer than this share of a cell two marks would cover each other.
_NEAR = 0.9
# A row and a column of the grid, from the south pole and from 180 degrees west.
Cell = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Tweets that stand at one mark.

    Attributes:
        name: `zoom.row.column` of the cell that most of them are in; the same tweets at the same zoom have the same.
        lat, lon: their mean, in degrees.
    """

    name: str
    lat: float
    lon: float
    tweets: tuple[ShownTweet, ...]

    @property
    def mood(self) -> Sentiment:
        """What most of them are; neutral where no sentiment has more than each of the others."""
        first, *others = Counter(tweet.sentiment for tweet in self.tweets).most_common(2)
        return Sentiment.NEUTRAL if others and others[0][1] == first[1] else first[0]

    @property
    def place(self) -> str:
        """The place most of them name; else degrees."""
        named = Counter(tweet.location.place for tweet in self.tweets if tweet.location and tweet.location.place)
        return str(named.most_common(1)[0][0]) if named else degrees(self.lat, self.lon)


def degrees(lat: float, lon: float) -> str:
    """A point in words.

    >>> degrees(40.71, -74.01)
    '40.7° N, 74.0° W'
    """
    return f"{abs(lat):.1f}° {'N' if lat >= 0 else 'S'}, {abs(lon):.1f}° {'E' if lon >= 0 else 'W'}"


def cell_size(zoom: int) -> float:
    """How wide and high a cell is, in degrees."""
    return float(WIDEST_CELL_DEG / 2**zoom)


def cell_centre(name: str) -> tuple[float, float]:
    """The middle of the cell that a cluster is named after, degrees north and east.

    Raises:
        ValueError: no cluster has such a name.
    """
    zoom, row, column = (int(part) for part in name.split("."))
    size = cell_size(zoom)
    return (row + 0.5) * size - 90, (column + 0.5) * size - 180


def clustered(tweets: Iterable[ShownTweet], zoom: int) -> list[Cluster]:
    """The tweets that have coordinates, by cells of the grid, the fullest cell first.

    A cell whose mark would cover that of a fuller one is added to it: people live on both sides of every line.
    """
    cells: dict[Cell, list[ShownTweet]] = {}
    for tweet in tweets:
        if point := _point(tweet):
            cells.setdefault(_cell(*point, zoom), []).append(tweet)
    kept: dict[Cell, list[ShownTweet]] = {}
    centres: dict[Cell, tuple[float, float]] = {}
    for cell, members in sorted(cells.items(), key=lambda each: (-len(each[1]), each[0])):
        centre = _mean(members)
        near = _nearest(cell, centre, centres, cell_size(zoom) * _NEAR)
        if near is None:
            kept[cell], centres[cell] = list(members), centre
        else:
            kept[near] += members
    clusters = (_cluster(f"{zoom}.{row}.{column}", members) for (row, column), members in kept.items())
    return sorted(clusters, key=lambda each: (-len(each.tweets), each.name))


def _cell(lat: float, lon: float, zoom: int) -> Cell:
    size = cell_size(zoom)
    return floor((lat + 90) / size), floor((lon + 180) / size)


def _point(tweet: ShownTweet) -> tuple[float, float] | None:
    return tweet.location.point if tweet.location else None


def _mean(tweets: Iterable[ShownTweet]) -> tuple[float, float]:
    points = [point for point in map(_point, tweets) if point]
    return sum(lat for lat, _ in points) / len(points), sum(lon for _, lon in points) / len(points)


def _nearest(
    cell: Cell, centre: tuple[float, float], centres: dict[Cell, tuple[float, float]], within: float
) -> Cell | None:
    """The cell next to this one whose centre is the nearest, None where none is that near."""
    beside = [(_distance(centre, centres[each]), each) for each in _around(cell) if each in centres]
    distance, near = min(beside, default=(within, None))
    return near if distance < within else None


def _around(cell: Cell) -> Iterator[Cell]:
    row, column = cell
    return ((row + up, column + right) for up in (-1, 0, 1) for right in (-1, 0, 1))


def _distance(one: tuple[float, float], other: tuple[float, float]) -> float:
    return hypot(one[0] - other[0], one[1] - other[1])


def _cluster(name: str, members: list[ShownTweet]) -> Cluster:
    lat, lon = _mean(members)
    newest_first = sorted(members, key=lambda tweet: tweet.created_at, reverse=True)
    return Cluster(name, lat, lon, tuple(newest_first))

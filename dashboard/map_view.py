"""Which part of the world a map shows: its middle and how near it is. In an address: `view=40.7,-74,3`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Self

# Five degrees of longitude fill the map then: a metropolis and its surroundings.
MAX_ZOOM = 6
# Nobody tweets nearer to a pole, and Mercator's map has no end there.
MAX_LAT = 80.0
Step = Literal["in", "out", "all"]


@dataclass(frozen=True, slots=True)
class MapView:
    """A part of the world.

    Attributes:
        lat, lon: its middle, in degrees north and east.
        zoom: 0 shows all of it, each further step half as much.
    """

    lat: float = 33.0
    lon: float = 0.0
    zoom: int = 0

    @classmethod
    def from_text(cls, text: str | None) -> Self:
        """Read what `str` wrote; all of the world where it makes no sense."""
        try:
            lat, lon, zoom = (text or "").split(",")
            return cls(lat=_inside(float(lat), MAX_LAT), lon=_inside(float(lon), 180.0), zoom=_step(int(zoom)))
        except (ValueError, OverflowError):
            return cls()

    def __str__(self) -> str:
        return f"{self.lat:g},{self.lon:g},{self.zoom}"

    def stepped(self, step: Step, towards: tuple[float, float] | None = None) -> MapView:
        """The view that a button leads to.

        Args:
            towards: the middle when going nearer, degrees north and east; None for the middle as it is.
        """
        match step:
            case "all":
                return MapView()
            case "out":
                return replace(self, zoom=self.zoom - 1) if self.zoom > 1 else MapView()
            case "in":
                return replace(self, zoom=_step(self.zoom + 1)).moved(*(towards or (self.lat, self.lon)))

    def moved(self, lat: float, lon: float) -> MapView:
        """The same part of the world around another middle."""
        return replace(self, lat=round(_inside(lat, MAX_LAT), 2), lon=round((lon + 180) % 360 - 180, 2))


def _inside(degrees: float, limit: float) -> float:
    if degrees != degrees:  # noqa: PLR0124  # the one number that is not itself is none
        raise ValueError("not a number")
    return max(-limit, min(limit, degrees))


def _step(zoom: int) -> int:
    return max(0, min(MAX_ZOOM, zoom))

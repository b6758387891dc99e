"""Areas of the globe, in degrees."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class BoundingBox:
    """An area in degrees; one whose west is above its east crosses the date line."""

    west: float
    south: float
    east: float
    north: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `west,south,east,north`.

        >>> BoundingBox.parse("-125,24,-66,50").north
        50.0

        Raises:
            ValueError: it is no such area; the message says what was expected.
        """
        try:
            west, south, east, north = map(float, text.split(","))
        except ValueError as error:
            raise ValueError("four numbers were expected, west,south,east,north in degrees") from error
        if not (abs(west) <= 180 and abs(east) <= 180 and -90 <= south <= north <= 90):
            raise ValueError("west and east are -180 to 180 degrees, south and north -90 to 90, south below north")
        return cls(west, south, east, north)

    def holds(self, lat: float, lon: float) -> bool:
        """Whether that point is in the area, its edges included."""
        inside = self.west <= lon <= self.east if self.west <= self.east else not self.east < lon < self.west
        return inside and self.south <= lat <= self.north

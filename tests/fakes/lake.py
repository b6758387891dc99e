"""A lake in which something happens right after it was listed."""

from __future__ import annotations

from collections.abc import Callable

from pyarrow import fs

from tickertape.lake.files import LakeFile, LakeFiles


class RestlessLake(LakeFiles):
    """A local folder as a lake; each listing is followed by one of the happenings, until there are no more."""

    def __init__(self, root: str, *happenings: Callable[[], object]) -> None:
        super().__init__(root, fs.LocalFileSystem())
        self.happenings = list(happenings)
        self.listings = 0

    def listing(self, prefix: str) -> list[LakeFile]:
        found = super().listing(prefix)
        self.listings += 1
        if found and self.happenings:
            self.happenings.pop(0)()
        return found

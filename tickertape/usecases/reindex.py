"""Tweets of the lake into the search: object by object as they arrive, or all of them again."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from tickertape.domain.rejects import BadRecord
from tickertape.domain.search import Document, read_document
from tickertape.ports.lake import ObjectMissing
from tickertape.ports.search import SearchIndex, Unindexed

# The lines of an object of the lake, by its key; None when its content is broken.
LinesOf = Callable[[str], Sequence[bytes] | None]


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What a rebuild came to.

    Attributes:
        tweets: different ones.
        unindexed: lines that are no tweet, tweets that the search refuses, and objects that cannot be read.
    """

    objects: int
    tweets: int
    unindexed: Sequence[Unindexed]


class Documents:
    """The documents of lines, as they are asked for; those that cannot be read are kept in `unindexed`."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        self._lines = lines
        self.unindexed: list[Unindexed] = []

    def __iter__(self) -> Iterator[Document]:
        for line in self._lines:
            try:
                document = read_document(line)
            except BadRecord as bad:
                # The batch finds the same line and quarantines its bytes.
                self.unindexed.append(Unindexed("", str(bad)[:200]))
                continue
            if document is not None:
                yield document


def reindex(
    keys: Callable[[], Sequence[str]], lines_of: LinesOf, index: SearchIndex, tell: Callable[[int, int], None]
) -> Reindexed:
    """Rebuild the search so that it has exactly the tweets of the lake.

    Args:
        keys: lists the raw objects of tweets.
        tell: called with how many objects are done, and of how many.

    Raises:
        SearchUnavailable: the search is as it was before, or the new one without what came meanwhile: run it again.
    """
    ids: set[str] = set()
    unindexed: list[Unindexed] = []

    def lines(key: str) -> Sequence[bytes]:
        try:
            found = lines_of(key)
        except ObjectMissing:  # it was removed since it was listed
            return ()
        if found is None:
            unindexed.append(Unindexed("", f"{key}: compressed and broken"))
        return found or ()

    def documents(wanted: Sequence[str], done: int) -> Iterator[Document]:
        for number, key in enumerate(wanted, start=1):
            found = Documents(lines(key))
            for document in found:
                ids.add(document["id"])
                yield document
            unindexed.extend(found.unindexed)
            tell(done + number, done + len(wanted))

    before = keys()
    rebuild = index.rebuild()
    try:
        refused = rebuild.put(documents(before, 0))
        rebuild.finish()
    except BaseException:
        rebuild.abort()
        raise
    # What arrived meanwhile was indexed into the old index, or will be into the new one: once more does no harm.
    late = sorted(set(keys()) - set(before))
    refused += index.put(documents(late, len(before)))
    tweets = len(ids - {each.id for each in refused})
    return Reindexed(len(before) + len(late), tweets, [*unindexed, *refused])

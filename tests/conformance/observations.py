"""What a contract finds, in words that can be compared, and the list of contracts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.conformance.world import World


class Word(StrEnum):
    """All that can be found."""

    # of events and data
    KEPT = "kept"  # everything that was accepted is there, as it was given
    LOST = "lost"  # something that was accepted never comes
    REORDERED = "reordered"
    REPEATED = "repeated"  # comes again although it was handled
    BLOCKED = "blocked"  # what comes after it does not get through
    # of settings and limits
    HONOURED = "honoured"
    IGNORED = "ignored"  # accepted, without effect
    REFUSED = "refused"  # answered with an error
    # of both
    UNSUPPORTED = "unsupported"  # there is no such call
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Observation:
    """A word, and what it says of this contract; the same system gives the same detail each time."""

    word: Word
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.word}: {self.detail}" if self.detail else str(self.word)

    @classmethod
    def parse(cls, text: str) -> Observation:
        """Read what `str` gave."""
        word, _, detail = text.partition(": ")
        return cls(Word(word), detail)


@dataclass(frozen=True, slots=True)
class Contract:
    """Something that a pipeline may count on, or may not.

    Attributes:
        subject: the service that promises.
        title: what is looked at.
        observe: looks, the same way whoever answers.
        aws: what AWS documents.
        source: the page of AWS' documentation that says so; empty where it is not AWS' to say.
        ours: what our pipeline does about it.
        background: takes minutes of waiting: it is begun first and read last.
    """

    subject: str
    title: str
    observe: Callable[[World], Observation]
    aws: Observation
    source: str
    ours: str
    background: bool = False

    @property
    def id(self) -> str:
        """Its name in tests."""
        return self.observe.__name__.replace("_", "-")


_Observe = Callable[["World"], Observation]


@dataclass(frozen=True, slots=True)
class Subject:
    """Collects the contracts of one service: its decorator takes what is written beside the function."""

    name: str
    contracts: list[Contract] = field(default_factory=list)

    def contract(
        self, title: str, *, aws: str, ours: str, page: str = "", background: bool = False
    ) -> Callable[[_Observe], _Observe]:
        """Make a function a contract; `aws` is an observation as text, `page` the path of AWS' documentation."""

        def register(observe: _Observe) -> _Observe:
            source = f"https://docs.aws.amazon.com/{page}.html" if page else ""
            expected = Observation.parse(aws)
            self.contracts.append(Contract(self.name, title, observe, expected, source, ours, background))
            return observe

        return register

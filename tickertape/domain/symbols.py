"""The list of known symbols, `symbol,name` as CSV, and the ways a text names one of them besides its cashtag."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

_SYMBOL = re.compile(r"[A-Z]{1,6}(?:[._][A-Z]{1,2})?")
# Upper case as it stands in the list: `#CAT` is Caterpillar, `#cat` is a cat.
_HASHTAG = re.compile(r"(?<!\w)#([A-Z]{1,6}(?:[._][A-Z]{1,2})?)(?!\w)")
_LEGAL_FORM = re.compile(
    r"[\s,]+(?:inc|corp|corporation|company|co|& co|plc|ltd|limited|llc|lp|n\.?v|s\.?a|se|ag|group|holdings?|"
    r"incorporated|the|\(the\)|\(?class [a-c]\)?)\.?$",
    re.IGNORECASE,
)
# A shorter name is a word or an abbreviation of something else more often than a company.
_SHORTEST_NAME = 4
# Companies' names that are words at the beginning of any sentence: these count only as they stand in the list.
_EVERYDAY = frozenset(
    "American Ball Block Booking Carnival Carrier Corning Dover Edison Everest Gap Hartford Match Mosaic News Pool "
    "Progressive Southern Tapestry Target Visa Waters".split()
)


class BadSymbols(ValueError):
    """A symbol list that cannot be used; the message names the line and what is wrong with it."""


@dataclass(frozen=True)
class SymbolList:
    """Known symbols, upper case, with their companies' names ('' where none is given)."""

    names: Mapping[str, str]

    def __contains__(self, symbol: str) -> bool:
        return symbol in self.names

    @cached_property
    def spoken(self) -> Mapping[str, tuple[str, ...]]:
        """What people call a company, mostly without its legal form, and the symbols of that company."""
        symbols: dict[str, list[str]] = {}
        for symbol, name in self.names.items():
            short = short_name(name)
            spoken = name.strip() if short in _EVERYDAY else short
            if len(spoken) >= _SHORTEST_NAME and spoken not in _EVERYDAY:
                symbols.setdefault(spoken, []).append(symbol)
        return {name: tuple(of_it) for name, of_it in symbols.items()}

    def in_hashtags(self, text: str) -> Iterator[str]:
        """The known symbols that the text has as upper-case hashtags."""
        return (symbol for symbol in _HASHTAG.findall(text) if symbol in self.names)

    def in_names(self, text: str) -> Iterator[str]:
        """The symbols of the companies that the text names, as whole words, also as a hashtag, written as in the list.

        >>> list(SymbolList({"AAPL": "Apple Inc.", "GOOG": "Alphabet Inc. (Class C)"}).in_names("#Apple, apple pie"))
        ['AAPL']
        """
        pattern = self._names_pattern
        found = pattern.findall(text) if pattern else ()
        return (symbol for name in found for symbol in self.spoken[name])

    @cached_property
    def _names_pattern(self) -> re.Pattern[str] | None:
        # The longest first: `Apple Hospitality` is not Apple.
        names = sorted(self.spoken, key=len, reverse=True)
        return re.compile(rf"(?<!\w)({'|'.join(map(re.escape, names))})(?!\w)") if names else None


def short_name(name: str) -> str:
    """A company's name without its legal form.

    >>> short_name("The Coca-Cola Company"), short_name("Alphabet Inc. (Class A)"), short_name("Eli Lilly and Company")
    ('Coca-Cola', 'Alphabet', 'Eli Lilly')
    """
    short = name.strip().removeprefix("The ")
    while (shorter := _LEGAL_FORM.sub("", short).strip(" ,&").removesuffix(" and")) != short:
        short = shorter
    return short


def parse_symbols(text: str) -> SymbolList:
    """Read a list: `symbol,name` a line, with or without that header; the name may be left out.

    Raises:
        BadSymbols: a line has no well-formed symbol, or there is none at all.
    """
    names: dict[str, str] = {}
    try:
        for number, row in enumerate(csv.reader(text.removeprefix("\ufeff").splitlines()), start=1):
            cells = [cell.strip() for cell in row]
            if not any(cells) or (number == 1 and cells[0].lower() == "symbol"):
                continue
            # Some providers write BRK-B for what a cashtag calls $BRK.B.
            symbol = cells[0].upper().removeprefix("$").replace("-", ".")
            if not _SYMBOL.fullmatch(symbol):
                raise BadSymbols(f"line {number}: {cells[0][:40]!r} is no symbol like AAPL or BRK.B")
            names[symbol] = cells[1] if len(cells) > 1 else ""
    except csv.Error as error:
        raise BadSymbols(f"not CSV: {error}") from error
    if not names:
        raise BadSymbols("there is no symbol in it")
    return SymbolList(names)

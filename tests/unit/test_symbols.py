"""The list of symbols: reading it, and following the file that people edit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.fakes.world import MemoryEvents
from tickertape.domain.symbols import BadSymbols, parse_symbols, short_name
from tickertape.domain.tickers import find_tickers
from tickertape.sources.symbol_file import SymbolFile

SP500 = Path(__file__).parents[2] / "fixtures" / "symbols" / "sp500.csv"


class Seconds:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    "text", ["symbol,name\nAAPL,Apple\nBRK-B,\n", "\ufeffSymbol,Name\r\naapl,Apple\r\n\r\n$BRK.B", "AAPL,Apple\nBRK.B"]
)
def test_lists_are_read_in_the_forms_people_write(text: str) -> None:
    """With or without header, names, byte order mark, `$` and dash."""
    assert {"AAPL": "Apple", "BRK.B": ""} == dict(parse_symbols(text).names)


@pytest.mark.parametrize(
    ("text", "why"), [("", "no symbol"), ("symbol,name\n", "no symbol"), ("AAPL\nnot a symbol\n", "line 2")]
)
def test_broken_lists_are_refused_with_the_line(text: str, why: str) -> None:
    """The message says where, so that someone can mend it."""
    with pytest.raises(BadSymbols, match=why):
        parse_symbols(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("Apple Inc.", "Apple"),
        ("Amazon.com, Inc.", "Amazon.com"),
        ("Tiffany & Co.", "Tiffany"),
        ("Alphabet Inc. (Class A)", "Alphabet"),
        ("Costco", "Costco"),
        ("Inc.", "Inc."),
    ],
)
def test_names_lose_their_legal_form(name: str, short: str) -> None:
    """What people say is left."""
    assert short == short_name(name)


def test_everyday_words_are_no_companies() -> None:
    """A name that is a word counts only with its legal form, and not at all without one."""
    spoken = parse_symbols("BALL,Ball Corporation\nTGT,Target\nT,AT&T\nV,Visa Inc.").spoken
    assert {"Ball Corporation": ("BALL",), "AT&T": ("T",), "Visa Inc.": ("V",)} == dict(spoken)


def test_the_list_that_comes_with_us_is_whole() -> None:
    """Every symbol of it can be a cashtag and has a name."""
    names = parse_symbols(SP500.read_text(encoding="utf-8")).names
    assert 495 < len(names) < 510
    assert {"AAPL", "BRK.B", "GOOG", "GOOGL", "NVDA"} < names.keys()
    assert all(names.values())
    assert list(names) == [found for symbol in names for found in find_tickers(f"${symbol}")]


def test_a_changed_file_is_read_again_once_a_second_at_most(tmp_path: Path) -> None:
    """The change is seen when a second has passed, and told once."""
    path, events, seconds = tmp_path / "symbols.csv", MemoryEvents(), Seconds()
    path.write_text("AAPL")
    file = SymbolFile(path, events, seconds)
    path.write_text("AAPL\nMSFT")
    assert ["AAPL"] == list(file.current().names)
    seconds.now = 1.0
    assert ["AAPL", "MSFT"] == list(file.current().names)
    seconds.now = 2.0
    file.current()
    assert [("symbols_changed", {"file": "symbols.csv", "symbols": 2})] == events.told


@pytest.mark.parametrize("broken", [b"not a symbol", b"\xff\xfe", b"", None])
def test_a_broken_version_keeps_the_list_and_is_told_once(tmp_path: Path, broken: bytes | None) -> None:
    """A list that is being edited, or gone, leaves the one before; a mended one is taken."""
    path, events, seconds = tmp_path / "symbols.csv", MemoryEvents(), Seconds()
    path.write_text("AAPL")
    file = SymbolFile(path, events, seconds)
    if broken is None:
        path.unlink()
    else:
        path.write_bytes(broken)
    for now in (1.0, 2.0, 3.0):
        seconds.now = now
        assert ["AAPL"] == list(file.current().names)
    assert ["symbols_kept"] == events.names
    path.write_text("MSFT")
    os.utime(path, ns=(1, 1))
    seconds.now = 4.0
    assert ["MSFT"] == list(file.current().names)
    assert ["symbols_kept", "symbols_changed"] == events.names


def test_a_file_that_is_broken_from_the_start_is_refused(tmp_path: Path) -> None:
    """There is no list to keep."""
    path = tmp_path / "symbols.csv"
    for content in (None, "not a symbol"):
        if content:
            path.write_text(content)
        with pytest.raises(BadSymbols, match=r"symbols\.csv"):
            SymbolFile(path, MemoryEvents())

"""Rules of X's filtered stream, built from what is wanted; X bills each post that matches one, so they are narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from tickertape.domain.tweet_rules import TweetRules


class TooManyRules(ValueError):
    """What is wanted does not fit into the rules that a plan has."""


def build_rules(wanted: TweetRules, length: int, most: int) -> list[str]:
    """The rules that match every wanted tweet, as few and as long as may be; none where anything is wanted.

    Args:
        length: characters a rule may have.
        most: rules the plan has.

    Raises:
        TooManyRules: more are needed, or one term alone is too long.
    """
    narrowing = _narrowing(wanted, length // 2)
    room = length - len(narrowing) - len("()")
    rules: list[str] = []
    terms: list[str] = []
    for term in _terms(wanted):
        if len(term) > room:
            raise TooManyRules(f"{term[:60]!r} does not fit into a rule of {length} characters")
        if len(" OR ".join([*terms, term])) > room:
            rules.append(f"({' OR '.join(terms)}){narrowing}")
            terms = []
        terms.append(term)
    if terms:
        rules.append(f"({' OR '.join(terms)}){narrowing}")
    if len(rules) > most:
        raise TooManyRules(f"{len(rules)} rules of {length} characters are needed, {most} may be set")
    return rules


def _terms(wanted: TweetRules) -> Iterator[str]:
    """What a tweet has at least one of."""
    if wanted.keywords and not wanted.require_ticker:
        yield from map(_quoted, sorted(wanted.keywords))
        return
    known = wanted.symbols()
    if known is None:
        return
    for symbol in known.names:
        yield f"${symbol}"
        if wanted.hashtag_tickers and symbol.isalpha():
            yield f"#{symbol}"
    if wanted.company_names:
        yield from map(_quoted, known.spoken)


def _narrowing(wanted: TweetRules, room: int) -> str:
    """What every rule ends with. What finds no room is left to our own filters."""
    parts = []
    if wanted.languages:
        parts.append(_either(sorted({f"lang:{language.lower().split('-')[0]}" for language in wanted.languages})))
    if not wanted.retweets:
        parts.append("-is:retweet")
    if wanted.require_location or wanted.bounding_box:
        parts.append("has:geo")
    if wanted.keywords and wanted.require_ticker:
        parts.append(_either([_quoted(word) for word in sorted(wanted.keywords)]))
    parts += [f"-{_quoted(word)}" for word in sorted(wanted.exclude_keywords)]
    narrowing = ""
    for part in parts:
        if len(narrowing) + 1 + len(part) <= room:
            narrowing += f" {part}"
    return narrowing


def _either(terms: Sequence[str]) -> str:
    return terms[0] if len(terms) == 1 else f"({' OR '.join(terms)})"


def _quoted(words: str) -> str:
    """A word as it is, anything else as a phrase: `and`, `or` and signs mean something in a rule."""
    plain = re.fullmatch(r"[$#]?\w+", words) and words.upper() not in {"OR", "AND", "NOT"}
    return words if plain else '"' + re.sub(r'["\\]', " ", words).strip() + '"'

"""Typed fields out of JSON that anyone may have written: each is what was expected, or the record is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tickertape.domain.rejects import BadRecord, Reason
from tickertape.domain.times import parse_utc

# MongoDB and Spark count in 64 bits with a sign.
_LARGEST_COUNT = 2**63 - 1
# With its time an id is a sort key, of which DynamoDB takes 1,024 bytes.
_ID_BYTES = 256


def mapping(record: Mapping[str, Any], key: str) -> dict[str, Any]:
    """The object under `key`.

    Raises:
        BadRecord: it is missing, or no object.
    """
    value = record.get(key)
    if not isinstance(value, dict):
        reason = Reason.MISSING_FIELD if value is None else Reason.WRONG_TYPE
        raise BadRecord(reason, f"{key}: an object was expected, {type(value).__name__} came")
    return value


def text_of(record: Mapping[str, Any], key: str, default: str | None = None) -> str:
    """The text under `key`, or the default where there is none.

    Raises:
        BadRecord: it is missing without a default, or no text.
    """
    value = record.get(key)
    if value is None and default is not None:
        return default
    if not isinstance(value, str):
        reason = Reason.MISSING_FIELD if value is None else Reason.WRONG_TYPE
        raise BadRecord(reason, f"{key}: a text was expected, {type(value).__name__} came")
    return value


def id_of(record: Mapping[str, Any], key: str, owner: str = "") -> str:
    """The id under `key` as text; platforms write them as numbers or as texts.

    Raises:
        BadRecord: it is missing, empty, longer than 256 bytes of UTF-8, or neither text nor number.
    """
    value = record.get(key)
    name = f"{owner}.{key}" if owner else key
    if value is None or value == "":
        raise BadRecord(Reason.MISSING_FIELD, f"no {name}")
    text = str(value)
    if (
        isinstance(value, bool)
        or not isinstance(value, str | int)
        or len(text.encode(errors="surrogatepass")) > _ID_BYTES
    ):
        raise BadRecord(Reason.WRONG_TYPE, f"{name}: an id was expected, {text[:40]!r} came")
    return text


def optional_id(record: Mapping[Any, Any], key: str) -> str | None:
    """The id under `key`, or None where there is none.

    Raises:
        BadRecord: there is something else.
    """
    return None if record.get(key) is None else id_of(record, key)


def time_of(
    record: Mapping[str, Any], parse: Callable[[str], datetime] = parse_utc, key: str = "created_at"
) -> datetime:
    """The time under `key`, aware UTC.

    Raises:
        BadRecord: it is missing, or neither in the form of `parse` nor ISO 8601.
    """
    text = text_of(record, key)
    # Our own lines and archives of other tools write ISO 8601 also in otherwise v1.1 records.
    for reader in (parse, parse_utc):
        try:
            return reader(text)
        except (ValueError, OverflowError):
            continue
    raise BadRecord(Reason.BAD_TIME, f"{key} {text[:60]!r}")


def count_of(value: Any) -> int:
    """A count, 0 where it is none, or more than any store has room for."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LARGEST_COUNT else 0


def items_of(value: Any) -> list[Any]:
    """A list, empty where it is none."""
    return value if isinstance(value, list) else []

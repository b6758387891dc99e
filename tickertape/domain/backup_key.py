"""The key that backups are encrypted with, as it is written in a setting."""

from __future__ import annotations

import base64
import binascii

KEY_BYTES = 32


def decode_key(text: str) -> bytes:
    """The key of its text.

    >>> len(decode_key("bm90IGEga2V5LCBidXQgb2YgYSBrZXkncyBsZW5ndGg="))
    32

    Raises:
        ValueError: it is none; the message does not show it.
    """
    expected = f"{KEY_BYTES} bytes in base64 were expected, as `openssl rand -base64 {KEY_BYTES}` makes them"
    try:
        key = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        # The cause would show what could not be read.
        raise ValueError(f"{expected}; this is no base64") from None
    if len(key) != KEY_BYTES:
        raise ValueError(f"{expected}; {len(key)} bytes came")
    return key

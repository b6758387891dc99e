"""AES-256-GCM behind the Cipher port, in the format of Tink's streaming AEAD `AES256_GCM_HKDF_1MB`.

An object is a header (its length, a salt, a prefix for nonces) and segments, each encrypted and authenticated under a
key that HKDF makes of ours, the salt and the object's name. A segment's nonce has its number and whether it is the
last, so that none can be changed, moved, left out or cut off. Tink opens what is written here:
https://developers.google.com/tink/streaming-aead/aes_gcm_hkdf_streaming
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from itertools import chain, repeat

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tickertape.domain.backup_key import KEY_BYTES
from tickertape.ports.backups import BadSeal

# Bytes as they are stored, the first segment with the header and each with its tag: so much is in memory at a time.
_SEGMENT = 1 << 20
_SALT = 32
_PREFIX = 7
_HEADER = 1 + _SALT + _PREFIX
_TAG = 16
_KEY_ID_BYTES = 4


class BackupCipher:
    """Encrypts with one key.

    Args:
        key: 32 random bytes.
    """

    scheme = "AES256_GCM_HKDF_1MB"

    def __init__(self, key: bytes) -> None:
        self._key = key
        self.key_id = HKDF(SHA256(), _KEY_ID_BYTES, salt=None, info=b"tickertape backup key id").derive(key).hex()

    def seal(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes as they may be stored: without the key and under another name nobody reads them."""
        salt, prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        cipher = self._derived(salt, name)
        yield bytes([_HEADER]) + salt + prefix
        segments = _cut(chunks, chain([_SEGMENT - _HEADER - _TAG], repeat(_SEGMENT - _TAG)))
        for number, (segment, is_last) in enumerate(segments):
            yield cipher.encrypt(_nonce(prefix, number, is_last), segment, None)

    def open(self, name: str, chunks: Iterable[bytes]) -> Iterator[bytes]:
        """The bytes that were sealed under that name.

        Raises:
            BadSeal: they are not what was sealed.
        """
        pieces = _cut(chunks, chain([_HEADER, _SEGMENT - _HEADER], repeat(_SEGMENT)))
        header, is_all = next(pieces)
        if is_all or header[0] != _HEADER:
            raise BadSeal("it does not begin as it should")
        salt, prefix = header[1 : 1 + _SALT], header[1 + _SALT :]
        cipher = self._derived(salt, name)
        for number, (segment, is_last) in enumerate(pieces):
            try:
                yield cipher.decrypt(_nonce(prefix, number, is_last), segment, None)
            except InvalidTag:
                where = f"from byte {number * _SEGMENT:,} on"
                raise BadSeal(f"{where} it was changed or cut off, or it is another object's content") from None

    def _derived(self, salt: bytes, name: str) -> AESGCM:
        return AESGCM(HKDF(SHA256(), KEY_BYTES, salt, name.encode()).derive(self._key))


def _nonce(prefix: bytes, number: int, is_last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([is_last])


def _cut(chunks: Iterable[bytes], sizes: Iterator[int]) -> Iterator[tuple[bytes, bool]]:
    """Pieces of those sizes and what is left for the last one, each with whether it is the last."""
    waiting = bytearray()
    size = next(sizes)
    for chunk in chunks:
        waiting += chunk
        # What fills a piece just so waits too: it may be the last.
        while len(waiting) > size:
            yield bytes(waiting[:size]), False
            del waiting[:size]
            size = next(sizes)
    yield bytes(waiting), True

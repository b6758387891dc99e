"""Documents are told apart by their lengths, wherever the stream was cut."""

from __future__ import annotations

from typing import Any

import bson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickertape.domain.bson_frames import NotBson, count_documents, split_documents

DOCUMENTS = st.lists(st.dictionaries(st.text("abc", max_size=3), st.text(max_size=30), max_size=3), max_size=8)


@given(DOCUMENTS, st.integers(1, 60))
def test_documents_come_out_of_a_stream_that_was_cut_anywhere(documents: list[dict[str, Any]], cut: int) -> None:
    encoded = [bson.encode(one) for one in documents]
    stream = b"".join(encoded)
    chunks = [stream[start : start + cut] for start in range(0, len(stream), cut)]
    assert encoded == list(split_documents(chunks))
    assert len(documents) == count_documents(stream)


@pytest.mark.parametrize("broken", [b"\x05\x00\x00", bson.encode({"a": 1})[:-1], b"\x04\x00\x00\x00\x00", b"\xff" * 9])
def test_what_is_no_document_is_refused(broken: bytes) -> None:
    with pytest.raises(NotBson):
        list(split_documents([bson.encode({}), broken]))
    with pytest.raises(NotBson):
        count_documents(bson.encode({}) + broken)

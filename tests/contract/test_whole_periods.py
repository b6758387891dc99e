"""Periods that are rewritten while somebody reads, with the fake serving store."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.contract.whole_periods import CONTRACT, KEYS, Store
from tests.fakes.dynamodb import MemoryDynamoDB


@pytest.mark.parametrize("clause", CONTRACT)
def test_no_reader_sees_half_a_period(tmp_path: Path, clause: Callable[[Store], None]) -> None:
    """Each clause holds."""
    clause(Store(MemoryDynamoDB(KEYS), tmp_path))

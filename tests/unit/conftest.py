"""What the unit tests share: the batch's session, and settings."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pyspark.sql import SparkSession

from spark.session import start_session
from tickertape.settings import Settings, load


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One session for all of them: what it has loaded and compiled for one serves the next."""
    session = start_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., Settings]:
    """Settings from these variables alone."""

    def loaded(**variables: str) -> Settings:
        monkeypatch.chdir(tmp_path)  # no .env here
        for name, value in variables.items():
            monkeypatch.setenv(f"TICKERTAPE_{name.upper()}", value)
        return load()

    return loaded

"""What the tests of the batch share."""

from collections.abc import Iterator

import pytest
from pyspark.sql import SparkSession

from spark.session import start_session


@pytest.fixture(scope="session")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SparkSession]:
    """One session for all of them: what it has loaded and compiled for one serves the next."""
    session = start_session(tmp_path_factory.mktemp("spark"))
    yield session
    session.stop()

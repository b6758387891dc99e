"""The table `features` of the lake, as `tickertape sql` reads it."""

from __future__ import annotations

from collections.abc import Sequence

from botocore.exceptions import BotoCoreError, ClientError

from tickertape.domain.analysis.observations import COLUMNS, Row
from tickertape.lake.keys import Table
from tickertape.lake.sql import SqlError, UnreadableLake, run_sql
from tickertape.lake.views import LakeTables
from tickertape.ports.analysis import AnalysisFailed


class LakeFeatures:
    """The FeatureTable port over the tables of a lake."""

    def __init__(self, tables: LakeTables) -> None:
        self._tables = tables

    def rows(self) -> Sequence[Row]:
        """Every row; see the port."""
        columns = ", ".join(f"f.{name}" for name in COLUMNS)
        try:
            return run_sql(f"SELECT {columns} FROM {Table.FEATURES} f", self._tables)  # noqa: S608  # names of ours
        except (SqlError, UnreadableLake, BotoCoreError, ClientError, OSError) as error:
            raise AnalysisFailed(f"the table features cannot be read: {' '.join(str(error).split())}") from error

"""The one warm Spark session, sized for a laptop."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

_LOG4J = Path(__file__).with_name("log4j2.properties")
# The batch has a few hundred thousand rows: more tasks than this cost more than they share out.
_SHUFFLE_PARTITIONS = 4
_CODE_CACHE_MB = 256
_INSTALL = "apt-get install openjdk-17-jre-headless"


class SparkUnavailable(Exception):
    """Spark cannot start here; the message says what to install."""


def start_session(work_dir: Path, *, driver_memory: str = "1g") -> SparkSession:
    """Start Spark in this process' JVM, or return the session that runs already.

    Args:
        work_dir: where Spark may spill; made if it is missing.

    Raises:
        SparkUnavailable: there is no Java, or one that Spark does not run on.
    """
    _need_java()
    scratch = (work_dir / "scratch").resolve()
    # What a killed session left behind.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    try:
        return _builder(scratch, driver_memory).getOrCreate()
    except PySparkRuntimeError as error:
        raise SparkUnavailable(
            f"Spark did not start ({error.getCondition()}); it needs Java 17 or 21: {_INSTALL}"
        ) from error


def _builder(scratch: Path, driver_memory: str) -> SparkSession.Builder:
    builder = SparkSession.builder.master("local[*]").appName("tickertape")
    options = {
        "spark.driver.memory": driver_memory,
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # A session that is warm a third sooner, and jobs as fast: most end before the second compiler, or a
        # collector with threads of its own, has earned its keep.
        "spark.driver.extraJavaOptions": (
            f"-Dlog4j2.configurationFile={_LOG4J.resolve().as_uri()} -Dderby.system.home={scratch}"
            f" -Djava.io.tmpdir={scratch} -XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
            # Without the second compiler it would be 48 MB, which the batch's queries fill: then all are compiled anew.
            f" -XX:ReservedCodeCacheSize={_CODE_CACHE_MB}m"
        ),
        # A run has about 300 pieces of generated code; with the default of 100 each run would compile them all again.
        "spark.sql.codegen.cache.maxEntries": "2000",
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.local.dir": str(scratch),
        "spark.sql.warehouse.dir": str(scratch / "warehouse"),
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.shuffle.partitions": str(_SHUFFLE_PARTITIONS),
        "spark.sql.execution.arrow.pyspark.enabled": "true",
        "spark.sql.parquet.compression.codec": "zstd",
        # The default is INT96, which no one else writes any more.
        "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
        "spark.hadoop.mapreduce.fileoutputcommitter.algorithm.version": "2",
        "spark.hadoop.mapreduce.fileoutputcommitter.marksuccessfuljobs": "false",
        # Local files open at once; the default of 4 MB would give each small one a task of its own.
        "spark.sql.files.openCostInBytes": "65536",
    }
    for name, value in options.items():
        builder = builder.config(name, value)
    return builder


def _need_java() -> None:
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which(str(Path(home, "bin", "java"))) if home else shutil.which("java")):
        where = f"no bin/java in JAVA_HOME={home}" if home else "no java on the PATH"
        raise SparkUnavailable(f"Spark needs Java, {where}: {_INSTALL}")

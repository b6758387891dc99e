"""A Spark session, sized for a laptop: in this process, or at a master that other processes work for."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import Any

from pyspark.errors import PySparkRuntimeError
from pyspark.sql import SparkSession

from tickertape.domain.spark_master import SparkMaster

LOCAL = SparkMaster("local[*]")
_LOG4J = Path(__file__).with_name("log4j2.properties")
# The batch has a few hundred thousand rows: more tasks than this cost more than they share out.
_SHUFFLE_PARTITIONS = 4
_INSTALL = "apt-get install openjdk-17-jre-headless"
_CONNECT_S = 5.0
# Starting an executor is starting a JVM.
_EXECUTOR_S = 60.0
_LOOK_S = 0.2


class SparkUnavailable(Exception):
    """Spark cannot start here; the message says what to install."""


def start_session(work_dir: Path, *, master: SparkMaster = LOCAL, driver_memory: str = "1g") -> SparkSession:
    """Start Spark with its driver in this process' JVM, or return the session that runs already.

    Args:
        work_dir: where Spark may spill; made if it is missing. Executors use the same path.

    Raises:
        SparkUnavailable: there is no Java, or one that Spark does not run on; the master does not answer, or none of
            its workers has room.
    """
    _need_java()
    scratch = (work_dir / "scratch").resolve()
    # What a killed session left behind.
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    address = _address_towards(master)
    os.environ["SPARK_LOCAL_IP"] = address
    try:
        session = _builder(scratch, driver_memory, master, address).getOrCreate()
    except PySparkRuntimeError as error:
        raise SparkUnavailable(
            f"Spark did not start ({error.getCondition()}); it needs Java 17 or 21: {_INSTALL}"
        ) from error
    if not master.is_local:
        _need_executor(session, master)
    return session


def _builder(scratch: Path, driver_memory: str, master: SparkMaster, address: str) -> SparkSession.Builder:
    builder = SparkSession.builder.master(master.url).appName("tickertape")
    options = {
        "spark.driver.memory": driver_memory,
        "spark.driver.host": address,
        "spark.driver.bindAddress": address,
        # No collector with threads of its own: they would take the processor from the tasks. Both of the JVM's
        # compilers: without the second a session is warm with less work, and all that comes after costs a third more.
        "spark.driver.extraJavaOptions": java_options(
            *_logging(), f"-Dderby.system.home={scratch}", f"-Djava.io.tmpdir={scratch}", "-XX:+UseSerialGC"
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


def java_options(*options: str) -> str:
    """The options as Spark takes them, which splits them at spaces outside of quotes: a folder's name may have some.

    >>> java_options("-Djava.io.tmpdir=/my work", "-Xss4m")
    '"-Djava.io.tmpdir=/my work" "-Xss4m"'
    """
    escaped = (option.replace("\\", r"\\").replace('"', r"\"") for option in options)
    return " ".join(f'"{option}"' for option in escaped)


def _logging() -> list[str]:
    # There is no such file when the code is in an archive, as spark-submit takes it.
    return [f"-Dlog4j2.configurationFile={_LOG4J.resolve().as_uri()}"] if _LOG4J.is_file() else []


def _need_java() -> None:
    if "PYSPARK_GATEWAY_PORT" in os.environ:
        # spark-submit has started the JVM.
        return
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which(str(Path(home, "bin", "java"))) if home else shutil.which("java")):
        where = f"no bin/java in JAVA_HOME={home}" if home else "no java on the PATH"
        raise SparkUnavailable(f"Spark needs Java, {where}: {_INSTALL}")


def _address_towards(master: SparkMaster) -> str:
    """Where executors find this process: on this machine alone, or under the address that reaches the master."""
    if master.address is None:
        return "127.0.0.1" if master.is_local else socket.gethostbyname(socket.gethostname())
    try:
        with socket.create_connection(master.address, _CONNECT_S) as connection:
            return str(connection.getsockname()[0])
    except OSError as error:
        raise SparkUnavailable(f"no Spark master answers at {master.url}: {error}") from error


def _need_executor(session: SparkSession, master: SparkMaster) -> None:
    """Wait for the first executor: without any, a query would wait without end and without a word."""
    scheduler: Any = session.sparkContext._jsc
    until = time.monotonic() + _EXECUTOR_S
    # The driver counts as one.
    while scheduler.sc().getExecutorMemoryStatus().size() < 2:
        if time.monotonic() > until:
            session.stop()
            raise SparkUnavailable(
                f"no worker of {master.url} gave the batch a core and 1 GB within {_EXECUTOR_S:.0f} s: "
                "none runs, or another session has all of them"
            )
        time.sleep(_LOOK_S)

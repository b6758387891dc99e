"""Where Spark may be asked to run."""

import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spark.session import SparkUnavailable, java_options, start_session
from tests.ports import free_ports
from tickertape.cli.main import app
from tickertape.domain.spark_master import SparkMaster


@pytest.mark.parametrize(
    ("text", "address", "is_local"),
    [
        ("local", None, True),
        ("local[*]", None, True),
        ("local[2]", None, True),
        ("yarn", None, False),
        ("spark://spark-master:7077", ("spark-master", 7077), False),
    ],
)
def test_what_spark_calls_a_master(text: str, address: tuple[str, int] | None, is_local: bool) -> None:
    """This process, YARN, or a standalone cluster with its address."""
    master = SparkMaster.parse(text)
    assert (text, address, is_local) == (master.url, master.address, master.is_local)


@pytest.mark.parametrize(
    "text", ["", "local[0]", "spark://host", "spark://host:70770", "http://host:7077", "spark://a:1,b:2"]
)
def test_anything_else_is_refused_by_name(text: str) -> None:
    """With what was expected, and what came."""
    with pytest.raises(ValueError, match=r"spark://host:port") as caught:
        SparkMaster.parse(text)
    assert repr(text) in str(caught.value)


def test_a_wrong_master_is_a_wrong_call() -> None:
    """Before anything is asked of a stack."""
    done = CliRunner().invoke(app, ["batch", "run", "--master", "host:7077"])
    assert 2 == done.exit_code
    assert "spark://host:port" in done.stderr


def test_a_master_that_does_not_answer_is_named(tmp_path: Path) -> None:
    """At once: Spark itself would try for a minute, and end with a stack."""
    (port,) = free_ports(1)
    master = SparkMaster.parse(f"spark://127.0.0.1:{port}")
    with pytest.raises(SparkUnavailable, match=f"no Spark master answers at {master.url}"):
        start_session(tmp_path, master=master)


def test_a_folder_with_a_space_is_one_option_to_java() -> None:
    """Spark splits the options as a shell would; else it looked for a class of the name's second half."""
    options = ["-Djava.io.tmpdir=/home/a b/wörk", '-Dx="\\', "-XX:+UseSerialGC"]
    assert options == shlex.split(java_options(*options))

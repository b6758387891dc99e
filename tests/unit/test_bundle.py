"""The functions' packages: the same bytes every time, and complete by themselves."""

import subprocess
import sys
import zipfile
from pathlib import Path

import boto3
import pytest

from tickertape.stack.bundle import build_all

REPO = Path(__file__).parents[2]
# boto3 and its needs
PROVIDED = ("boto3", "botocore", "s3transfer", "jmespath", "urllib3", "dateutil", "six.py", "certifi")

# the functions that carry every scorer
JUDGES = {"transform_tweets", "recent_tweets"}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {bundle.function: bundle.path for bundle in build_all(REPO, tmp_path_factory.mktemp("code"))}


def test_building_twice_gives_the_same_bytes(built: dict[str, Path], tmp_path: Path) -> None:
    """A function is deployed again only when its content changed."""
    again = {bundle.function: bundle.path for bundle in build_all(REPO, tmp_path)}
    assert {name: path.read_bytes() for name, path in built.items()} == {
        name: path.read_bytes() for name, path in again.items()
    }
    assert {path.name for path in built.values()} == {path.name for path in again.values()}


def test_every_function_folder_is_built(built: dict[str, Path]) -> None:
    """There is a package for each folder with a handler."""
    expected = {path.parent.name for path in (REPO / "services" / "lambdas").glob("*/handler.py")}
    assert expected == built.keys()


@pytest.mark.parametrize(
    "function", ["transform_tweets", "recent_tweets", "moving_average", "fetch_quotes", "index_tweets"]
)
def test_a_package_is_complete_by_itself(built: dict[str, Path], function: str, tmp_path: Path) -> None:
    """The handler imports from its unpacked zip alone, in an isolated Python with only boto3 beside it."""
    code, runtime = tmp_path / "code", tmp_path / "runtime"
    with zipfile.ZipFile(built[function]) as archive:
        archive.extractall(code)
    runtime.mkdir()
    installed = Path(boto3.__file__).parents[1]
    for name in PROVIDED:
        (runtime / name).symlink_to(installed / name)
    # A scorer loads its library when it is made.
    uses = (
        "import tickertape.domain.scorers as s; [make() for make in s.SCORERS.values()];" if function in JUDGES else ""
    )
    # -I ignores the environment and the working folder, -S the installed packages. boto3 comes from outside, as on AWS.
    program = (
        f"import sys; sys.path.insert(0, {str(code)!r}); sys.path.append({str(runtime)!r});"
        f"import handler; assert callable(handler.handle); {uses}"
        "print(sys.modules['tickertape.domain'].__file__)"
    )
    run = subprocess.run(
        [sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False, cwd="/", timeout=60
    )
    assert f"{code}/tickertape/domain/__init__.py" == run.stdout.strip(), run.stderr


def test_an_older_package_of_a_function_is_removed(built: dict[str, Path], tmp_path: Path) -> None:
    """There is one package a function, so that a deployment cannot take the wrong one."""
    (tmp_path / "moving_average-0000000000000000.zip").write_bytes(b"older")
    build_all(REPO, tmp_path)
    assert {path.name for path in built.values()} == {path.name for path in tmp_path.iterdir()}

"""Builds the Lambda functions' zips: our code, the handler and the locked packages, the same bytes every time."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

# What every handler may import of ours; settings, control and the stack stay outside a function.
_OWN = (
    "__init__.py",
    "aws.py",
    "ports",
    "domain",
    "lake/__init__.py",
    "lake/keys.py",
    "lake/store.py",
    "search",
    "serving",
    "sinks/__init__.py",
    "sinks/batching.py",
    "sinks/firehose.py",
    "sinks/kinesis.py",
    "usecases/__init__.py",
    "usecases/reindex.py",
)
# Code, and the definition of the search index.
_SOURCES = (".py", ".json")
# AWS' Python runtime brings these, and so does the environment that MiniStack's functions run in.
_PROVIDED = frozenset({"boto3", "botocore", "s3transfer", "jmespath", "urllib3"})
# vaderSentiment's demonstration alone asks the network.
_UNUSED = {"vadersentiment": frozenset({"requests"})}
_NEVER = re.compile(r"(^|/)(__pycache__|tests?|test)/|\.pyc$|^bin/|\.dist-info/(RECORD|INSTALLER|direct_url\.json)$")
# The oldest time that a zip can hold.
_EPOCH = (1980, 1, 1, 0, 0, 0)


class BundleError(Exception):
    """A function's package cannot be built; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """One function's zip; `digest` is the SHA-256 of its content."""

    function: str
    path: Path
    digest: str


def build_all(repo: Path, build_dir: Path) -> list[Bundle]:
    """Build the zip of every folder below `services/lambdas`.

    Raises:
        BundleError: a package that a function needs is not installed.
    """
    build_dir.mkdir(parents=True, exist_ok=True)
    folders = sorted(path.parent for path in (repo / "services" / "lambdas").glob("*/handler.py"))
    return [_build(repo, folder, build_dir) for folder in folders]


def _build(repo: Path, folder: Path, build_dir: Path) -> Bundle:
    files = dict(_own_files(repo, folder)) | dict(_package_files(_wanted(folder)))
    digest = hashlib.sha256()
    for name, path in sorted(files.items()):
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    bundle = Bundle(folder.name, build_dir / f"{folder.name}-{digest.hexdigest()[:16]}.zip", digest.hexdigest())
    if not bundle.path.exists():
        _write_zip(bundle.path, files)
    # One a function: the deployment takes what it finds.
    for stale in set(build_dir.glob(f"{folder.name}-*.zip")) - {bundle.path}:
        stale.unlink()
    return bundle


def _own_files(repo: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    yield "handler.py", folder / "handler.py"
    package = repo / "tickertape"
    for part in _OWN:
        for path in [package / part] if part.endswith(".py") else sorted((package / part).rglob("*.*")):
            if path.suffix in _SOURCES:
                yield str(path.relative_to(repo)), path


def _wanted(folder: Path) -> list[str]:
    lines = (folder / "requirements.in").read_text().splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def _package_files(names: Iterable[str]) -> Iterator[tuple[str, Path]]:
    for package in _closure(names):
        for file in package.files or []:
            name = file.as_posix()
            if not name.startswith("..") and not _NEVER.search(name):
                yield name, Path(str(file.locate()))


def _closure(names: Iterable[str]) -> list[Distribution]:
    """The packages and everything they need, except what the runtime brings."""
    waiting = [canonicalize_name(name) for name in names]
    found: dict[str, Distribution] = {}
    while waiting:
        name = waiting.pop()
        if name in found or name in _PROVIDED:
            continue
        try:
            found[name] = distribution(name)
        except PackageNotFoundError as error:
            raise BundleError(f"package {name} is not installed: run `make install`") from error
        needs = map(Requirement, found[name].requires or [])
        wanted = {canonicalize_name(need.name) for need in needs if _applies(need)}
        waiting += sorted(wanted - _UNUSED.get(name, frozenset()))
    return [found[name] for name in sorted(found)]


def _applies(need: Requirement) -> bool:
    return need.marker is None or need.marker.evaluate({"extra": ""})


def _write_zip(path: Path, files: dict[str, Path]) -> None:
    unfinished = path.with_suffix(".part")
    with zipfile.ZipFile(unfinished, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, source in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, source.read_bytes())
    unfinished.replace(path)

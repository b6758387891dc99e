"""The lake's files as Arrow's filesystems show them: a bucket, or a folder."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyarrow import fs


@dataclass(frozen=True, slots=True)
class LakeFile:
    """One file as it was when it was listed.

    Attributes:
        key: its path below the root.
        size: bytes.
        modified_ns: when it was written, nanoseconds since 1970; S3 says whole seconds.
    """

    key: str
    size: int
    modified_ns: int


class LakeFiles:
    """What is below one root.

    Attributes:
        root: what stands before `curated/`: a bucket's name, or a folder.
    """

    def __init__(self, root: str, filesystem: fs.FileSystem) -> None:
        self.root = root
        self.filesystem = filesystem

    def location(self, prefix: str) -> str:
        """The address of a folder, as catalogues have it."""
        return f"s3://{self.root}/{prefix}"

    def path(self, key: str) -> str:
        """The path of a key on the filesystem."""
        return f"{self.root}/{key}"

    def listing(self, prefix: str) -> list[LakeFile]:
        """All files below a folder, sorted by key; none when there is no such folder.

        What Hive and Athena take for hidden is left out: a name that begins with `_` or `.`, of a file or a folder.

        Raises:
            OSError: the filesystem does not answer.
        """
        found = self._select(prefix, recursive=True)
        files = (self._file(info) for info in found if info.type is fs.FileType.File)
        return sorted((file for file in files if not _hidden(file.key.removeprefix(prefix))), key=lambda file: file.key)

    def after(self, prefix: str, key: str) -> Iterator[LakeFile]:
        """The files below a folder whose keys sort after `key`, sorted; folders of earlier ones are not opened.

        Raises:
            OSError: the filesystem does not answer.
        """
        return self._after(prefix, key.removeprefix(prefix).split("/") if key else [])

    def read(self, key: str) -> bytes:
        """A file's content.

        Raises:
            FileNotFoundError: it is not there any more.
            OSError: the filesystem does not answer.
        """
        with self.filesystem.open_input_stream(self.path(key), compression=None) as stream:
            return bytes(stream.read())

    def open(self, key: str) -> pa.NativeFile:
        """A file to be read in parts.

        Raises:
            FileNotFoundError: it is not there any more.
            OSError: the filesystem does not answer.
        """
        return self.filesystem.open_input_file(self.path(key))

    def _after(self, folder: str, parts: Sequence[str]) -> Iterator[LakeFile]:
        first = parts[0] if parts else ""
        for info in sorted(self._select(folder, recursive=False), key=lambda info: info.base_name):
            if info.base_name < first or _hidden(info.base_name):
                continue
            if info.type is fs.FileType.Directory:
                deeper = parts[1:] if info.base_name == first else ()
                yield from self._after(f"{folder}{info.base_name}/", deeper)
            elif info.base_name > first:
                yield self._file(info)

    def _select(self, prefix: str, *, recursive: bool) -> list[fs.FileInfo]:
        folder = self.path(prefix).rstrip("/")
        selector = fs.FileSelector(folder, recursive=recursive, allow_not_found=True)
        return list(self.filesystem.get_file_info(selector))

    def _file(self, info: fs.FileInfo) -> LakeFile:
        return LakeFile(info.path.removeprefix(f"{self.root}/"), info.size, info.mtime_ns or 0)


def _hidden(relative: str) -> bool:
    return any(part.startswith(("_", ".")) for part in relative.split("/"))

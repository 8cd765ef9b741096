"""The files of data folders and the digest over them; reading them is `yaml_file`'s part."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mesoplan.errors import Problems

_MOST_BYTES = 5_000_000
_SUBFOLDERS = ("", "words", "lang")


@dataclass(frozen=True)
class DataFile:
    """One file of a data folder.

    Attributes:
        path: Where it is.
        folder: "", or the subfolder that says what it is: `words` or `lang`.
        name: Its name as messages show it: relative to the base folder (`words/en.yaml`), else the path as given.
        content: Its bytes.
    """

    path: Path
    folder: str
    name: str
    content: bytes = field(repr=False)

    @property
    def language(self) -> str:
        """The language of a file of words or texts: `en` of `en.yaml` and of `cli.en.yaml`."""
        return self.path.stem.rpartition(".")[2]


def data_files(directories: Sequence[Path]) -> tuple[tuple[DataFile, ...], ...]:
    """Return the YAML files of each folder and of its `words` and `lang` folders, by name; the base comes first.

    Raises:
        ProblemError: With every file and folder that cannot be read, or is larger than any data file is.
    """
    problems = Problems()
    folders = tuple(
        tuple(_folder_files(directory, problems, base=number == 0)) for number, directory in enumerate(directories)
    )
    problems.raise_if_any()
    return folders


def _folder_files(directory: Path, problems: Problems, *, base: bool) -> Iterator[DataFile]:
    for subfolder in _SUBFOLDERS:
        folder = directory / subfolder
        try:
            paths = sorted(folder.iterdir()) if folder.is_dir() else []
        except OSError as error:
            problems.add(str(folder), error.strerror, "the folder cannot be read", "Check your rights to it.")
            continue
        for path in paths:
            if path.suffix not in (".yaml", ".yml") or os.path.isdir(path):
                continue
            content = _content(path, problems)
            if content is not None:
                name = path.relative_to(directory) if base else path
                yield DataFile(path, subfolder, name.as_posix(), content)


def _content(path: Path, problems: Problems) -> bytes | None:
    """Return a file's bytes; None where it is none or cannot be read, which is noted."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            problems.add(str(path), "", "this is not a regular file", "Remove it, or put the data file in its place.")
        elif status.st_size > _MOST_BYTES:
            problems.add(str(path), f"{status.st_size} bytes", "no data file is so large", "Remove what is no data.")
        else:
            with path.open("rb") as file:
                return file.read(_MOST_BYTES)
    except OSError as error:
        problems.add(str(path), error.strerror, "the file cannot be read", "Check that it is there, and your rights.")
    return None


def digest(folders: Iterable[Iterable[DataFile]]) -> str:
    """Return the SHA-256 (hex) over the names and contents of all files, folder by folder."""
    total = hashlib.sha256()
    for number, files in enumerate(folders):
        for file in files:
            total.update(f"{number}\0{file.folder}\0{file.path.name}\0{len(file.content)}\0".encode())
            total.update(file.content)
    return total.hexdigest()

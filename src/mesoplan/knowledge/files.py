"""The files of data folders and the digest over them; reading them is `yaml_file`'s part."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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
    """Return the YAML files of each folder and of its `words` and `lang` folders, by name; the base comes first."""
    return tuple(_folder_files(directory, base=number == 0) for number, directory in enumerate(directories))


def _folder_files(directory: Path, *, base: bool) -> tuple[DataFile, ...]:
    found: list[DataFile] = []
    for subfolder in _SUBFOLDERS:
        folder = directory / subfolder
        if not folder.is_dir():
            continue
        for path in sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file()):
            name = path.relative_to(directory) if base else path
            found.append(DataFile(path, subfolder, name.as_posix(), path.read_bytes()))
    return tuple(found)


def digest(folders: Iterable[Iterable[DataFile]]) -> str:
    """Return the SHA-256 (hex) over the names and contents of all files, folder by folder."""
    total = hashlib.sha256()
    for number, files in enumerate(folders):
        for file in files:
            total.update(f"{number}\0{file.folder}\0{file.path.name}\0{len(file.content)}\0".encode())
            total.update(file.content)
    return total.hexdigest()

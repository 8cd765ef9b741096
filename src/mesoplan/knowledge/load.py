"""Loads the knowledge base: from the compiled file where it matches the YAML, else from the YAML with every check.

All faults of all files are found before anything is raised; each names file, line, value and remedy.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from mesoplan.errors import ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.bundle import Bundle, assemble
from mesoplan.knowledge.files import data_files, digest

__all__ = ["COMPILED", "DATA", "Knowledge", "load"]

DATA = Path(__file__).parent / "data"
"""The folder of the knowledge base that ships with the package."""
COMPILED = Path(__file__).parent / "compiled.json"
"""The same as one JSON value behind the digest of the YAML it was made from; `python -m mesoplan.knowledge.compile`."""


def load(*extensions: Path) -> Knowledge:
    """Return the knowledge base, with extension folders merged in; the same object within one process.

    An extension is a folder with the same kinds of file: it adds items of new ids; `lang/<code>.yaml` adds a language.

    Raises:
        ProblemError: With every fault of every file.
    """
    return _load(tuple(Path(os.path.abspath(extension)) for extension in extensions))


@cache
def _load(extensions: tuple[Path, ...]) -> Knowledge:
    if not extensions:
        compiled = _read_compiled()
        if compiled is not None:
            return compiled
    from mesoplan.knowledge.read import read

    knowledge, problems = read((DATA, *extensions))
    if problems or knowledge is None:
        raise ProblemError(problems)
    return knowledge


def _read_compiled() -> Knowledge | None:
    """Return what the compiled file holds, None where it is absent, of other YAML, or of other models."""
    try:
        sha256, _, content = COMPILED.read_bytes().partition(b"\n")
    except OSError:
        return None
    if sha256.decode("ascii", errors="replace") != digest(data_files([DATA])):
        return None
    try:
        return assemble(Bundle.model_validate_json(content), sha256.decode("ascii"), (DATA,))
    except ValidationError:
        return None

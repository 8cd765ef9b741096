"""Loads the knowledge base: from the compiled file where it matches the YAML, else from the YAML with every check.

All faults of all files are found before anything is raised; each names file, line, value and remedy.
"""

from __future__ import annotations

import hashlib
import os
from functools import cache
from pathlib import Path

from pydantic import ValidationError

from mesoplan.errors import Problem, ProblemError
from mesoplan.knowledge.base import Knowledge
from mesoplan.knowledge.bundle import Bundle, assemble
from mesoplan.knowledge.files import data_files, digest

__all__ = ["COMPILED", "DATA", "Knowledge", "load"]

DATA = Path(__file__).parent / "data"
"""The folder of the knowledge base that ships with the package."""
COMPILED = Path(__file__).parent / "compiled.json"
"""The same as one JSON value behind the digests of that YAML and of itself; `python -m mesoplan.knowledge.compile`."""


def load(*extensions: Path) -> Knowledge:
    """Return the knowledge base, with extension folders merged in; the same object within one process.

    An extension is a folder with the same kinds of file: it adds items of new ids; `lang/<code>.yaml` adds a language.
    It is read with every check of the linter, and refused where an addition would loosen a limit of the base.

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
    if extensions and knowledge is not None and not problems:
        problems = faults(knowledge)
    if problems or knowledge is None:
        raise ProblemError(problems)
    return knowledge


def faults(knowledge: Knowledge) -> tuple[Problem, ...]:
    """Return what the linter finds in a knowledge base read from the base's folder and extensions, and what loosens."""
    from mesoplan.knowledge.additions import addition_problems
    from mesoplan.knowledge.check import check

    extended = len(knowledge.directories) > 1
    return (*check(knowledge), *(addition_problems(load(), knowledge) if extended else ()))


def _read_compiled() -> Knowledge | None:
    """Return what the compiled file holds, None where it is absent, of other YAML, or of other models."""
    try:
        found = COMPILED.read_bytes()
    except OSError:
        return None
    sha256 = digest(data_files([DATA]))
    content = intact_content(found, sha256)
    if content is None:
        return None
    try:
        return assemble(Bundle.model_validate_json(content), sha256, (DATA,))
    except ValidationError:
        return None


def compiled_form(content: bytes, sha256: str) -> bytes:
    """Return what the compiled file holds: the YAML's digest, the content's own digest, and the content."""
    return f"{sha256} {hashlib.sha256(content).hexdigest()}\n".encode("ascii") + content


def intact_content(found: bytes, sha256: str) -> bytes | None:
    """Return the content of a compiled file; None where it was made from other YAML, or a byte of it has changed."""
    head, _, content = found.partition(b"\n")
    return content if head + b"\n" + content == compiled_form(content, sha256) else None

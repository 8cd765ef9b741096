"""`python -m mesoplan.knowledge.compile`: checks the knowledge base and writes it as one JSON value for fast loading.

The file is a build product. It begins with the digest of the YAML it was made from and that of its own content, and is
ignored once either differs.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from mesoplan.errors import ProblemError
from mesoplan.knowledge.files import data_files, digest
from mesoplan.knowledge.load import COMPILED, DATA, compiled_form, intact_content


def compile_knowledge(target: Path = COMPILED) -> bool:
    """Write the compiled file, unless it is there and matches; return whether it was written.

    Raises:
        ProblemError: If the YAML has faults; a compiled file that was there stays, and is ignored.
    """
    from mesoplan.knowledge.read import read_bundle

    sha256 = digest(data_files([DATA]))
    try:
        if intact_content(target.read_bytes(), sha256) is not None:
            return False
    except OSError:
        pass
    bundle, problems = read_bundle((DATA,))
    if problems or bundle is None:
        raise ProblemError(problems)
    temporary = target.with_suffix(f".{os.getpid()}.tmp")
    content = bundle.model_dump_json(by_alias=True, exclude_defaults=True)
    temporary.write_bytes(compiled_form(content.encode("utf-8"), sha256))
    temporary.replace(target)
    return True


def main() -> int:
    """Compile, say what was done, and return the exit code: 0, or 2 with every problem printed."""
    try:
        written = compile_knowledge()
    except ProblemError as error:
        print(error, file=sys.stderr)
        return 2
    print(f"{COMPILED}: {'written' if written else 'up to date'}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

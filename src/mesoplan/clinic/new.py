"""Makes a new clinic folder: commented templates in which every clinical number is left to the clinic."""

from __future__ import annotations

from pathlib import Path

from mesoplan.errors import Problem, ProblemError

TEMPLATE = Path(__file__).parent / "template"


def new_clinic(directory: Path) -> tuple[Path, ...]:
    """Write the templates into a folder that is empty or does not exist yet; return the files, by name.

    Raises:
        ProblemError: If there is something in the folder already, or it cannot be written.
    """
    try:
        if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
            remedy = "Name an empty folder, or one that does not exist yet."
            raise ProblemError([Problem(str(directory), "", "there is something here already", remedy)])
        directory.mkdir(parents=True, exist_ok=True)
        written = []
        for template in sorted(TEMPLATE.glob("*.yaml")):
            target = directory / template.name
            target.write_bytes(template.read_bytes())
            written.append(target)
    except OSError as error:
        reason = error.strerror or "the folder cannot be written"
        raise ProblemError([Problem(str(directory), "", reason, "Choose another place.")]) from error
    return tuple(written)

"""Screens a file of many intakes, one a line, in one process; a bad line is reported and does not stop the rest."""

from __future__ import annotations

import itertools
import json
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from mesoplan.errors import ProblemError, Problems
from mesoplan.intake.model import Intake
from mesoplan.intake.parse import IntakeReader
from mesoplan.intake.text import MAX_BYTES, parse_json
from mesoplan.intake.timing import problems_on
from mesoplan.knowledge.load import Knowledge
from mesoplan.screening.engine import Screener
from mesoplan.screening.model import JointScreening
from mesoplan.serial import to_json_line

_SHOWN = 10
_EVERY = 500
_TOGETHER = 32
"""Lines that go through each step together: a step that stays in the processor's caches is a good deal quicker."""
_BUFFER = 1 << 20
_TOLD = 50
"""Problems of one line that are written out; the others are counted."""


@dataclass(frozen=True, slots=True)
class BatchResult:
    """What became of the lines.

    Attributes:
        screened: Lines that were screened.
        bad: Lines that could not be read; each has a result that says so.
        first_problems: The first few problems, with their line numbers.
    """

    screened: int
    bad: int
    first_problems: tuple[str, ...]


def screen_lines(
    lines: Iterable[bytes], knowledge: Knowledge, on: date | None
) -> Iterator[tuple[bytes, tuple[str, ...]]]:
    """Yield for each line its result as a JSON line, and the problems of a line that could not be read.

    A result is a `JointScreening`. Empty lines are passed over.
    The result of a bad line is `{"line": n, "problems": [...]}`.
    """
    reader, screener = IntakeReader(knowledge), Screener(knowledge)
    numbered = ((number, line) for number, line in enumerate(lines, 1) if line.strip())
    while some := list(itertools.islice(numbered, _TOGETHER)):
        parsed = [_attempt(_parsed, number, line) for number, line in some]
        read = [_attempt(_read, number, data, reader, on) for number, data in parsed]
        screened = [_attempt(_screened, number, one, screener) for number, one in read]
        yield from [_written(number, one) for number, one in screened]


def _attempt(step: Callable[..., object], number: int, value: object, *more: object) -> tuple[int, object]:
    """Return the line's number with what the next step makes of it; its problems stay what they are."""
    if isinstance(value, ProblemError):
        return number, value
    try:
        return number, step(number, value, *more)
    except ProblemError as error:
        return number, error


def _parsed(number: int, line: bytes) -> object:
    problems, place = Problems(), f"line {number}"
    data: object = None
    if len(line) > MAX_BYTES:
        problems.add(place, f"over {MAX_BYTES} bytes", "an intake is a small text", "Put one intake on each line.")
    else:
        try:
            text = line.decode("utf-8").removeprefix("\ufeff").rstrip()
        except UnicodeDecodeError:
            problems.add(place, "", "this is not UTF-8 text", "Save the file as UTF-8.")
        else:
            data = parse_json(text, problems, place=place)
    problems.raise_if_any()
    return data


def _read(number: int, data: object, reader: IntakeReader, on: date | None) -> tuple[Intake, date]:
    problems, place = Problems(), f"line {number}"
    intake = reader.read(data, place)
    day = on if on is not None else intake.visit_date
    if day is None:
        problems.add(place, "", "no visit_date and no --on", "Enter visit_date, or give --on.")
        problems.raise_if_any()
        raise AssertionError("unreachable")
    problems.extend(problems_on(intake, day, place=place, option=f"{place}: day"))
    problems.raise_if_any()
    return intake, day


def _screened(number: int, read: tuple[Intake, date], screener: Screener) -> JointScreening:
    return screener.screen_jointly(*read)


def _written(number: int, result: object) -> tuple[bytes, tuple[str, ...]]:
    """Return a line's result, and its problems."""
    if not isinstance(result, ProblemError):
        return to_json_line(result), ()
    problems = tuple(map(str, result.problems[:_TOLD]))
    if len(result.problems) > _TOLD:
        problems = (*problems, f"line {number}: {len(result.problems) - _TOLD} more problems")
    return json.dumps({"line": number, "problems": problems}, ensure_ascii=False).encode() + b"\n", problems


def screen_file(
    source: Path,
    target: Path,
    knowledge: Knowledge,
    on: date | None,
    advance: Callable[[int], None] = lambda read: None,
) -> BatchResult:
    """Screen a file into another; `advance` is told now and then how many bytes have been read.

    The results are written beside the target and moved there at the end, so that a stop leaves nothing half-written.
    A line is read up to the size of an intake, however long it is.

    Raises:
        ProblemError: If a file cannot be read or written, or both are the same.
    """
    screened, bad = 0, 0
    first: list[str] = []
    found = Problems()
    part: Path | None = None
    try:
        if target.exists() and (target.is_dir() or source.samefile(target)):
            message = "the results would overwrite the intakes" if not target.is_dir() else "this is a folder"
            found.add("--out", target, message, "Name another file.")
            found.raise_if_any()
        if target.exists() and not target.is_file():
            found.add("--out", target, "this is no regular file", "Name another file.")
            found.raise_if_any()
        with source.open("rb", _BUFFER) as lines, _beside(target).open("xb", _BUFFER) as results:
            part = Path(results.name)
            for result, problems in screen_lines(_bounded(lines, advance), knowledge, on):
                results.write(result)
                screened, bad = screened + (not problems), bad + bool(problems)
                if len(first) < _SHOWN:
                    first.extend(problems[: _SHOWN - len(first)])
        part.replace(target)
    except OSError as error:
        where = target if error.filename is None else error.filename
        found.add(str(where), "", error.strerror or "not usable", "Check the name, your rights and the free space.")
        found.raise_if_any()
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return BatchResult(screened, bad, tuple(first))


def _beside(target: Path) -> Path:
    """Return a file in the target's folder, of a name that no other run uses."""
    return target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")


def _bounded(file: IO[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    """Yield the lines of a file, each cut off behind the size of an intake; the rest of a longer one is passed over."""
    read = 0
    for number in itertools.count():
        line = file.readline(MAX_BYTES + 1)
        if not line:
            return
        read += len(line)
        rest = line
        while rest and not rest.endswith(b"\n"):
            rest = file.readline(MAX_BYTES)
            read += len(rest)
        if number % _EVERY == 0:
            advance(read)
        yield line

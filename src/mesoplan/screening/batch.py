"""Screens a file of many intakes, one a line, in one process; a bad line is reported and does not stop the rest."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from mesoplan.errors import ProblemError, Problems
from mesoplan.intake.parse import parse_intake
from mesoplan.knowledge.load import Knowledge
from mesoplan.screening.engine import Screener
from mesoplan.serial import to_json_line

_SHOWN = 10
_EVERY = 500


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

    Empty lines are passed over. The result of a bad line is `{"line": n, "problems": [...]}`.
    """
    screener = Screener(knowledge)
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield to_json_line(_one(line, knowledge, screener, on, number)), ()
        except ProblemError as error:
            problems = tuple(map(str, error.problems))
            yield json.dumps({"line": number, "problems": problems}, ensure_ascii=False).encode() + b"\n", problems


def _one(line: bytes, knowledge: Knowledge, screener: Screener, on: date | None, number: int) -> object:
    problems = Problems()
    try:
        data = json.loads(line)
    except (ValueError, RecursionError) as error:
        problems.add(f"line {number}", "", f"not valid JSON: {str(error)[:100]}", "Mend the line.")
    problems.raise_if_any()
    intake = parse_intake(data, knowledge, place=f"line {number}")
    day = on if on is not None else intake.visit_date
    if day is None:
        problems.add(f"line {number}", "", "no visit_date and no --on", "Enter visit_date, or give --on.")
        problems.raise_if_any()
        raise AssertionError("unreachable")
    if intake.visit_date is not None and day < intake.visit_date:
        problems.add(f"line {number}", day, "this day lies before the answers", "Give a later day.")
    problems.raise_if_any()
    return screener.screen(intake, day)


def screen_file(
    source: Path,
    target: Path,
    knowledge: Knowledge,
    on: date | None,
    advance: Callable[[int], None] = lambda read: None,
) -> BatchResult:
    """Screen a file into another; `advance` is told now and then how many bytes have been read.

    The results are written beside the target and moved there at the end, so that a stop leaves nothing half-written.

    Raises:
        ProblemError: If a file cannot be read or written.
    """
    screened, bad = 0, 0
    first: list[str] = []
    partial = target.with_name(target.name + ".partial")
    try:
        with source.open("rb") as lines, partial.open("wb") as results:
            for result, problems in screen_lines(_counted(lines, advance), knowledge, on):
                results.write(result)
                screened, bad = screened + (not problems), bad + bool(problems)
                if len(first) < _SHOWN:
                    first.extend(problems[: _SHOWN - len(first)])
        partial.replace(target)
    except OSError as error:
        found = Problems()
        found.add(str(error.filename or source), "", error.strerror or "not readable", "Check the name and the rights.")
        found.raise_if_any()
    finally:
        partial.unlink(missing_ok=True)
    return BatchResult(screened, bad, tuple(first))


def _counted(lines: Iterable[bytes], advance: Callable[[int], None]) -> Iterator[bytes]:
    read = 0
    for number, line in enumerate(lines):
        read += len(line)
        if number % _EVERY == 0:
            advance(read)
        yield line

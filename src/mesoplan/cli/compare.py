"""`mesoplan compare`: two plans of one client side by side, neither of them called the better one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mesoplan.cli.common import load_knowledge, stop
from mesoplan.cli.course_folder import PLAN, write_new_bytes
from mesoplan.cli.questions import check_language
from mesoplan.errors import ProblemError, Problems

if TYPE_CHECKING:
    from mesoplan.plan import Plan

_REMEDY = "Name the plan.json, or the folder, that `mesoplan plan ... --out FOLDER` wrote."
_LARGEST = 1e15
_FIRST_KEYS = ("on", "intake", "screening", "prescription", "layout", "course")


def compare(
    first: Annotated[
        Path, typer.Argument(metavar="PLAN", help="A folder written by `mesoplan plan --out`, or a plan.json.")
    ],
    second: Annotated[Path, typer.Argument(metavar="PLAN", help="Another one, of the same client.")],
    lang: Annotated[str | None, typer.Option(help="Language; else that of the first plan.")] = None,
    out: Annotated[Path | None, typer.Option(help="PDF file to write; one that exists is never overwritten.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the comparison as JSON.")] = False,
) -> None:
    """Compare two plans of one client: verdict, dates, cover, volume, price, restrictions, settings, limits."""
    from mesoplan.report.compare import compare as compare_plans
    from mesoplan.report.compare_paper import comparison_paper
    from mesoplan.report.compare_text import print_comparison
    from mesoplan.report.context import PaperContext
    from mesoplan.serial import to_json

    problems = Problems()
    knowledge = load_knowledge()
    one, other = problems.attempt(lambda: read_one(first)), problems.attempt(lambda: read_one(second))
    problems.attempt(lambda: check_out(out))
    problems.attempt(lambda: check_language(lang, knowledge.languages) if lang else None)
    plans = problems.settled(one), problems.settled(other)
    for path, plan in zip((first, second), plans, strict=True):
        if plan.language not in knowledge.languages:
            remedy = "Name the folder with this language in MESOPLAN_KNOWLEDGE, or plan anew."
            stop(str(path), plan.language, "this plan is in a language that has no texts here", remedy)
    found = compare_plans(*plans, knowledge, (str(first), str(second)))
    language = lang or plans[0].language
    check_language(language, knowledge.languages)
    context = PaperContext(replace(plans[0], language=language), knowledge, None)
    if out is not None:
        write_new_bytes(out, comparison_paper(found, context), "--out")
    if as_json:
        print(to_json(found), end="")
    else:
        print_comparison(found, context, out)


def check_out(out: Path | None) -> None:
    """Accept the name of a PDF that does not exist yet.

    Raises:
        ProblemError: If it ends otherwise, or there is such a file or folder already.
    """
    if out is None:
        return
    if out.suffix.lower() != ".pdf":
        stop("--out", out, "this is not the name of a PDF", "Give a file that ends in .pdf.")
    try:
        there = out.exists() or out.is_symlink()
    except (OSError, ValueError) as error:
        stop("--out", out, f"this cannot be a file ({error})", "Choose another name.")
        raise AssertionError("unreachable") from error
    if there:
        stop("--out", out, "there is such a file already", "Name another one; no paper is overwritten.")


def read_one(path: Path) -> Plan:
    """Return the plan of a folder or of a plan.json.

    Raises:
        ProblemError: If there is none, it cannot be read, or it is not what this version writes.
    """
    from mesoplan.plan import Plan
    from mesoplan.serial import from_json, to_json

    file = path / PLAN if path.is_dir() else path
    if not file.is_file():
        stop(
            str(path), None, f"there is no {PLAN} here" if path.is_dir() else "there is no such file or folder", _REMEDY
        )
    try:
        text = file.read_bytes()
    except OSError as error:
        stop(str(file), error.strerror, "the plan cannot be read", "Check your rights.")
        raise AssertionError("unreachable") from error
    raw = _parsed(file, text)
    try:
        plan = from_json(Plan, text, place=str(file))
    except ProblemError as error:
        first, count = error.problems[0], len(error.problems)
        message = (
            f"not a plan as this version writes it: {count} values do not fit, first {first.place}: {first.message}"
        )
        stop(str(file), first.value, message, "Plan anew with this version.")
        raise AssertionError("unreachable") from error
    lost = _lost(raw, json.loads(to_json(plan)), "") or _beyond(raw, "")
    if lost:
        stop(
            str(file),
            lost,
            "not a plan as this version writes it: it would lose a value, or no plan holds this one",
            "Plan anew with this version.",
        )
    return plan


def _parsed(file: Path, text: bytes) -> dict[str, Any]:
    """Return the JSON of a file that at least looks like a plan.

    Raises:
        ProblemError: If it is no JSON, or of another kind.
    """
    try:
        raw = json.loads(text, object_pairs_hook=_without_repeats)
    except (ValueError, RecursionError) as error:
        stop(str(file), None, f"this is no JSON ({type(error).__name__}: {str(error)[:80]})", _REMEDY)
        raise AssertionError("unreachable") from error
    absent = [key for key in _FIRST_KEYS if not isinstance(raw, dict) or key not in raw]
    if absent:
        stop(str(file), None, f"this is another file than a plan: it has no {', '.join(absent)}", _REMEDY)
    return dict(raw)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object of the file.

    Raises:
        ValueError: If a key stands twice in it: readers differ about which one counts.
    """
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice in one object")
    return found


def _beyond(given: Any, place: str) -> str:
    """Return the first place of a number larger than any that can be printed; empty where there is none."""
    if isinstance(given, (int, float)):
        return place.lstrip(".") if abs(given) > _LARGEST else ""
    inner = given.items() if isinstance(given, dict) else enumerate(given) if isinstance(given, list) else ()
    return next((found for key, value in inner if (found := _beyond(value, f"{place}.{key}"))), "")


def _lost(given: Any, kept: Any, place: str) -> str:
    """Return the first place whose value reading would drop or change; empty where everything is kept."""
    if isinstance(given, dict) and isinstance(kept, dict):
        for key, value in given.items():
            if key not in kept:
                return f"{place}.{key}".lstrip(".")
            found = _lost(value, kept[key], f"{place}.{key}")
            if found:
                return found
        return ""
    if isinstance(given, list) and isinstance(kept, list) and len(given) == len(kept):
        every = (_lost(one, other, f"{place}.{at}") for at, (one, other) in enumerate(zip(given, kept, strict=True)))
        return next((found for found in every if found), "")
    return "" if given == kept else place.lstrip(".")

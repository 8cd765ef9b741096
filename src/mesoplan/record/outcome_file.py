"""Reads and prepares the file that says what came of a course: adverse events, and values on outcome scales."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, cast

from mesoplan.errors import Problems
from mesoplan.knowledge.base import Knowledge
from mesoplan.record.model import AdverseEvent, Outcome, Role, Score, Severity
from mesoplan.record.reader import Reader
from mesoplan.record.session_file import YesNo

SCHEMA = "mesoplan-outcome/1"
TOP = ("schema", "client", "reported_on", "simulated", "adverse_events", "scores")
EVENT = ("what", "onset", "severity", "zone", "session", "lot", "action", "resolved", "resolved_on")
SCORE = ("scale", "value", "scored_on", "scored_by", "role", "zone")
SEVERITIES = ("mild", "moderate", "severe", "serious")
ROLES = ("self", "practitioner", "blinded")
SCALE = "scale."
WHOLE = "grade"
"""Unit of the scales that take whole numbers only."""


def scales(knowledge: Knowledge) -> dict[str, tuple[float, float, bool]]:
    """Return scale id -> lowest and highest value, and whether it takes whole numbers only."""
    found = {}
    for fact in knowledge.facts.values():
        quantity = fact.resolution.quantity
        if fact.id.startswith(SCALE) and quantity is not None and None not in (quantity.low, quantity.high):
            ends = (quantity.low or 0.0, quantity.high or 0.0)
            found[fact.id.removeprefix(SCALE)] = (*ends, quantity.unit == WHOLE)
    return found


def parse_outcome(data: object, knowledge: Knowledge, place: str) -> Outcome:
    """Return what came of a course, as a YAML or JSON file says it; what it does not say is unknown.

    Raises:
        ProblemError: With everything in it that cannot be used.
    """
    problems = Problems()
    if not isinstance(data, Mapping):
        problems.add(place, type(data).__name__, "not a mapping", "Start from a template: --template FILE.")
        problems.raise_if_any()
    reader = Reader(knowledge, problems, place)
    found = _read(reader, reader.mapping(data, TOP, ""))
    problems.raise_if_any()
    return found


def _read(reader: Reader, data: Mapping[Any, Any]) -> Outcome:
    if data.get("schema", SCHEMA) != SCHEMA:
        reader.add("schema", data["schema"], "another kind of file", f"This version reads {SCHEMA}.")
    day = reader.day(data.get("reported_on"), "reported_on")
    if day is None:
        reader.add("reported_on", data.get("reported_on"), "the day of this report is missing", "Enter YYYY-MM-DD.")
    known = scales(reader.knowledge)
    found = Outcome(
        client=reader.required(data.get("client"), "client"),
        reported_on=day or reader.knowledge.release.released,
        adverse_events=tuple(
            _event(reader, *row) for row in reader.rows(data.get("adverse_events"), EVENT, "adverse_events")
        ),
        scores=tuple(
            one for row in reader.rows(data.get("scores"), SCORE, "scores") for one in _score(reader, known, *row)
        ),
        simulated=reader.code(data.get("simulated"), ("yes", "no"), "simulated", default="no") == "yes",
    )
    if not found.adverse_events and not found.scores and not reader.problems:
        reader.add("", None, "there is neither an adverse event nor a score", "Enter at least one.")
    return found


def _event(reader: Reader, row: Mapping[Any, Any], where: str) -> AdverseEvent:
    resolved = cast(YesNo, reader.code(row.get("resolved"), ("yes", "no"), f"{where}: resolved"))
    found = AdverseEvent(
        what=reader.required(row.get("what"), f"{where}: what"),
        onset=reader.day(row.get("onset"), f"{where}: onset"),
        severity=cast(Severity, reader.code(row.get("severity"), SEVERITIES, f"{where}: severity")),
        zone=reader.zone(row.get("zone"), f"{where}: zone", required=False),
        session=reader.whole(row.get("session"), f"{where}: session", "the session"),
        lot=reader.text(row.get("lot"), f"{where}: lot"),
        action=reader.text(row.get("action"), f"{where}: action"),
        resolved=resolved,
        resolved_on=reader.day(row.get("resolved_on"), f"{where}: resolved_on"),
    )
    if found.resolved_on is not None and resolved != "yes":
        message = f"a day stands here, and resolved is {resolved}"
        reader.add(f"{where}: resolved_on", found.resolved_on, message, "Answer resolved: yes, or take it out.")
    if found.onset is not None and found.resolved_on is not None and found.resolved_on < found.onset:
        reader.add(
            f"{where}: resolved_on", found.resolved_on, f"this lies before its onset {found.onset}", "Check both."
        )
    return found


def _score(
    reader: Reader, known: dict[str, tuple[float, float, bool]], row: Mapping[Any, Any], where: str
) -> Iterator[Score]:
    scale = str(row.get("scale"))
    value = reader.number(row.get("value"), f"{where}: value", "points of the scale")
    day = reader.day(row.get("scored_on"), f"{where}: scored_on")
    if scale not in known:
        reader.add(f"{where}: scale", row.get("scale"), "not a scale", f"Known are: {', '.join(known)}.")
    elif value is None:
        reader.add(f"{where}: value", row.get("value"), "a score needs its value", "Enter it, or leave the score out.")
    else:
        low, high, whole = known[scale]
        if not low <= value <= high:
            remedy = f"It runs from {low:g} to {high:g}: `mesoplan explain {SCALE}{scale}`."
            reader.add(f"{where}: value", f"{value:g}", f"outside the range of {scale}", remedy)
        elif whole and value != int(value):
            reader.add(f"{where}: value", f"{value:g}", f"{scale} takes whole numbers only", "Enter a whole number.")
    if day is None:
        reader.add(f"{where}: scored_on", row.get("scored_on"), "a score needs its day", "Enter YYYY-MM-DD.")
    role = cast(Role, reader.code(row.get("role"), ROLES, f"{where}: role"))
    by = reader.text(row.get("scored_by"), f"{where}: scored_by")
    zone = reader.zone(row.get("zone"), f"{where}: zone", required=False)
    if value is not None and day is not None:
        yield Score(scale, value, day, by, role, zone)


def outcome_template(knowledge: Knowledge, client: str, language: str) -> str:
    """Return the file as text: without any event or score, which stand in it as comments."""
    words = knowledge.words(language)
    quoted = client.replace("\\", "\\\\").replace('"', '\\"')
    lines = [
        f"# {words['record.outcome.title']}",
        *(f"# {line}" for line in words["record.outcome.how"].splitlines()),
        f"schema: {SCHEMA}",
        f'client: "{quoted}"',
        f"reported_on: unknown  # {words['intake.day']}",
        f"adverse_events: []  # {words['record.outcome.events']}",
        *(f"#  {'- ' if key == 'what' else '  '}{key}: {_hint(key, words)}" for key in EVENT),
        f"scores: []  # {words['record.outcome.scores']}",
        *(f"#  {'- ' if key == 'scale' else '  '}{key}: {_hint(key, words)}" for key in SCORE),
        f"# {words['record.outcome.scales']}",
    ]
    for scale, (low, high, _) in scales(knowledge).items():
        title = knowledge.facts[f"{SCALE}{scale}"].title
        lines.append(f"#   {scale}: {low:g}–{high:g}  {title.get(language) or title['en']}")
    return "\n".join(lines) + "\n"


def _hint(key: str, words: Mapping[str, str]) -> str:
    if key in ("onset", "resolved_on", "scored_on"):
        return f"unknown  # {words['intake.day']}"
    codes = {"severity": SEVERITIES, "role": ROLES, "resolved": ("yes", "no")}.get(key)
    return "unknown" if codes is None else f"unknown  # {', '.join(codes)}"

"""What a question's form sends, and what that is as a raw answer of an intake file; and the way back."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from django.http import QueryDict

from mesoplan.intake.interview import typed_answer

if TYPE_CHECKING:
    from mesoplan.knowledge.model import Question

LONGEST = 20_000
"""Characters that one question's form may send; more is not kept."""
_ROWS = 60
_ROW = re.compile(r"e(\d{1,3})-(?:date|kind|zones)")


class TooMuch(Exception):
    """More was sent than a person types."""


@dataclass(frozen=True)
class Sent:
    """What stood in a question's form.

    Attributes:
        value: The chip that was chosen: a code, "yes", "no", "unknown", or "" for none.
        text: What was typed: a date, a number, names one a line.
        zones: Zones that were chosen.
        events: One mapping (date, kind, zones) for each row.
    """

    value: str = ""
    text: str = ""
    zones: tuple[str, ...] = ()
    events: tuple[dict[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return it as it is kept."""
        return asdict(self)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was chosen or typed."""
        return not (self.value or self.text.strip() or self.zones or self.events)


def sent_in(post: QueryDict) -> Sent:
    """Return what a form sent; fields of other names are nobody's business.

    Raises:
        TooMuch: If it is more than a person types.
    """
    numbers = sorted({int(found[1]) for name in post if (found := _ROW.fullmatch(name))})
    events = tuple(_row(post, number) for number in numbers)
    sent = Sent(
        post.get("value", ""),
        post.get("text", ""),
        tuple(post.getlist("zones")),
        tuple(one for one in events if any(one.values())),
    )
    if len(str(sent)) > LONGEST or len(numbers) > _ROWS:
        raise TooMuch
    return sent


def _row(post: QueryDict, number: int) -> dict[str, Any]:
    return {
        "date": post.get(f"e{number}-date", "").strip(),
        "kind": post.get(f"e{number}-kind", ""),
        "zones": post.getlist(f"e{number}-zones"),
    }


def sent_from(kept: Mapping[str, Any]) -> Sent:
    """Return what was kept of a form."""
    return Sent(kept["value"], kept["text"], tuple(kept["zones"]), tuple(kept["events"]))


def raw_of(question: Question, sent: Sent) -> Any:
    """Return what was sent as a raw answer, None where nothing was; the core says whether it can be used."""
    text = sent.text.strip()
    match question.kind:
        case "date":
            return text or sent.value or None
        case "number":
            return typed_answer(question, text) if text else sent.value or None
        case "list" if sent.value == "yes":
            return [line.strip() for line in text.splitlines() if line.strip()] or "yes"
        case "zones" if sent.value == "yes" and sent.zones:
            return {"zones": list(sent.zones)}
        case "events" if sent.value == "yes" and sent.events:
            return [_event(question, one) for one in sent.events]
        case _:
            return sent.value or None


def _event(question: Question, row: Mapping[str, Any]) -> dict[str, Any]:
    event: dict[str, Any] = {"date": row["date"] or "unknown"}
    if question.choices:
        event["kind"] = row["kind"] or "unknown"
    if question.zonal:
        event["zones"] = list(row["zones"]) or "unknown"
    return event


def sent_of(question: Question, raw: Any) -> Sent:
    """Return the form that a raw answer stands in."""
    if raw in (None, "unknown") or isinstance(raw, bool):
        return Sent(value={None: "", "unknown": "unknown", True: "yes", False: "no"}[raw])
    if question.kind in ("date", "number"):
        return Sent(text=_plain(raw))
    if isinstance(raw, str):
        return Sent(value=raw)
    match question.kind:
        case "list":
            return Sent(value="yes" if raw else "no", text="\n".join(map(str, raw)))
        case "zones":
            zones = raw.get("zones") if isinstance(raw, Mapping) else None
            return Sent(value="yes", zones=tuple(_listed(zones)))
        case _:
            rows = raw if isinstance(raw, list) else [raw]
            return Sent(value="yes" if rows else "no", events=tuple(_shown_event(one) for one in rows))


def _shown_event(row: Mapping[str, Any]) -> dict[str, Any]:
    day, kind = ("" if row.get(key) in (None, "unknown") else str(row[key]) for key in ("date", "kind"))
    return {"date": day, "kind": kind, "zones": _listed(row.get("zones"))}


def _listed(zones: Any) -> list[str]:
    if zones in (None, "unknown"):
        return []
    return [str(one) for one in zones] if isinstance(zones, list) else [str(zones)]


def _plain(raw: Any) -> str:
    return f"{raw:g}" if isinstance(raw, float) and abs(raw) < 1e6 else str(raw)


def goals_in(post: QueryDict, before: list[dict[str, Any]], *, by_staff: bool) -> list[dict[str, Any]]:
    """Return the goals that a form sent; a number of sessions is the practitioner's alone.

    Raises:
        TooMuch: If there are more than a person chooses.
    """
    wished = list(dict.fromkeys(post.getlist("goal")))
    if len(wished) > _ROWS or any(len(one) > _ROWS for one in wished):
        raise TooMuch
    decided = {one["indication"]: one["sessions"] for one in before if "sessions" in one}
    goals: list[dict[str, Any]] = []
    for name in wished:
        zones = post.getlist(f"zones-{name}")
        if len(zones) > 2 * _ROWS or any(len(one) > _ROWS for one in zones):
            raise TooMuch
        goal: dict[str, Any] = {"indication": name, "zones": zones}
        sessions = _sessions(post.get(f"sessions-{name}", "")) if by_staff else decided.get(name)
        goals.append(goal if sessions is None else goal | {"sessions": sessions})
    return goals


def _sessions(text: str) -> int | str | None:
    text = text.strip()[:_ROWS]
    return int(text) if text.isdecimal() and len(text) < 9 else text or None

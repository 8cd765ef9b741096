"""Two plans of one client side by side: what each of them holds, row by row; nothing is ranked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from mesoplan.errors import Problem, ProblemError
from mesoplan.intake.model import UNKNOWN, Client
from mesoplan.knowledge.base import Knowledge
from mesoplan.plan import Plan
from mesoplan.report.compare_model import Row
from mesoplan.report.compare_rows import rows_of
from mesoplan.report.context import PaperContext
from mesoplan.report.names import zone_order
from mesoplan.serial import to_json


@dataclass(frozen=True, slots=True)
class Side:
    """Which plan it is.

    Attributes:
        on: The day it is for.
        techniques: The techniques that it plans with.
        clinic: The clinic's name, None without a folder.
        clinic_is_example: Whether that is the example clinic.
        provisional: Whether the screening does not (yet) allow the treatment.
        knowledge_version: What it was screened with.
        intake_hash: The answers it is bound to.
        plan_sha256: SHA-256 of its plan.json.
    """

    on: date
    techniques: tuple[str, ...]
    clinic: str | None
    clinic_is_example: bool
    provisional: bool
    knowledge_version: str
    intake_hash: str
    plan_sha256: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two plans side by side; neither is called the better one.

    Attributes:
        client: Identifier of the client.
        first: The first plan.
        second: The second plan.
        warnings: Word keys of what makes the two hard to compare: other answers, other knowledge, another clinic ...
        rows: What both say, part by part.
    """

    client: str
    first: Side
    second: Side
    warnings: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def differences(self) -> tuple[Row, ...]:
        """The rows in which the plans differ."""
        return tuple(row for row in self.rows if not row.same)


def compare(
    first: Plan, second: Plan, knowledge: Knowledge, places: tuple[str, str] = ("first plan", "second plan")
) -> Comparison:
    """Return two plans side by side.

    Args:
        first: One plan.
        second: Another plan of the same client.
        knowledge: For the order of zones and what a verdict allows to be shown.
        places: What the two are called in a problem.

    Raises:
        ProblemError: If they are of two persons.
    """
    check_same_client(first.intake.client, second.intake.client, places)
    one, other = (PaperContext(plan, knowledge, None) for plan in (first, second))
    return Comparison(
        client=first.intake.client.identifier,
        first=_side(one),
        second=_side(other),
        warnings=warnings(first, second),
        rows=merged(rows_of(one, other), knowledge),
    )


def check_same_client(first: Client, second: Client, places: tuple[str, str]) -> None:
    """Accept two plans that may be of one person.

    Raises:
        ProblemError: If identifiers or birth dates differ, or the names where an identifier is not known.
    """
    remedy = "Compare two plans of one client; check which folders were named."
    pairs = [("identifier", first.identifier, second.identifier)]
    if not _both_known(first.identifier, second.identifier):
        pairs = [("name", first.name, second.name)]
    births = [one.birth_date.isoformat() if one.birth_date else "" for one in (first, second)]
    for what, one, other in (*pairs, ("birth date", *births)):
        if _both_known(one, other) and one.strip() != other.strip():
            message = f"another client: this {what} is not that of {places[0]}, which has {one}"
            raise ProblemError([Problem(places[1], other, message, remedy)])


def _both_known(first: str, second: str) -> bool:
    return all(one.strip().casefold() not in ("", UNKNOWN.state) for one in (first, second))


def _side(context: PaperContext) -> Side:
    plan = context.plan
    return Side(
        on=plan.on,
        techniques=tuple(dict.fromkeys(zone.technique for zone in plan.prescription.zones)),
        clinic=plan.clinic,
        clinic_is_example=plan.clinic_is_example,
        provisional=context.provisional,
        knowledge_version=plan.screening.knowledge_version,
        intake_hash=plan.screening.intake_hash,
        plan_sha256=hashlib.sha256(to_json(plan).encode()).hexdigest(),
    )


def warnings(first: Plan, second: Plan) -> tuple[str, ...]:
    """Return the word keys of what has to be known before the rows are read; the same whichever plan is named first."""
    clients = (first.intake.client, second.intake.client)
    known = _both_known(clients[0].identifier, clients[1].identifier)
    checks = (
        ("client_unknown", not known),
        ("name", known and clients[0].name != clients[1].name),
        ("intake", first.screening.intake_hash != second.screening.intake_hash),
        ("knowledge", first.screening.knowledge_version != second.screening.knowledge_version),
        ("day", first.on != second.on),
        ("clinic", (first.clinic, first.clinic_is_example) != (second.clinic, second.clinic_is_example)),
        ("areas", first.surface != second.surface),
        ("session", first.course.sessions_done != second.course.sessions_done),
    )
    return tuple(f"compare.warning.{key}" for key, stands in checks if stands)


# -- rows


def merged(rows: Iterable[Row], knowledge: Knowledge) -> tuple[Row, ...]:
    """Return the rows, those that say the same of several zones or several bans as one, in the order of the first."""
    found: dict[object, Row] = {}
    for one in rows:
        subjects = () if one.part == "downtime" else one.subjects
        several = bool(one.zones) or (one.part == "downtime" and bool(one.subjects))
        plain = (replace(one.first, bases=()), replace(one.second, bases=()))
        key = (one.part, one.label, subjects, *plain, several or id(one))
        known = found.get(key)
        found[key] = one if known is None else _joined(known, one, knowledge)
    return tuple(found.values())


def _joined(one: Row, other: Row, knowledge: Knowledge) -> Row:
    return replace(
        one,
        zones=tuple(zone_order(knowledge, (*one.zones, *other.zones))),
        subjects=tuple(dict.fromkeys((*one.subjects, *other.subjects))),
        first=replace(one.first, bases=tuple(dict.fromkeys((*one.first.bases, *other.first.bases)))),
        second=replace(one.second, bases=tuple(dict.fromkeys((*one.second.bases, *other.second.bases)))),
    )

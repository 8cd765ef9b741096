"""leaflet.pdf of a plan for the home: urgent signs first, the test, how to roll, what never, and what after from when.

It has the name of every client's leaflet: what the client takes home is one paper, and no second one lies beside it.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from mesoplan.report.context import PaperContext
from mesoplan.report.leaflet_paper import (
    closing,
    free_words,
    held_by,
    lumps,
    next_session,
    normal_table,
    own_points,
    telephones,
    urgent_signs,
)
from mesoplan.report.leaflet_undated import bans_after, length_words, undated_before
from mesoplan.report.path_drawing import draw_paths
from mesoplan.report.plan_course import days_of
from mesoplan.report.typeset import printable
from mesoplan.report.words import sentence, within

if TYPE_CHECKING:
    from mesoplan.course.model import Appointment
    from mesoplan.knowledge.technique import RollerPath, Technique

TEST_ROLES = {
    "minutes": "allergy_test_contact",
    "first": "allergy_test_first",
    "second": "allergy_test_second",
}
TEST_STEPS = ("put", "look", "before", "reaction", "tell")
NEVER = ("places", "skin", "inside", "products", "needle", "roller", "day")
VALIDITY, MARGIN_ROLE = "screening.validity", "eye_margin"


def is_for_home(context: PaperContext) -> bool:
    """Return whether the client may treat at home by this plan."""
    return context.at_home and context.may_treat and bool(context.plan.prescription.zones)


def home_context(context: PaperContext) -> dict[str, Any]:
    """Return everything the home leaflet says.

    Raises:
        ValueError: If the plan is not for the home, or not (yet) allowed.
    """
    if not is_for_home(context):
        raise ValueError("nothing may be done at home by this plan")
    words, session, technique = context.words, next_session(context), _technique(context)
    day = None if session is None else session.day
    return {
        **context.frame("home", words("foot.leaflet")),
        "w": context.word_family("home", "leaflet"),
        "intro": words("home.intro", day=words.day(day)) if day else words("leaflet.no_day"),
        "telephone": telephones(context),
        "urgent": urgent_signs(context),
        "product": _product(context),
        "materials": [sentence(words.text(one)) for one in technique.materials],
        "test": _test(context, technique),
        "own": own_points(context),
        "never": _never(context, technique),
        "steps": _steps(context, technique),
        **_paths(context, technique),
        "before": _before(context, session),
        "table": _table(context, session),
        "normal": normal_table(context, day),
        "lumps": lumps(context, day),
        "again": _again(context, session),
        **closing(context),
    }


def _technique(context: PaperContext) -> Technique:
    return context.knowledge.techniques[context.plan.prescription.zones[0].technique]


def _product(context: PaperContext) -> str:
    """Return the one product that goes under the roller, or that there is none to begin with."""
    names = [printable(one.name) for one in context.chosen_products]
    return context.words("home.product", product=", ".join(names)) if names else context.words("home.product_none")


def _number(context: PaperContext, fact: str) -> str:
    return context.words.quantity(context.knowledge.fact_quantity(fact))


# -- before


def _test(context: PaperContext, technique: Technique) -> dict[str, Any]:
    """Return the test on the inner elbow with its readings; nothing to do where both are entered as negative."""
    words = context.words
    readings = [one for one in context.plan.course.appointments if one.kind == "reading"]
    if not readings:
        return {"steps": [], "done": words("home.test_done"), "days": ""}
    values = {key: _number(context, technique.facts[role]) for key, role in TEST_ROLES.items()}
    days = words.joined(days_of(context, one) for one in readings)
    return {
        "steps": [words(f"home.test.{one}", **values) for one in TEST_STEPS],
        "done": "",
        "days": words("home.test_days", days=days),
    }


def _never(context: PaperContext, technique: Technique) -> list[str]:
    words = context.words
    values = {
        "margin": _number(context, technique.facts[MARGIN_ROLE]),
        "validity": _number(context, VALIDITY),
        "zones": context.names.zones(zone.zone for zone in context.plan.prescription.zones),
    }
    return [words(f"home.never.{one}", **values) for one in NEVER]


def _before(context: PaperContext, session: Appointment | None) -> list[str]:
    """Return what is left off ahead of the day, by its first day."""
    if session is None:
        return undated_before(context)
    words, bans = context.words, context.knowledge.bans
    found: dict[date, list[str]] = {}
    for one in held_by(context, session):
        if bans[one.ban].before is not None:
            what = within(words.text(bans[one.ban].leaflet)).rstrip(".")
            found.setdefault(max(one.first_day, context.plan.on), []).append(what)
    days = sorted(found.items())
    return [words("leaflet.before_from", day=words.day(day), what="; ".join(what) + ".") for day, what in days]


# -- how it is done


def _steps(context: PaperContext, technique: Technique) -> list[dict[str, Any]]:
    """Return the technique's steps but for the test, which stands before them; a sign to stop is marked as one."""
    harms = {harm.fact for harm in context.knowledge.harms.values()}
    tests = {technique.facts[role] for role in TEST_ROLES.values()}
    steps = [one for one in technique.steps if one.fact not in tests]
    return [{"text": context.words.text(one.text), "stop": one.fact in harms} for one in steps]


def _paths(context: PaperContext, technique: Technique) -> dict[str, Any]:
    """Return the planned paths by their numbers, how often each is rolled, and their drawing."""
    words, zones = context.words, [zone.zone for zone in context.plan.prescription.zones]
    rolled = [one for one in context.plan.layout.roller if one.zone in zones]
    used = {name for one in rolled for name in one.paths}
    rolled_over = (path for path in technique.paths if path.id in used)
    numbered: dict[str, RollerPath] = {str(number): path for number, path in enumerate(rolled_over, 1)}
    allowed = [zone for name in technique.zones for zone in context.knowledge.expand(name)]
    passes = words.number(min(one.passes for one in rolled), 0) if rolled else ""
    return {
        "paths": [[number, sentence(words.text(path.name))] for number, path in numbered.items()],
        "passes": words("home.passes", passes=passes) if passes else "",
        "drawing": draw_paths(numbered, zones, allowed, words("home.drawing_alt")),
    }


# -- after


def _table(context: PaperContext, session: Appointment | None) -> dict[str, Any]:
    """Return what is left off, by the day from which it is allowed again or, without a date, by how long."""
    words, bans = context.words, context.knowledge.bans
    found: dict[str, list[str]] = {}
    held = [(bans[one.ban], free_words(context, one)) for one in held_by(context, session)]
    if session is None:
        held = [(ban, length_words(context, ban.after)) for ban in bans_after(context)]
    for ban, when in held:
        if ban.after is not None:
            limited = words("leaflet.limited") if ban.severity == "limit" else ""
            found.setdefault(when, []).append(words.text(ban.title) + limited)
    rows = [[day, "; ".join([every[0], *(within(one) for one in every[1:])])] for day, every in found.items()]
    head = [words(f"leaflet.table.{one}") for one in ("not_for" if session is None else "again_from", "what")]
    note = " ".join(
        words.text(ban.afterwards) for ban, _ in held if ban.after is not None and ban.afterwards is not None
    )
    return {"head": head, "columns": ["auto", "1"], "rows": rows, "note": note}


def _again(context: PaperContext, session: Appointment | None) -> str:
    """Return from when the next time may be, by the shortest interval."""
    words = context.words
    if session is None:
        return words("home.again")
    first = session.day + timedelta(days=context.plan.course.interval_minimum_days)
    return words("home.again_from", day=words.day(first))

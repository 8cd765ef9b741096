"""Writes the papers of a plan into a folder: all of them or none, and nothing that an earlier plan left there."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import replace
from pathlib import Path
from typing import IO, TYPE_CHECKING

from mesoplan.report.basis import has_sources
from mesoplan.report.consent_paper import consent_context, has_consent
from mesoplan.report.context import SETTINGS_FOR, PaperContext
from mesoplan.report.folder import Content, check_folder, write_folder
from mesoplan.report.home_paper import home_context, is_for_home
from mesoplan.report.leaflet_paper import leaflet_context
from mesoplan.report.plan_paper import plan_context
from mesoplan.report.referral_paper import referral_context
from mesoplan.report.session_paper import session_context
from mesoplan.report.sources_paper import sources_context
from mesoplan.report.svg import plan_map, thumbnail
from mesoplan.report.typeset import typeset
from mesoplan.report.words import within
from mesoplan.screening.explained import explained
from mesoplan.serial import to_json

if TYPE_CHECKING:
    from mesoplan.clinic.model import Clinic
    from mesoplan.knowledge.base import Knowledge
    from mesoplan.layout.in_space import InSpace
    from mesoplan.plan import Plan
    from mesoplan.surface.model import Picture

PAPERS = (
    "plan.json",
    "screening.json",
    "plan.pdf",
    "session.pdf",
    "consent.pdf",
    "leaflet.pdf",
    "referral.pdf",
    "sources.pdf",
    "course.ics",
    "map.svg",
    "map.html",
    "punctures.parquet",
    "punctures.csv",
    "punctures.ply",
    "punctures.json",
    "footprints.parquet",
    "footprints.csv",
    "footprints.ply",
    "footprints.json",
)
"""Every file that a plan may have, in the order in which they are named to the user."""
SESSION = "session.pdf"
PLAN_MAP_MM, SESSION_MAP_MM = 63.0, 52.0
"""Widths of the map in plan.typ and session.typ."""


def write_papers(
    plan: Plan,
    knowledge: Knowledge,
    clinic: Clinic | None,
    picture: Picture | None,
    out: Path,
    laid: InSpace | None = None,
    exports: Mapping[str, Callable[[IO[bytes]], None]] | None = None,
) -> tuple[Path, ...]:
    """Write the papers of a plan and return their paths, in the order of `PAPERS`.

    Everything is made before the folder is touched. Papers of an earlier plan that this one does not have (an outdated
    session sheet above all) are removed; other files stay, the record of the course among them. The same plan gives
    the same bytes.

    Args:
        plan: The plan.
        knowledge: The knowledge base it was made with.
        clinic: The clinic's folder it was made with, None without one.
        picture: The photo the surface was built from, None without one.
        out: The folder; made when it does not exist.
        laid: The course in space, for map.html and for the picture in plan.pdf; None without them.
        exports: What writes each export, by its file name: they appear with the papers or not at all.

    Raises:
        ProblemError: If the folder cannot be written or holds a record that is not whole or another client's, or the
            viewer of the map is not built.
    """
    from mesoplan.record.book import check_client, read_record

    check_client(read_record(out), plan, str(out))
    contents: dict[str, Content] = {**make_papers(plan, knowledge, clinic, picture, laid), **(exports or {})}
    write_folder(contents, out, PAPERS, SESSION)
    return tuple(out / name for name in PAPERS if name in contents)


def check_out(out: Path) -> None:
    """Accept a folder that the papers can be written into.

    Raises:
        ProblemError: If a file stands in the way, or the folder may not be written to.
    """
    check_folder(out, PAPERS)


def make_papers(
    plan: Plan,
    knowledge: Knowledge,
    clinic: Clinic | None,
    picture: Picture | None,
    laid: InSpace | None = None,
    only: Container[str] = PAPERS,
) -> dict[str, bytes]:
    """Return the content of every paper of a plan by its file name, without writing anything.

    Args:
        plan: The plan.
        knowledge: The knowledge base it was made with.
        clinic: The clinic's folder it was made with, None without one.
        picture: The photo the surface was built from, None without one.
        laid: The course in space, None without it.
        only: The papers that are wanted; no other one is made.
    """
    context = PaperContext(plan, knowledge, clinic, thumbnail(plan.surface, picture))
    makers: dict[str, Callable[[], bytes] | None] = {
        "plan.json": lambda: to_json(plan).encode(),
        "screening.json": lambda: _screening(plan, knowledge),
        "plan.pdf": lambda: _plan(context, picture, laid),
        "session.pdf": (lambda: _session(context, picture)) if context.sheet_ready else None,
        "consent.pdf": (lambda: typeset("consent", consent_context(context))) if has_consent(context) else None,
        "leaflet.pdf": lambda: _leaflet(context),
        "referral.pdf": (lambda: typeset("referral", referral_context(context)))
        if context.doctors or context.referred
        else None,
        "sources.pdf": (lambda: typeset("sources", sources_context(context))) if has_sources(context) else None,
        "course.ics": lambda: _calendar(context),
        "map.svg": lambda: plan_map(context, picture).encode(),
        "map.html": None if laid is None else lambda: _map(context, laid),
    }
    return {name: make() for name in PAPERS if name in only and (make := makers.get(name)) is not None}


def make_leaflet(plan: Plan, knowledge: Knowledge, clinic: Clinic | None) -> bytes:
    """Return leaflet.pdf of a plan alone, as it is handed to the client after a session."""
    return _leaflet(PaperContext(plan, knowledge, clinic))


def _plan(context: PaperContext, picture: Picture | None, laid: InSpace | None) -> bytes:
    from mesoplan.report.map_course import space_part

    data = plan_context(context, plan_map(context, picture, printed_mm=PLAN_MAP_MM))
    return typeset("plan", {**data, "space": space_part(context, laid)})


def _map(context: PaperContext, laid: InSpace) -> bytes:
    from mesoplan.report.map_course import map_content
    from mesoplan.report.map_page import map_page

    return map_page(map_content(context, laid), context.words)


def _screening(plan: Plan, knowledge: Knowledge) -> bytes:
    return to_json(explained(plan.screening, plan.intake, knowledge, plan.language)).encode()


def _session(context: PaperContext, picture: Picture | None) -> bytes:
    return typeset("session", session_context(context, plan_map(context, picture, printed_mm=SESSION_MAP_MM)))


def _leaflet(context: PaperContext) -> bytes:
    """Return the client's paper: at home how it is done there, as soon as it may be; else the leaflet of the clinic."""
    if is_for_home(context):
        return typeset("home", home_context(context))
    return typeset("leaflet", leaflet_context(context))


def _calendar(context: PaperContext) -> bytes:
    from mesoplan.exchange.ical import calendar_bytes

    plan, words, course = context.plan, context.words, context.plan.course
    if context.headline not in SETTINGS_FOR:  # no paper names a day then: the calendar neither
        course = replace(course, appointments=(), restrictions=())
    texts = dict(context.knowledge.words(plan.language))
    texts |= {f"ban.{ban.id}": within(words.text(ban.title)) for ban in context.knowledge.bans.values()}
    subject = f"{plan.clinic or ''}/{plan.intake.client.identifier}"
    return calendar_bytes(course, on=plan.on, subject=subject, words=texts, restrictions=context.may_treat)

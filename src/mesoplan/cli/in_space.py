"""The part of `mesoplan plan` that lays the course in space: map.html and the exports of every puncture."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from typing import IO, TYPE_CHECKING

from mesoplan.cli.common import note
from mesoplan.errors import Problem, ProblemError, Problems

if TYPE_CHECKING:
    from mesoplan.cli.case import Case
    from mesoplan.exchange.rows import Rows
    from mesoplan.layout.in_space import InSpace
    from mesoplan.layout.space import LaidZone, PlateCourse, Space
    from mesoplan.plan import Plan
    from mesoplan.surface.discs import MaskedSkin

    Begun = Mapping[str, LaidZone]

MAP, _EXPORT = "map.html", "punctures."
LARGE = 1_000_000
"""From so many punctures on, writing them shows how far it is."""


@dataclass(frozen=True, slots=True)
class InSpaceWish:
    """What is wanted of the course in space.

    Attributes:
        map: Whether map.html and the picture in plan.pdf are wanted.
        exact: Whether the places are those of a guided device.
        forms: Endings of the exports.
    """

    map: bool
    exact: bool
    forms: tuple[str, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """Names of the files that are wanted."""
        return (*((MAP,) if self.map else ()), *(f"{_EXPORT}{form}" for form in self.forms))

    def check(self) -> None:
        """Accept a wish that can be meant.

        Raises:
            ProblemError: If exact places are wanted and nothing that shows them, or a form needs a missing package.
        """
        problems = Problems()
        if self.exact and not self.map and not self.forms:
            remedy = "Give --map or --export too, or leave it out."
            problems.add("--exact", "--exact", "neither a map nor an export is asked for", remedy)
        if "parquet" in self.forms and find_spec("arro3") is None:
            remedy = 'Install it: pip install "mesoplan[layout]"; or choose csv, ply or json.'
            problems.add("--export", "parquet", "the package that writes Parquet is missing", remedy)
        problems.raise_if_any()


def lay_in_space(
    made: Plan,
    case: Case,
    skins: Callable[[], Sequence[MaskedSkin]],
    wish: InSpaceWish,
    begun: Begun | None = None,
    plate: PlateCourse | None = None,
) -> InSpace | None:
    """Return the course in space where it is wanted and there is anything to lay; a note says where there is not.

    Args:
        made: The plan.
        case: Whose it is.
        skins: Makes the skins on which it may lie.
        wish: What is wanted.
        begun: The exact zones of a course that has begun, with what was delivered.
        plate: The stamp's plate that it was begun with.

    Raises:
        ProblemError: If the course cannot be laid exactly.
    """
    if not wish.files:
        return None
    from mesoplan.report.context import PaperContext
    from mesoplan.report.map_course import lay_plan, why_not_exact, zones_not_laid

    context = PaperContext(made, case.knowledge, case.clinic)
    try:
        laid = lay_plan(context, skins(), exact=wish.exact, begun=begun, plate=plate)
    except ValueError as error:
        raise ProblemError(
            [Problem("--exact", "--exact", str(error), "Leave it out, or plan fewer sessions.")]
        ) from error
    reasons = why_not_exact(context, laid) if wish.exact else ()
    for zones, why in reasons:
        note(f"No exact places in {zones}: {why}.")
    if laid is None and not reasons:
        note("Nothing is laid in space: no zone of this plan has settings with a cover, or points, on a known skin.")
    elif laid is not None and (left := zones_not_laid(context, laid)):
        note(f"Not laid in space: {', '.join(left)}. map.html and the exports hold one piece of skin alone.")
    return laid


def measured_plan(made: Plan, case: Case, laid: InSpace | None, wish: InSpaceWish) -> Plan:
    """Return the plan with what it keeps of its course in space, and with the quality measured on exact places."""
    if laid is None:
        return made
    made = replace(made, space=_kept(made, case, laid, wish))
    if laid.mode != "exact" or made.quality is None:
        return made
    from mesoplan.layout.assess import SIGMAS
    from mesoplan.layout.assess_exact import assess_exact
    from mesoplan.layout.assess_plates import assess_plates

    sigmas = [case.knowledge.value(fact, "mm") for fact in SIGMAS]
    assess = assess_exact if laid.footprints is None else assess_plates
    return replace(made, quality=assess(made.quality, laid, sigmas))


def _kept(made: Plan, case: Case, laid: InSpace, wish: InSpaceWish) -> Space:
    from mesoplan.layout.space import Space
    from mesoplan.layout.work import session_work

    skin, zones = laid.punctures.skin, tuple(laid.zones.values())
    work, bases = session_work(case.clinic, made.prescription, laid)
    source, triangles = skin.source, len(skin.triangles)
    return Space(laid.mode, source, triangles, zones, wish.files, work, bases, laid.plate, laid.plates)


def exports(made: Plan, case: Case, laid: InSpace | None, wish: InSpaceWish) -> dict[str, Callable[[IO[bytes]], None]]:
    """Return what writes every puncture in each wished form, by the name of its file."""
    if laid is None or not wish.forms:
        return {}
    from mesoplan.exchange.punctures import FORMS, footprint_rows, puncture_rows
    from mesoplan.layout.in_space import to_come
    from mesoplan.report.context import PaperContext
    from mesoplan.report.map_course import depths_mm, volumes_ml, warnings

    context = PaperContext(made, case.knowledge, case.clinic)
    places = to_come(laid)
    make: Callable[..., Rows] = puncture_rows if laid.footprints is None else footprint_rows
    rows = make(
        places,
        depth_mm=depths_mm(context, laid),
        volume_ml=volumes_ml(context, laid),
        mode=laid.mode,
        notes=warnings(context, laid),
    )
    progress = _shown if len(places) >= LARGE else None

    def write(form: str, file: IO[bytes]) -> None:
        FORMS[f".{form}"](rows, file, progress)

    return {f"{rows.kind}.{form}": partial(write, form) for form in wish.forms}


def _shown(done: int, of: int) -> None:
    note(f"{done:,} of {of:,} places written")

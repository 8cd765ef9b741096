"""The part of `mesoplan next` that goes on with a course in space: the same skin, the same lattices, what is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from mesoplan.cli.common import note, stop
from mesoplan.cli.face import built_again
from mesoplan.cli.in_space import MAP, InSpaceWish, lay_in_space, measured_plan

if TYPE_CHECKING:
    from mesoplan.cli.case import Case
    from mesoplan.layout.in_space import InSpace
    from mesoplan.layout.space import LaidZone, Space
    from mesoplan.plan import Plan
    from mesoplan.record.progress import History
    from mesoplan.surface.build import Built
    from mesoplan.surface.discs import MaskedSkin


def wish_again(before: Plan, forms: tuple[str, ...] | None, map_: bool | None, exact: bool | None) -> InSpaceWish:
    """Return what is wanted of the course in space: what was given, else what the plan before had."""
    files = () if before.space is None else before.space.files
    kept = tuple(name.rpartition(".")[2] for name in files if name != MAP)
    was_exact = before.space is not None and before.space.mode == "exact"
    return InSpaceWish(
        MAP in files if map_ is None else map_, was_exact if exact is None else exact, kept if forms is None else forms
    )


def check_again(wish: InSpaceWish, before: Plan, exact: bool | None) -> None:
    """Accept a wish that fits the plan before.

    Raises:
        ProblemError: If exact places are to go on that never began, or nothing shows them, or a package is missing.
    """
    if exact and (before.space is None or before.space.mode != "exact"):
        remedy = "Leave it out; a course of exact places begins with `mesoplan plan --exact`."
        stop("--exact", "--exact", "the plan before has no exact places to go on with", remedy)
    wish.check()


def lay_on(
    made: Plan, case: Case, before: Plan, built: Built | None, wish: InSpaceWish, history: History
) -> tuple[Plan, InSpace | None]:
    """Return the plan with its course in space, and that course, None where it has none.

    Raises:
        ProblemError: If exact places are to go on and the skin is not that on which they were laid.
    """
    if not wish.files:
        return made, None
    found = built if built is not None else built_again(before.surface)
    if found is None and not wish.exact:
        note("Nothing is laid in space: the skin of the plan before is not in its folder; give its file again.")
        return made, None
    if not wish.exact or before.space is None:
        laid = None if found is None else lay_in_space(made, case, found.skins, wish)
        return measured_plan(made, case, laid, wish), laid
    if not made.planned:
        return replace(made, space=before.space), None
    ground = _same_skin(before, before.space, found)
    begun = _with_delivered(before.space, made, history)
    laid = lay_in_space(made, case, lambda: (ground,), wish, begun, before.space.plate)
    kept = replace(before.space, zones=tuple(begun.values()), files=wish.files)
    made = replace(made, space=kept)  # also where nothing is laid this time
    return measured_plan(made, case, laid, wish), laid


def _same_skin(before: Plan, space: Space, built: Built | None) -> MaskedSkin:
    """Return the skin on which exact places were laid.

    Raises:
        ProblemError: If it is not at hand, or is another one.
    """
    option = {"scan": "--scan", "photo": "--photo"}.get(space.source, "--area")
    skip = "or give --no-exact: by hand from now on"
    if built is None:
        message = f"the exact places of this course lie on a {space.source} that its folder does not hold"
        stop(option, None, message, f"Give the same again, as for the plan, {skip}.")
        raise AssertionError("unreachable")
    surface = built.surface
    same_file = (surface.photo_sha256, surface.scan and surface.scan.sha256) == (
        before.surface.photo_sha256,
        before.surface.scan and before.surface.scan.sha256,
    )
    found = next((one for one in built.skins() if space.lies_on(one.skin)), None) if same_file else None
    if found is None:
        what = "file" if not same_file else "skin"
        message = f"this is not the {what} on which the exact places of this course were laid"
        stop(option, None, message, f"Give what was given for the plan, {skip}.")
        raise AssertionError("unreachable")
    return found


def _with_delivered(space: Space, made: Plan, history: History) -> dict[str, LaidZone]:
    """Return the zones of a course with what was delivered, and what each session to come holds."""
    from mesoplan.layout.space import holds_next
    from mesoplan.record.progress import delivered_shares

    sessions = max(made.course.sessions or 0, history.done + 1)
    found = {}
    for one in space.zones:
        delivered = delivered_shares(history, one.zone)
        held = (*one.holds, *([None] * history.done))[: history.done]
        holds = holds_next(one.lattice_sessions, held, delivered, sessions)
        found[one.zone] = replace(one, delivered=delivered, holds=holds)
    return found

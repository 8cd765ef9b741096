"""What the record says for the next session: what it starts from, and what each zone is corrected to.

A course of n sessions of cover c leaves (1 - c)^n untouched. Whatever was really delivered, the sessions that are left
share what is missing equally: 1 - (planned to be left / left so far)^(1 / sessions left). So little is caught up at a
time, and never above the largest cover of one session.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterable
from dataclasses import dataclass, replace
from typing import TypeVar

from mesoplan.intake.canonical import with_hash
from mesoplan.intake.model import UNKNOWN, AllergyTest, AnswerValue, EventAnswer, Intake
from mesoplan.layout.coverage import course_spread, density_for_cover_per_cm2, sessions_until
from mesoplan.layout.cumulative import ALL_BUT_ONE_PERCENT, NEARLY_ALL
from mesoplan.layout.freehand import COVER_RESOLUTION
from mesoplan.layout.model import Cover, Cumulative, Layout, PenLayout, RollerLayout, StampLayout
from mesoplan.plan import Plan, ZoneProgress
from mesoplan.prescription.model import Prescription, ZonePrescription
from mesoplan.record.book import Record
from mesoplan.record.cover import cumulative
from mesoplan.record.model import SessionDone

LATEST_SESSION = "mesotherapy_session"
EVENT_OPEN, SIMULATED = "sheet.adverse_event_open", "sheet.simulated"
ON_PLAN, MORE, LESS = "progress.on_plan", "progress.more", "progress.less"
CAPPED, REACHED, UNKNOWN_COVER, NO_COVER = (
    *("progress.capped", "progress.reached"),
    *("progress.unknown", "progress.no_cover"),
)
HELD, WHOLE_STEPS, EXACT = "progress.held_by_limit", "progress.whole_steps", "progress.exact"
COVER_REACHED = "refused.cover_reached"
Covering = TypeVar("Covering", PenLayout, StampLayout, RollerLayout)


@dataclass(frozen=True, slots=True)
class History:
    """What the record brings into the next plan.

    Attributes:
        done: Sessions delivered so far, those before the record among them.
        sessions: The recorded ones.
        tests: Allergy tests that are known from the plan before.
        held_back: Word keys of what forbids a session sheet.
    """

    done: int
    sessions: tuple[SessionDone, ...]
    tests: tuple[AllergyTest, ...]
    held_back: tuple[str, ...]


def history_of(record: Record, plan: Plan) -> History:
    """Return what a record and the plan before it bring into the next plan."""
    reasons = (
        (EVENT_OPEN, any(event.holds_back for event in record.adverse_events)),
        (SIMULATED, record.simulated and not plan.clinic_is_example),
    )
    held = tuple(key for key, stands in reasons if stands)
    done = record.sessions_done(plan.course.sessions_done)
    return History(done, record.sessions, plan.intake.allergy_tests, held)


def carried(intake: Intake, history: History) -> Intake:
    """Return the answers with what the record knows: sessions done, their days, and every allergy test so far.

    A test that the new answers leave out is not forgotten, least of all a positive one. Where nobody asked for the
    latest session the answer stays unknown.
    """
    answers = dict(intake.answers)
    known = answers.get(LATEST_SESSION, UNKNOWN)
    if history.sessions and known.state in ("yes", "no"):
        events = (*known.events, *(_event(one) for one in history.sessions))
        answers[LATEST_SESSION] = AnswerValue("yes", code="yes", events=tuple(dict.fromkeys(events)))
    tests = _merged((*history.tests, *intake.allergy_tests))
    days = tuple(sorted(one.delivered.date for one in history.sessions))
    told = replace(intake, answers=answers, allergy_tests=tests, sessions_done=history.done, course_days=days)
    return with_hash(told)


def with_sessions_elsewhere(intake: Intake, sessions: Iterable[SessionDone]) -> Intake:
    """Return the answers with what the records of a client's other courses know: when they were treated, and where.

    So the rules count these sessions as if the client had named them: the least interval in a zone, the courses of a
    year. Where nobody asked for the latest session the answer stays unknown.
    """
    known = intake.answers.get(LATEST_SESSION, UNKNOWN)
    events = tuple(dict.fromkeys((*known.events, *(_event(one) for one in sessions))))
    if known.state == "unknown" or events == known.events:
        return intake
    answers = {**intake.answers, LATEST_SESSION: AnswerValue("yes", code="yes", events=events)}
    return with_hash(replace(intake, answers=answers))


def _event(session: SessionDone) -> EventAnswer:
    zones = tuple(one.zone for one in session.delivered.zones if one.delivered != "no")
    return EventAnswer(session.delivered.date, "", zones)


def _merged(tests: Iterable[AllergyTest]) -> tuple[AllergyTest, ...]:
    """Return the tests, the readings of the same one together."""
    found: dict[tuple[object, ...], AllergyTest] = {}
    for test in tests:
        key = (test.product, test.placed_on, test.method)
        earlier = found[key].readings if key in found else ()
        found[key] = replace(test, readings=tuple(sorted({*earlier, *test.readings})))
    return tuple(found.values())


def corrected(
    prescription: Prescription,
    history: History,
    sessions: int,
    cover_limit: float,
    gliding: Container[str],
    exact: Container[str] = (),
) -> tuple[Prescription, tuple[ZoneProgress, ...]]:
    """Return the prescription of the next session, corrected by what was delivered, and each zone's progress.

    Args:
        prescription: As the plan would be without a record.
        history: What was delivered.
        sessions: Sessions of the whole course.
        cover_limit: Largest cover of one session that makes up for earlier ones.
        gliding: Techniques whose cover can be set finely; a stamp's rounds and a roller's passes cannot.
        exact: Zones laid in exact places: what is missing there is laid by a later session, and no setting changes.
    """
    if not history.sessions:
        return prescription, ()
    left = max(0, sessions - history.done)
    progress = [
        _kept(zone, found) if zone.zone in exact and found.wished is not None else found
        for zone in prescription.zones
        for found in [_progress(zone, history, left, cover_limit, fine=zone.technique in gliding)]
    ]
    wished = {one.zone: one for one in progress}
    zones = tuple(
        _with_wish(zone, wished[zone.zone]) for zone in prescription.zones if wished[zone.zone].note != REACHED
    )
    reached = tuple((one.zone, COVER_REACHED) for one in progress if one.note == REACHED)
    ordered = sorted(progress, key=lambda one: not one.shortened)
    return replace(prescription, zones=zones, left_out=(*prescription.left_out, *reached)), tuple(ordered)


def _kept(zone: ZonePrescription, progress: ZoneProgress) -> ZoneProgress:
    """Return the progress of a zone that keeps to its plan; what the whole course comes to, its exact places tell."""
    return replace(progress, wished=zone.area_fraction, course_total=None, note=EXACT)


def _with_wish(zone: ZonePrescription, progress: ZoneProgress) -> ZonePrescription:
    return zone if progress.wished is None else replace(zone, area_fraction=progress.wished)


def _progress(zone: ZonePrescription, history: History, left: int, cover_limit: float, *, fine: bool) -> ZoneProgress:
    covers = [next((one for one in session.covers if one.zone == zone.zone), None) for session in history.sessions]
    planned = tuple(None if one is None else one.planned for one in covers)
    delivered = tuple(0.0 if one is None else one.delivered for one in covers)
    known = [one for one in delivered if one is not None]
    whole = len(known) == history.done
    total = cumulative(known) if whole else None
    held = [one for one in planned if one is not None]
    wish, note = _wish(zone.area_fraction, len(held), total, left, cover_limit)
    if wish is not None and not fine:
        wish, note = zone.area_fraction, WHOLE_STEPS
    if wish is not None and total is not None and left:
        course: float | None = 1.0 - (1.0 - total) * (1.0 - wish) ** left
    else:
        course = total if not left else None
    return ZoneProgress(
        zone=zone.zone,
        planned=planned,
        delivered=delivered,
        planned_total=cumulative(held) if held else None,
        delivered_total=total,
        at_least=cumulative(known),
        wished=wish,
        course_total=course,
        shortened=_shortened(history.sessions[-1], zone.zone),
        note=note,
    )


def _shortened(session: SessionDone, zone: str) -> bool:
    return any(one.zone == zone and one.delivered in ("no", "part") for one in session.delivered.zones)


def _wish(
    each: float | None, held: int, total: float | None, left: int, cover_limit: float
) -> tuple[float | None, str]:
    """Return the wished cover of each session that is left, and why it is that."""
    if each is None:
        return None, NO_COVER
    if total is None:
        return each, UNKNOWN_COVER
    if not left:
        return each, ON_PLAN
    remaining = (1.0 - each) ** (held + left)
    wish = 1.0 - (remaining / (1.0 - total)) ** (1.0 / left) if total < 1.0 else 0.0
    if abs(wish - each) <= COVER_RESOLUTION:
        return each, ON_PLAN
    if wish <= 0.0:
        return 0.0, REACHED
    most = max(each, cover_limit)
    if wish > most:
        return most, CAPPED
    return wish, MORE if wish > each else LESS


def delivered_shares(history: History, zone: str) -> tuple[float | None, ...]:
    """Return for each session so far the share of a zone that was worked on; None where it is not known."""
    found: list[float | None] = [None] * (history.done - len(history.sessions))
    for session in history.sessions:
        one = next((one for one in session.delivered.zones if one.zone == zone), None)
        state = "no" if one is None else one.delivered
        known = {"yes": 1.0, "no": 0.0, "part": None if one is None else one.share}
        found.append(known.get(state))
    return tuple(found)


def held_by_limit(
    prescription: Prescription, planned: Prescription, progress: tuple[ZoneProgress, ...]
) -> tuple[Prescription, tuple[ZoneProgress, ...]]:
    """Return the correction without what it adds: no zone above its plan, where the sum would break a limit."""
    usual = {one.zone: one.area_fraction for one in planned.zones}
    zones = tuple(
        replace(one, area_fraction=min(one.area_fraction, usual[one.zone] or one.area_fraction))
        if one.area_fraction is not None
        else one
        for one in prescription.zones
    )
    kept = tuple(
        replace(one, wished=usual[one.zone], note=HELD) if one.note in (MORE, CAPPED) else one for one in progress
    )
    return replace(prescription, zones=zones), kept


def with_history(
    layout: Layout, history: History, progress: tuple[ZoneProgress, ...], planned: Prescription, sessions: int
) -> Layout:
    """Return the layout whose cover over the course begins with what was delivered, zone by zone.

    A session whose cover is not known counts as nothing there: what is shown is reached at least.

    Args:
        layout: Of the corrected prescription.
        history: What was delivered.
        progress: Of each zone.
        planned: The prescription before it was corrected.
        sessions: Sessions of the whole course.
    """
    if not progress:
        return layout
    delivered = {one.zone: [cover or 0.0 for cover in one.delivered] for one in progress}
    zones = {one.zone: one for one in planned.zones}
    before = [0.0] * (history.done - len(history.sessions))

    def lay(part: Covering) -> Covering:
        if part.zone not in delivered or part.cumulative is None:
            return part
        done = before + delivered[part.zone]
        return replace(part, cumulative=_cumulative(part, part.cumulative, done, zones[part.zone], sessions))

    pens, stamps = tuple(lay(one) for one in layout.pen), tuple(lay(one) for one in layout.stamp)
    rollers = tuple(lay(one) for one in layout.roller)
    parts: tuple[PenLayout | StampLayout | RollerLayout, ...] = (*pens, *stamps, *rollers)
    every = [(one.cumulative, one.zone) for one in parts if one.cumulative is not None]
    laid = replace(layout, pen=pens, stamp=stamps, roller=rollers)
    if not every:
        return laid
    total, zone = min(every, key=lambda pair: pair[0].cover[-1].mean)
    return replace(laid, cumulative=total, cumulative_zone=zone)


def _cumulative(
    part: PenLayout | StampLayout | RollerLayout,
    total: Cumulative,
    done: list[float],
    zone: ZonePrescription,
    sessions: int,
) -> Cumulative:
    """Return the cover after each session: those delivered as they were, those to come as set now."""
    microzone_mm, per_cm2 = zone.microzone_mm or 0.0, part.punctures_per_cm2 or 0.0
    spread = part.speed_spread if isinstance(part, PenLayout) else part.spread
    cluster = part.needles if isinstance(part, StampLayout) else 1
    past = [(density_for_cover_per_cm2(min(one, 1.0 - 1e-9), microzone_mm), 0.0) for one in done]
    number = max(sessions, len(done) + 1)
    every = past + [(per_cm2, spread)] * (number - len(done))
    covers = []
    for count in range(1, number + 1):
        one = course_spread(every[:count], microzone_mm, zone.area_cm2, cluster)
        covers.append(Cover(one.mean, one.sd, one.low, one.high))
    left, each = math.prod(1.0 - one for one in done), part.cover.mean if part.cover else 0.0
    return replace(
        total,
        sessions=tuple(range(1, number + 1)),
        cover=tuple(covers),
        claimed=tuple(min(1.0, count * (zone.area_fraction or 0.0)) for count in range(1, number + 1)),
        sessions_for_95=_until(NEARLY_ALL, left, each, len(done)),
        sessions_for_99=_until(ALL_BUT_ONE_PERCENT, left, each, len(done)),
    )


def _until(wanted: float, left: float, each: float, done: int) -> int | None:
    """Return the number of the session after which the wanted cover is expected."""
    open_share = 1.0 - wanted
    if left <= open_share:
        return done
    more = sessions_until(each, 1.0 - open_share / left)
    return None if more is None else done + more

"""A client ready for a session: signed answers, an allergy test read twice, today's plan, a consent, lots in stock."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
from django.db.models import Model

from mesoplan.report.consent_text import treatment_consent
from mesoplan_clinic.accounts.access import Page
from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.models import AllergyTest, Intake
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.outcomes.services import record_outcome
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Consent, Course, Plan
from mesoplan_clinic.plans.shown import context_of
from mesoplan_clinic.stock.models import Lot
from mesoplan_clinic.stock.services import enter_lot
from mesoplan_clinic.visits.delivered import slots
from mesoplan_clinic.visits.models import Session
from mesoplan_clinic.visits.services import begin_work, save_step, sign, start_session
from mesoplan_clinic.visits.sheet import planned_of
from web.line import raw

ON = date(2026, 11, 23)
PRODUCT, CARTRIDGE = "example-revital", "example-14"


def set_day(monkeypatch: pytest.MonkeyPatch, day: date, at: time = time(10, 0)) -> None:
    """Set the only clock of the application; it goes on by a second each time it is read."""
    ticks = itertools.count()
    start = datetime.combine(day, at, UTC)
    monkeypatch.setattr(clock, "now", lambda: start.replace(second=next(ticks) % 60, microsecond=next(ticks)))


@dataclass
class Case:
    """A client's course with everything that its session needs."""

    client: Client
    member: Member
    intake: Intake
    test: AllergyTest
    course: Course
    plan: Plan
    consent: Consent
    lots: dict[str, Lot] = field(default_factory=dict)


def sign_answers(client: Client, day: date, number: int = 1, **answers) -> Intake:
    intake = Intake(client=client, made_at=clock.now(), number=number, visit_date=day, state="signed")
    intake.answers = raw(**answers)
    intake.save(force_insert=True)
    return intake


def read_test(client: Client, product: str = PRODUCT) -> AllergyTest:
    test = AllergyTest(client=client, made_at=clock.now(), product=product, placed_on=date(2026, 11, 16))
    test.method = "test injection"
    test.readings = [["2026-11-18", "negative"], ["2026-11-20", "negative"]]
    test.save(force_insert=True)
    return test


def consent(course: Course, plan: Plan) -> Consent:
    text = treatment_consent(context_of(course.client, plans.core_plan(plan), course.client.language))
    return consents.sign(
        course.client, None, Consent.Kind.TREATMENT, text, signed_as="Maria Example", signature=b"png", course=course
    )


def stocked(clinic, kind: str, item: str, lot: str, **changes) -> Lot:
    values = {"expires_on": date(2027, 12, 31), "received_on": date(2026, 11, 1), "amount": Decimal(20), "unit": "ml"}
    return enter_lot(clinic, kind=kind, item=item, lot=lot, **{**values, **changes})


def ready(
    client: Client,
    member: Member,
    intake: Intake | None = None,
    technique: str = "",
    product: str = PRODUCT,
    lots: dict[str, Lot] | None = None,
) -> Case:
    intake, test = intake or sign_answers(client, ON), read_test(client, product)
    course = plans.open_course(client, member, technique=technique)
    plan = plans.plan_course(course, intake, member, ON)
    case = Case(client, member, intake, test, course, plan, consent(course, plan), lots or {})
    if lots is not None:
        return case
    kinds = (("product", PRODUCT), ("cartridge", CARTRIDGE), ("antiseptic", "Skin antiseptic"))
    for number, (kind, item) in enumerate(kinds, 1):
        lot, unit = "EX-0001" if kind == "product" else f"L-{number}", "pcs" if kind == "cartridge" else "ml"
        case.lots[kind] = stocked(client.clinic, kind, item, lot, unit=unit)
    return case


def fields_of(case: Case, session: Session, **changes) -> dict[str, dict]:
    """What is typed where everything went as planned."""
    planned = planned_of(session.plan)
    work: dict[str, str] = {f"volume.{PRODUCT}": "1.5"}
    for kind, item in slots(plans_folder(case), planned):
        work[f"lot.{kind}.{item}"] = str(case.lots[kind].pk)
    for zone in planned.zones:
        work[f"zone.{zone.zone}.delivered"] = "yes"
        for key in ("depth_mm", "frequency_hz", "hand_speed_mm_s", "passes"):
            work[f"zone.{zone.zone}.{key}"] = f"{getattr(zone, key):g}"
    found = {
        "identity": {"confirmed": "yes"},
        "before": {"changes": "none"},
        "skin": {"lot.antiseptic.": str(case.lots["antiseptic"].pk), "before_at": "10:00", "anaesthetic": "no"},
        "work": work,
        "finish": {"reactions": ["none"], "stopped_early": "no", "after_at": "10:40"},
    }
    return {step: {**values, **changes.get(step, {})} for step, values in found.items()}


def plans_folder(case: Case):
    from mesoplan_clinic.core import folder_of

    return folder_of(case.client.clinic)


def worked(case: Case, **changes) -> Session:
    """A session of which only the signature is missing, made below every page."""
    session = start_session(case.course, case.member)
    for step, values in fields_of(case, session, **changes).items():
        save_step(session, session.version, step, values, done=True)
        if step == "skin":
            begin_work(session, session.version)
    return session


def signed_session(case: Case, **changes) -> Session:
    session = worked(case, **changes)
    sign(session, session.version, case.member)
    return session


def rows_of_a_session(client: Client, member: Member, intake: Intake, of: Page | None) -> dict[type[Model], Model]:
    """One row of every model of a session and what follows it, if a page (None: any) names one of them."""
    if of is not None and not {Session, FollowUp, AdverseEvent, Lot} & set(of.parts.values()):
        return {}
    with pytest.MonkeyPatch.context() as patch:
        set_day(patch, ON)
        case = ready(client, member, intake)
        session = signed_session(case)
        record_outcome(session, member, [{"what": "redness", "severity": "mild"}], [])
    rows = (session, session.follow_ups.first(), session.adverse_events.first(), case.lots["product"])
    return {type(one): one for one in rows if one is not None}


def session_under_way(client: Client, member: Member, lot: Lot) -> Session:
    """A session that only waits for its signature, with lots of the stock that another client's session made."""
    kinds = {one.kind: one for one in Lot.objects.filter(clinic=client.clinic)}
    with pytest.MonkeyPatch.context() as patch:
        set_day(patch, ON)
        return worked(ready(client, member, lots={**kinds, "product": lot}))

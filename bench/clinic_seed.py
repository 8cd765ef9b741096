"""A clinic as it is after years: clients, sessions, records, sealed as the application seals them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction

FIRST = ["Anna", "Maria", "Olga", "Irina", "Petra", "Jonas", "Elena", "Katja", "Ivan", "Sofia", "Lena", "Vera", "Rosa"]
SECOND = ["Albrecht", "Berger", "Claasen", "Dorn", "Ebert", "Fischer", "Graf", "Hofer", "Iljin", "Jansen", "Orlov"]
BATCH = 250
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
ON = date(2026, 11, 23)


def seed(clients: int, sessions_each: int, say: Any = print) -> Any:
    """Fill the database with one clinic and return it; the answers and plans are twenty real ones, sealed anew each."""
    from mesoplan_clinic.accounts.models import Clinic, Member, User
    from mesoplan_clinic.stock.models import Lot

    clinic = Clinic.objects.create(name="Seeded clinic", mfa_required=False)
    owner = Member.objects.create(user=User.objects.create_user("seed-owner"), clinic=clinic, role="owner")
    member = Member.objects.create(user=User.objects.create_user("seed"), clinic=clinic, role="physician")
    lots = [
        Lot.objects.create(
            clinic=clinic,
            kind="product",
            item="gel",
            lot=f"L-{number}",
            expires_on=ON + timedelta(days=number),
            received_on=ON,
            amount=1000,
            unit="ml",
        )
        for number in range(50)
    ]
    template = _template(clinic, member)
    rng = random.Random(1)
    for start in range(0, clients, BATCH):
        with transaction.atomic():
            _batch(clinic, member, lots, template, range(start, min(start + BATCH, clients)), sessions_each, rng)
        if start % 2500 == 0:
            say(f"  {start} clients", flush=True)
    clinic.owner, clinic.seed_member = owner, member
    return clinic


def _template(clinic: Any, member: Any) -> dict[str, Any]:
    """Return one client's answers, screening, plan and session entries as the application makes them."""
    import yaml

    from mesoplan.record.enter import cover_limit, enter_session
    from mesoplan.record.planned import planned_session
    from mesoplan.record.session_file import parse_session
    from mesoplan.record.template import session_template
    from mesoplan_clinic.clients.services import enter_client
    from mesoplan_clinic.core import folder_of, knowledge_of
    from mesoplan_clinic.plans import services as plans
    from mesoplan_clinic.plans.book import CourseBook
    from web.line import signed

    with transaction.atomic():
        client = enter_client(clinic, name="Template", identifier="T-0", birth_date="1988-05-14")
        intake = signed(client, on=ON)
        course = plans.open_course(client, member)
        plan = plans.plan_course(course, intake, member, ON)
        core, knowledge = plans.core_plan(plan), knowledge_of(clinic)
        text = session_template(planned_session(core), 1, knowledge.words("en"))
        data = yaml.safe_load(text) | {"date": ON.isoformat(), "practitioner": "K", "reactions": ["none"]}
        book = CourseBook(course, member)
        enter_session(
            book,
            core,
            folder_of(clinic),
            parse_session(data, knowledge, "session"),
            1,
            place="session",
            cover_limit=cover_limit(knowledge),
        )
        found = {
            "answers": intake.answers,
            "screening": plan.screening,
            "result": plan.screening.result,
            "plan": plan,
            "bytes": plan.plan,
            "aim": plan.aim,
            "bodies": [dict(one.body) for one in book.entries],
        }
        transaction.set_rollback(True)
    return found


def _batch(clinic: Any, member: Any, lots: Any, made: Any, numbers: range, sessions: int, rng: random.Random) -> None:
    from mesoplan_clinic.clients.models import Client, SearchToken
    from mesoplan_clinic.clients.search import _beginnings, token_of

    rows: dict[type, list[Any]] = {}
    for number in numbers:
        name = f"{rng.choice(FIRST)} {rng.choice(SECOND)} {number}"
        client = Client(
            clinic=clinic,
            entered_at=NOON,
            seen_at=NOON - timedelta(minutes=number),
            name=name,
            notes="",
            identifier=f"S-{number:05}",
            birth_date="1988-05-14",
            telephone=f"+49 30 {number:07}",
        )
        rows.setdefault(Client, []).append(client)
        for one in {token_of(clinic, text) for text in _beginnings(client)}:
            rows.setdefault(SearchToken, []).append(SearchToken(clinic=clinic, client=client, token=one))
        for one in _line(client, member, lots, made, sessions, rng):
            rows.setdefault(type(one), []).append(one)
    for model, found in rows.items():
        model._base_manager.bulk_create(found, batch_size=2000)


def _line(client: Any, member: Any, lots: Any, made: Any, sessions: int, rng: random.Random) -> Iterator[Any]:
    from mesoplan.record.chain import FIRST as BEGINNING
    from mesoplan.record.chain import sealed
    from mesoplan_clinic.intakes.models import Intake
    from mesoplan_clinic.outcomes.models import FollowUp
    from mesoplan_clinic.plans.models import Course, CourseEntry, Plan
    from mesoplan_clinic.screenings.models import Screening
    from mesoplan_clinic.stock.models import LotUse
    from mesoplan_clinic.visits.models import Session

    common = {"client": client, "made_at": NOON, "made_by": member}
    intake = Intake(**common, number=1, visit_date=ON, state="signed", answers=made["answers"])
    kept = made["screening"]
    screening = Screening(
        **common,
        intake=intake,
        on=ON,
        basis=kept.basis,
        knowledge_version=kept.knowledge_version,
        headline=kept.headline,
        may_treat=kept.may_treat,
        eligible_from=kept.eligible_from,
        valid_until=kept.valid_until,
        result=made["result"],
    )
    course = Course(**common, opened_on=ON, choices={})
    plan = Plan(
        **common,
        course=course,
        number=1,
        on=ON,
        screening=screening,
        may_treat=True,
        session_ready=False,
        plan=made["bytes"],
        aim=made["aim"],
    )
    yield from (intake, screening, course, plan)
    previous = BEGINNING
    for number in range(sessions + 1):
        kind, body = ("course", made["bodies"][0]) if number == 0 else ("session", made["bodies"][1])
        day = ON - timedelta(days=14 * (sessions - number))
        entry = sealed(number + 1, kind, day, body, previous)
        previous = entry.hash
        course.end = (entry.number, entry.hash)
        row = CourseEntry(
            **common,
            course=course,
            number=entry.number,
            kind=kind,
            date=day,
            body=body,
            previous=entry.previous,
            hash=entry.hash,
        )
        yield row
        if number:
            done = Session(
                **common,
                course=course,
                plan=plan,
                number=number,
                on=day,
                state="signed",
                draft={},
                entry=row,
                signed_by=member,
                signed_at=NOON,
            )
            yield done
            yield LotUse(**common, lot=rng.choice(lots), session=done, on=day, amount=2)
            for when, days in (("day1", 1), ("day3", 3), ("day7", 7), ("week4", 28), ("week12", 84)):
                looked = NOON if rng.random() < 0.8 else None
                yield FollowUp(**common, session=done, when=when, due_on=day + timedelta(days=days), done_at=looked)

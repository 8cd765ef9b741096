"""Rows of the straight line for tests: signed answers, a course with its plan, a signed session."""

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.utils import timezone

import mesoplan.intake
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Course, Plan
from mesoplan_clinic.visits.models import Session

ON = date(2026, 11, 23)


@cache
def example() -> dict[str, Any]:
    return yaml.safe_load((Path(mesoplan.intake.__file__).parent / "example.yaml").read_text(encoding="utf-8"))


def raw(goals: Any = None, **answers: Any) -> dict[str, Any]:
    content = example()
    said = {key: value for key, value in content["answers"].items() if key != "birth_date"} | answers
    return json.loads(json.dumps({"goals": goals or content["goals"], "answers": said}, default=str))


def signed(client: Client, number: int = 1, on: date = ON, **answers: Any) -> Intake:
    intake = Intake(
        client=client, made_at=timezone.now(), number=number, visit_date=on, state="signed", answers=raw(**answers)
    )
    intake.save(force_insert=True)
    return intake


def planned(client: Client, member: Any, on: date = ON, **answers: Any) -> Plan:
    return plans.plan_course(plans.open_course(client, member), signed(client, on=on, **answers), member, on)


def session(plan: Plan, number: int = 1, state: str = "signed") -> Session:
    one = Session(
        client=plan.client,
        made_at=timezone.now(),
        course=plan.course,
        plan=plan,
        number=number,
        on=plan.on,
        state=state,
    )
    one.draft = {}
    one.save(force_insert=True)
    return one


__all__ = ["ON", "Course", "example", "planned", "raw", "session", "signed"]

"""A demo clinic: invented people, marked as such on every page, with passwords made anew each time."""

from __future__ import annotations

import json
import secrets
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from django.db import transaction

import mesoplan.intake
from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.core import folder_of
from mesoplan_clinic.intakes import allergy
from mesoplan_clinic.intakes import services as intakes
from mesoplan_clinic.intakes.models import Intake
from mesoplan_clinic.intakes.signing import Signed
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.screenings.services import screen
from mesoplan_clinic.stock.services import enter_lot

STAFF = (
    ("owner", Role.OWNER, "Olga", "Owner"),
    ("physician", Role.PHYSICIAN, "Petra", "Physician"),
    ("cosmetologist", Role.COSMETOLOGIST, "Katja", "Cosmetologist"),
    ("assistant", Role.ASSISTANT, "Anna", "Assistant"),
    ("auditor", Role.AUDITOR, "Arthur", "Auditor"),
)
CLIENTS = (
    ("Maria Example", "DEMO-001", "1984-03-12", "en"),
    ("Ирина Примерова", "DEMO-002", "1979-11-02", "ru"),
    ("Jonas Beispiel", "DEMO-003", "1991-06-24", "en"),
)
LOTS: tuple[tuple[str, str, str, str, str], ...] = (
    ("product", "example-revital", "EX-0001", "40", "ml"),
    ("product", "example-peptide", "EX-0002", "10", "ml"),
    ("cartridge", "example-14", "DEMO-C14", "20", "pcs"),
    ("antiseptic", "Skin antiseptic (demo)", "DEMO-A1", "500", "ml"),
)
"""Kind, item, lot, amount, unit; products and their expiries as in the example folder."""


@transaction.atomic
def make_demo() -> str:
    """Make the demo clinic with its staff and clients; return the passwords as text, the only time they can be read."""
    clinic = Clinic.objects.create(name="Demo clinic", folder="example", is_demo=True, mfa_required=False)
    lines = ["Demo clinic made. These passwords are shown only now:"]
    team: dict[Role, Member] = {}
    for name, role, first, last in STAFF:
        password = secrets.token_urlsafe(12)
        username = name if not User.objects.filter(username=name).exists() else f"{name}-{secrets.token_hex(2)}"
        user = User.objects.create_user(username, password=password, first_name=first, last_name=last)
        team[role] = Member.objects.create(user=user, clinic=clinic, role=role)
        lines.append(f"  {username:<18} {password}")
    clients = [
        enter_client(clinic, name=full_name, identifier=identifier, birth_date=birth_date, language=language)
        for full_name, identifier, birth_date, language in CLIENTS
    ]
    _fill_stock(clinic)
    _treat(clients[0], team[Role.PHYSICIAN])
    return "\n".join(lines)


def _fill_stock(clinic: Clinic) -> None:
    """Put the lots of the example folder's products, and invented ones of other material, into stock."""
    today, products = clock.today(clinic), folder_of(clinic).products
    expiries = {(one.id, lot.number): lot.expires_on for one in products.values() for lot in one.lots}
    for kind, item, lot, amount, unit in LOTS:
        expiry = expiries.get((item, lot)) or today + timedelta(days=365)
        enter_lot(
            clinic,
            kind=kind,
            item=item,
            lot=lot,
            expires_on=expiry,
            received_on=today - timedelta(days=14),
            amount=Decimal(amount),
            unit=unit,
        )


def _treat(client: Client, member: Member) -> None:
    """Give a client the example's answers signed today, a read allergy test, a screening, a course with its plan."""
    example = _example(today := clock.today(client.clinic))
    intake = _signed(client, member, example)
    for test in example["allergy_tests"]:
        row = allergy.place(client, member, test["product"], date.fromisoformat(test["placed_on"]), test["method"])
        for reading in test["readings"]:
            row.refresh_from_db()
            allergy.read(row, row.version, date.fromisoformat(reading["date"]), reading["result"])
    screen(intake, member, today)
    plans.plan_course(plans.open_course(client, member), intake, member, today)


def _signed(client: Client, member: Member, example: dict[str, Any]) -> Intake:
    intake = intakes.begin(client, member)
    answers = {name: answer for name, answer in example["answers"].items() if name != "birth_date"}
    intake.answers = {"goals": example["goals"], "answers": answers}
    intake.save_as(intake.version, ["answers"])
    return intakes.sign(intake, intake.version, Signed(client.name, None), intakes.Who(client.name))


def _example(today: date) -> dict[str, Any]:
    """Return the core's example of an intake, all its days but the birth date moved so that its visit is today."""
    text = (Path(mesoplan.intake.__file__).parent / "example.yaml").read_text(encoding="utf-8")
    raw = yaml.safe_load(text)
    moved = today - raw["visit_date"]

    def later(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: later(one) for name, one in value.items()}
        if isinstance(value, list):
            return [later(one) for one in value]
        return value + moved if isinstance(value, date) else value

    found: dict[str, Any] = json.loads(json.dumps(later(raw), default=str))
    return found

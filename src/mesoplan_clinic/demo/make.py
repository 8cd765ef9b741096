"""A demo clinic: invented people, marked as such on every page, with passwords made anew each time."""

from __future__ import annotations

import secrets

from django.db import transaction

from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.clients.services import enter_client

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


@transaction.atomic
def make_demo() -> str:
    """Make the demo clinic with its staff and clients; return the passwords as text, the only time they can be read."""
    clinic = Clinic.objects.create(name="Demo clinic", folder="example", is_demo=True, mfa_required=False)
    lines = ["Demo clinic made. These passwords are shown only now:"]
    for name, role, first, last in STAFF:
        password = secrets.token_urlsafe(12)
        username = name if not User.objects.filter(username=name).exists() else f"{name}-{secrets.token_hex(2)}"
        user = User.objects.create_user(username, password=password, first_name=first, last_name=last)
        Member.objects.create(user=user, clinic=clinic, role=role)
        lines.append(f"  {username:<14} {password}")
    for full_name, identifier, birth_date, language in CLIENTS:
        enter_client(clinic, name=full_name, identifier=identifier, birth_date=birth_date, language=language)
    return "\n".join(lines)

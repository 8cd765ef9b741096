"""A clinic with one member of every role, another clinic, and browsers logged in as any of them."""

from collections.abc import Callable

import pytest
from django.test import Client as Browser

from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.kernel.patient_token import FIELD, token_of

STAFF = [role for role in Role if role is not Role.LINK]


@pytest.fixture
def clinic(db) -> Clinic:
    return Clinic.objects.create(name="Own clinic", mfa_required=False)


@pytest.fixture
def other_clinic(db) -> Clinic:
    return Clinic.objects.create(name="Other clinic", mfa_required=False)


def make_member(clinic: Clinic, role: Role) -> Member:
    user = User.objects.create_user(f"{role.value}-{clinic.name.split()[0].lower()}", first_name=role.label)
    return Member.objects.create(user=user, clinic=clinic, role=role)


@pytest.fixture
def member(clinic: Clinic) -> Callable[..., Member]:
    made: dict[tuple[object, Role], Member] = {}

    def get(role: Role = Role.PHYSICIAN, of: Clinic | None = None) -> Member:
        where = of or clinic
        if (where.pk, role) not in made:
            made[where.pk, role] = make_member(where, role)
        return made[where.pk, role]

    return get


@pytest.fixture
def browser(member: Callable[..., Member]) -> Callable[..., Browser]:
    """A browser logged in as a role."""

    def get(role: Role = Role.PHYSICIAN, of: Clinic | None = None) -> Browser:
        one = Browser()
        one.force_login(member(role, of).user)
        return one

    return get


@pytest.fixture
def maria(clinic: Clinic) -> Client:
    return enter_client(
        clinic, name="Maria Example", identifier="M-1", birth_date="1984-03-12", telephone="+49 30 123456"
    )


@pytest.fixture
def ivan(clinic: Clinic) -> Client:
    return enter_client(clinic, name="Иван Артём Берёзов", identifier="B-77", birth_date="", language="ru")


def sent(browser: Browser, path: str, values: dict, client: Client | None = None, **extra):
    """Send a form as the page would: with the client's token of this session."""

    class _Request:
        session = browser.session

    if client is not None:
        values = {FIELD: token_of(_Request, client), **values}
    return browser.post(path, values, **extra)


@pytest.fixture
def send() -> Callable[..., object]:
    return sent

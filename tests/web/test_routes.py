"""Every route, by every method, as every role, in one's own clinic and in another: what is not declared fails."""

import inspect
import uuid

import pytest
from django.db.models import Model
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from mesoplan_clinic.accounts.access import Page
from mesoplan_clinic.accounts.roles import TABLE, May, Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.intakes.models import AllergyTest, Decision
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.screenings.services import screen
from web.line import ON, signed
from web.pictures import kept_photo
from web.treating import rows_of_a_session

# not wrapped by `page`, each for a reason
OPEN = {
    "language": "changes no data",
    "no_mail": "tells who helps with a forgotten password",
    "health": "tells a monitor that the server answers",
    "form_open": "the secret of a one-time link says who is here; tests/web/test_links.py",
    "form_over": "thanks, and shows nobody's data",
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


def patterns(resolver: URLResolver | None = None) -> list[URLPattern]:
    found = []
    for one in (resolver or get_resolver()).url_patterns:
        found += patterns(one) if isinstance(one, URLResolver) else [one]
    return found


def is_allauth(pattern: URLPattern) -> bool:
    return pattern.callback.__module__.startswith("allauth.")


DECLARED = [one for one in patterns() if not is_allauth(one) and one.name not in OPEN]


def declared(pattern: URLPattern) -> Page:
    return pattern.callback.page


def test_every_route_is_declared_with_what_it_needs():
    undeclared = [
        one.name or str(one.pattern) for one in DECLARED if not isinstance(getattr(one.callback, "page", None), Page)
    ]
    assert undeclared == []


def test_every_model_of_an_address_is_looked_up_within_a_client_or_a_clinic():
    for one in DECLARED:
        for name, model in declared(one).parts.items():
            fields = {field.name for field in model._meta.get_fields()}
            assert "client" in fields or "clinic" in fields, (one.name, name)
            if name != "client" and "client" in fields:
                assert next(iter(declared(one).parts)) == "client", one.name


def test_a_page_takes_the_request_of_those_whom_it_lets_in():
    """What the type checker believes: a member is on the request of a member's page, a link on that of a form."""
    for one in DECLARED:
        needed = {declared(one).see, declared(one).act} - {None}
        taken = inspect.signature(inspect.unwrap(one.callback)).parameters["request"].annotation
        assert taken == ("LinkRequest" if needed == {May.FILL_LINKED_FORM} else "ClinicRequest"), one.name
        assert len(needed & {May.FILL_LINKED_FORM}) in (0, len(needed)), one.name


def test_every_role_may_do_something_and_every_permission_belongs_to_someone():
    assert set(TABLE) == set(May)
    assert all(TABLE.values())
    assert {role for roles in TABLE.values() for role in roles} == set(Role)


def address(pattern: URLPattern, rows: dict[type[Model], Model], **words: str) -> str:
    """Return an address of a route; `words` are those of its parameters that are words and no rows."""
    values = {}
    for name, converter in pattern.pattern.converters.items():
        model = declared(pattern).parts.get(name)
        if name in words:
            values[name] = words[name]
        elif model is not None and model in rows:
            values[name] = rows[model].pk
        else:
            values[name] = {"UUIDConverter": uuid.uuid4(), "IntConverter": 1}.get(type(converter).__name__, "text")
    return reverse(pattern.name, kwargs=values)


def rows_of_everything(client, member, of: Page | None = None) -> dict[type[Model], Model]:
    """Return one row of every model that the address of a page may name, all of one client."""
    from mesoplan_clinic.accounts.models import Member

    intake = signed(client)
    screening = screen(intake, member(), ON)
    decision = Decision(client=client, made_at=clock.now(), finding="diabetes.yes", answer="yes", physician="P")
    decision.decision, decision.signed_on = "yes", ON
    decision.save(force_insert=True)
    test = AllergyTest(client=client, made_at=clock.now(), product="example-revital", placed_on=ON, method="topical")
    test.readings = []
    test.save(force_insert=True)
    course = plans.open_course(client, member())
    plans.plan_course(course, intake, member(), ON)
    rows = {type(one): one for one in (client, intake, screening, decision, test, course, kept_photo(client))}
    return {**rows, Member: member(Role.ASSISTANT), **rows_of_a_session(client, member(), intake, of)}


@pytest.mark.parametrize("pattern", DECLARED, ids=lambda one: one.name)
def test_a_route_takes_only_its_methods_and_only_from_roles_that_may(pattern, browser, member, other_clinic, maria):
    """Own clinic: 403 exactly where the table says no; other clinic: 404; anonymous: to the login; never a 500."""
    path = address(pattern, rows_of_everything(maria, member, declared(pattern)))
    page = declared(pattern)
    for role in (one for one in Role if one is not Role.LINK):
        for method in METHODS:
            answer = browser(role).generic(method, path)
            needed = page.needed(method) if method in page.methods else None
            if method not in page.methods:
                assert answer.status_code == 405, (role, method)
            elif role not in TABLE[needed]:
                assert answer.status_code == 403, (role, method)
            else:
                assert answer.status_code not in (403, 405) and answer.status_code < 500, (
                    role,
                    method,
                    answer.status_code,
                )
            if page.parts and method in page.methods and role in TABLE[needed]:
                strange = browser(role, other_clinic).generic(method, path)
                assert strange.status_code == 404, (role, method)
    for method in page.methods:
        anonymous = Browser().generic(method, path)
        closed = page.needed(method) is May.FILL_LINKED_FORM
        assert anonymous.status_code == 302
        assert reverse("form_over" if closed else "account_login") in anonymous.url


@pytest.mark.parametrize("pattern", DECLARED, ids=lambda one: one.name)
def test_a_route_writes_exactly_one_event_each_time_it_is_used(pattern, browser, member, maria):
    page = declared(pattern)
    path = address(pattern, rows_of_everything(maria, member, declared(pattern)))
    for method in (one for one in page.methods if one != "HEAD"):
        role = sorted(TABLE[page.needed(method)])[0]
        if role is Role.LINK:
            continue
        before = AuditEvent.objects.count()
        browser(role).generic(method, path)
        assert AuditEvent.objects.count() == before + 1, method
        event = AuditEvent.objects.latest("number")
        assert (event.action, event.method, event.role) == (pattern.name, method, role.value)

"""Hostile requests by the forms of the pages: somebody in a clinic with a row of everything."""

import json
import random
import uuid
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from allauth.account.internal.flows.login import (
    _AUTHENTICATION_METHODS_USER_SESSION_KEY,
    AUTHENTICATION_METHODS_SESSION_KEY,
)
from django.contrib.auth import SESSION_KEY
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import resolve, reverse
from django.utils import timezone

from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.accounts.roles import Role, may
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.intakes import links
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.kernel.patient_token import FIELD, token_of
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Consent, Course
from mesoplan_clinic.visits.services import start_session
from web.line import signed
from web.openapi import LEFT_OUT
from web.pictures import encoded, nobody
from web.test_routes import patterns, rows_of_everything
from web.treating import read_test

ALL = [one for one in patterns() if one.name not in LEFT_OUT]
NO_PAGES: set[str] = set()
"""Routes that were found to answer with a file: they hold no form to be read."""
WORDS = (
    *("goals", "diabetes", "pregnancy", "allergies", "birth_date", "identity", "before", "skin", "work", "finish"),
    *("sign", "plan.pdf", "course.ics", "diabetes.yes", "../../etc/passwd", "a" * 300, "\x00", "Ё", "%00", "1", "-1"),
)
ODD: tuple[str, ...] = (
    *("", " ", "\x00", "a\x00b", "\u202egnp.exe", "\ufeff", "\r\nSet-Cookie: a=b", "\x1b[2J", "\ud7ff\U0010ffff"),
    *("0", "-1", "-0", "1e400", "-1e400", "1e-400", "NaN", "sNaN", "Infinity", "-Infinity", "٣", "²", "1_000", "0x10"),
    *("9" * 30, "9" * 5_000, "1,5", "1.5.5", "99999999999999999999.999", "2147483648", "9223372036854775808"),
    *("0001-01-01", "9999-12-31", "1900-02-29", "2024-02-29", "2026-13-40", "10000-01-01", "20261123", "2026-W48-1"),
    *("24:00", "00:00", "٠٩:٠٠", "yes", "no", "unknown", "none", "on", "true", "null", "[]", "{}", '[[1,2],{"a":1}]'),
    *('"\\ud800"', '[{"x":1e400,"y":-1,"r":NaN}]', "[" * 2_000, '{"__proto__":{}}', "a" * 30_000, "Я" * 3_000),
    *("<script>alert(1)</script>", "\"'><svg onload=alert(1)>", "{{ 7*7 }}", "%s%n", "=1+1", "../../x", "\\", "'"),
    *("data:image/png;base64,AAAA", "data:image/png;base64," + "A" * 5_000, "data:image/svg+xml;base64,PHN2Zz4="),
    *(
        "https://evil.example/",
        "//evil.example",
        "javascript:alert(1)",
        "(01)12345678901234(17)991399(10)X",
        "]d2\x1d17",
    ),
    *("010123456789012817000000\x1d10A", "0:0", "product:", ":", "photo:1,2,3", "photo:nan,nan,nan"),
)
FILES = (
    ("a.jpg", b"", "image/jpeg"),
    ("a.jpg", b"\xff\xd8\xff" + b"\x00" * 50, "image/jpeg"),
    ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
    ("a.html", b"<script>alert(1)</script>", "text/html"),
    ("a.png", b"\x89PNG\r\n\x1a\n" + b"\x00" * 30, "image/png"),
    ("a.gif", b"GIF89a<script>", "image/gif"),
    ("a.zip", b"PK\x03\x04", "application/zip"),
    ("../../a\r\nX: y.jpg", b"GIF87a", "image/jpeg"),
    ("a\x00.jpg", b"BM" + b"\xff" * 60, "image/bmp"),
)
HEADERS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"HTTP_HX_REQUEST": "true"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_TARGET": "\x00", "HTTP_HX_CURRENT_URL": "http://[bad"},
    {"HTTP_HX_REQUEST": "true", "HTTP_HX_BOOSTED": "true", "HTTP_HX_TRIGGER": "{"},
    {"HTTP_X_AUTOSAVE": "1"},
    {"HTTP_ACCEPT_LANGUAGE": "ru;q=zz, \x00"},
    {"HTTP_X_PATIENT": "é", "HTTP_REFERER": "//evil.example"},
    {"HTTP_RANGE": "bytes=-1", "HTTP_IF_MODIFIED_SINCE": "yesterday", "HTTP_ACCEPT": "*"},
)


@dataclass
class Form:
    """A form of a page: where it goes, and each field with the values that the page offers."""

    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)


class Forms(HTMLParser):
    """Reads every form of a page."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path, self.found, self.select = path, [], ""
        self.open: Form | None = None

    def handle_starttag(self, tag: str, attributes: Any) -> None:
        given = {key: value or "" for key, value in attributes}
        if tag == "form":
            action = given.get("action") or given.get("hx-post") or self.path
            self.open = Form(action, given.get("method", "get").upper())
            if "hx-post" in given:
                self.open.method = "POST"
            self.found.append(self.open)
        elif self.open is not None and given.get("name") and tag in ("input", "select", "textarea", "button"):
            values = self.open.fields.setdefault(given["name"], [])
            values.append(given.get("value", ""))
            self.select = given["name"] if tag == "select" else ""
            if given.get("type") == "file":
                self.open.files.add(given["name"])
        elif self.open is not None and tag == "option" and self.select:
            self.open.fields[self.select].append(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None


@dataclass
class World:
    """One clinic with a row of everything, and how somebody acts in it."""

    role: Role
    dice: random.Random
    browser: Browser
    client: Client
    ids: dict[Any, list[str]]
    forms: dict[str, list[Form]] = field(default_factory=dict)
    """Name of the route that a form goes to -> the forms."""

    def __post_init__(self) -> None:
        """Find the addresses at which the role may do something."""
        self.own = [one for one in ALL if self.may(one)]

    def is_here(self) -> bool:
        """Return whether the browser is still the role's: not logged out, handed over or signed."""
        return (links.SESSION_KEY if self.role is Role.LINK else SESSION_KEY) in self.browser.session

    def may(self, pattern: Any) -> bool:
        """Return whether the role may do something at an address."""
        page = getattr(pattern.callback, "page", None)
        return page is None or any(may(self.role, one) for one in (page.see, page.act) if one)

    def path(self) -> str:
        """Return an address: with the rows that it names, now and then with another's or with what is none."""
        pattern = self.dice.choice(self.own if self.dice.random() < 0.8 else ALL)
        if pattern.name in NO_PAGES and self.dice.random() < 0.8:  # some files take a second to make
            pattern = self.dice.choice(self.own)
        values: dict[str, Any] = {}
        page = getattr(pattern.callback, "page", None)
        for name, converter in pattern.pattern.converters.items():
            kind = type(converter).__name__
            model = page.parts.get(name) if page else None
            if kind == "UUIDConverter":
                own = self.ids.get(model) if self.dice.random() < 0.9 else None
                values[name] = self.dice.choice(own or self.ids[None])
            elif kind == "IntConverter":
                values[name] = self.dice.choice((0, 1, 2, 3, 99, 2**31, 2**63, 10**30))
            else:
                values[name] = self.dice.choice(WORDS)
        try:
            return reverse(pattern.name, kwargs=values)
        except Exception:  # the address cannot hold it: a word that is no slug
            return "/" + self.dice.choice(WORDS).replace("\x00", "%00")

    def learn(self, path: str, **headers: str) -> None:
        """Read the forms of a page."""
        route = resolve(path).url_name
        if route in NO_PAGES:
            return
        answer = self.browser.get(path, **headers)
        is_page = "text/html" in answer.get("Content-Type", "") and not answer.streaming
        if answer.status_code == 200 and not is_page:
            NO_PAGES.add(route)  # a file, which may take long to make
        elif answer.status_code == 200:
            reader = Forms(path)
            reader.feed(answer.content.decode(errors="replace"))
            for one in reader.found:
                route = resolve(one.action.partition("?")[0]).url_name if one.action.startswith("/") else ""
                if route not in ("", "account_logout", "language"):  # these are on every page, and reached by address
                    self.forms.setdefault(route, []).append(one)

    def value(self, offered: list[str]) -> str:
        """Return a value for a field: mostly one that the page offers."""
        chance = self.dice.random()
        if chance < 0.5 and offered:
            return self.dice.choice(offered)
        if chance < 0.6:
            return self.dice.choice(self.ids[None])
        if chance < 0.7:
            return "".join(self.dice.choices(["a", "\u0301", "\u200f", "\x07", "é", "0", "-", ".", " ", "\n"], k=12))
        return self.dice.choice(ODD)

    def filled(self, form: Form) -> dict[str, Any]:
        """Return what is sent: each field right, missing, doubled or wrong, and now and then one that is none."""
        sent: dict[str, Any] = {}
        calm = self.dice.random()
        for name, offered in form.fields.items():
            chance = self.dice.random()
            if name in ("version", FIELD) and chance < 0.85:
                sent[name] = offered[0] if name != FIELD else token_of(self.browser, self.client)
            elif name in form.files or chance < 0.04:
                sent[name] = self.file()
            elif chance < 0.10:
                continue
            elif chance < 0.16:
                sent[name] = [self.value(offered), self.value(offered)]
            elif chance < 0.16 + 0.84 * calm:
                kept = [one for one in offered if one]
                sent[name] = self.dice.choice(kept or offered or [""])
            else:
                sent[name] = self.value(offered)
        if self.dice.random() < 0.1:
            sent[self.dice.choice(ODD)[:40] or "x"] = self.dice.choice(ODD)
        return sent

    def file(self) -> SimpleUploadedFile:
        """Return an upload: mostly not what it says."""
        if self.dice.random() < 0.1:
            return SimpleUploadedFile("photo.jpg", encoded(nobody(320, 400)), "image/jpeg")
        return SimpleUploadedFile(*self.dice.choice(FILES))

    def request(self) -> tuple[str, str, Any, dict[str, str]]:
        """Return method, address, what is sent and the headers of one request."""
        headers = dict(self.dice.choice(HEADERS))
        if self.forms and self.dice.random() < 0.65:
            form = self.dice.choice(self.forms[self.dice.choice(list(self.forms))])
            return form.method, form.action, self.filled(form), headers
        method = self.dice.choices(("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"), (50, 38, 3, 3, 3, 3))[0]
        names = [name for found in self.forms.values() for form in found for name in form.fields] or ["q"]
        keys = self.dice.sample(names, min(len(names), self.dice.randint(0, 6)))
        keys += self.dice.choices(("q", "page", "code", "lot", "before", "after", "next", "all"), k=2)
        sent: dict[str, Any] = {key: self.value([]) for key in keys}
        if method == "POST" and self.dice.random() < 0.8:
            sent[FIELD] = token_of(self.browser, self.client)
            sent["version"] = self.dice.choice(("0", "1", "2", "x"))
        return method, self.path(), sent, headers

    def send(self, method: str, path: str, sent: Any, headers: dict[str, str]) -> Any:
        """Send one request, as a form, as a file of several parts, as JSON, or as no form at all."""
        if method in ("GET", "HEAD"):
            flat = {key: value for key, value in sent.items() if not isinstance(value, SimpleUploadedFile)}
            return getattr(self.browser, method.lower())(path, flat, **headers)
        if method != "POST":
            return self.browser.generic(method, path, **headers)
        if self.dice.random() < 0.06:
            kind = self.dice.choice(("application/json", "text/plain", "multipart/form-data", "x"))
            body = self.dice.choice(
                (json.dumps(sent, default=str).encode(), b"\xff\xfe%zz=%", b"--x\r\n", b"a=%ff&a=%00")
            )
            return self.browser.generic("POST", path, body, content_type=kind, **headers)
        return self.browser.post(path, sent, **headers)


def world_of(role: Role, clinic: Clinic, other: Clinic, member: Any, seed: int) -> World:
    """Make rows of everything in a clinic and a client in another, and read every form that a role is shown."""
    dice = random.Random(f"{role} {seed}")
    client = enter_client(clinic, name="Maria Example", identifier=f"M-{seed}", birth_date="1984-03-12")
    theirs = enter_client(other, name="Somebody Else", identifier="X-1", birth_date="1984-03-12")
    signed(theirs)
    ids: dict[Any, list[str]] = {type(one): [str(one.pk)] for one in rows_of_everything(client, member).values()}
    with_draft(client, member(), ids)
    strangers = [str(theirs.pk), str(theirs.intakes.first().pk), str(uuid.uuid4()), str(member(Role.OWNER, other).pk)]
    if seed % 2 == 0:  # with the consent to photos they are taken, without it they are refused
        text = consents.photo_text(client)
        consents.sign(client, None, Consent.Kind.PHOTO, text, signed_as="x", signature=None, agreed=[consents.RECORD])
    ids[None] = [*(one for found in list(ids.values()) for one in found), *strangers]
    world = World(role, dice, browser_of(role, client, member), client, ids)
    for pattern in ALL:
        page = getattr(pattern.callback, "page", None)
        if page is None or page.see is None:
            continue
        for _ in range(2):
            kinds = {name: world.ids.get(page.parts.get(name)) for name in pattern.pattern.converters}
            values = {name: dice.choice(own or ["identity", "about"]) for name, own in kinds.items()}
            if "step" in values:
                values["step"] = dice.choice(("identity", "before", "skin", "work", "finish"))
            if "group" in values:
                values["group"] = dice.choice(("about", "health", "goals", "skin", "medicines"))
            if "number" in values:
                values["number"] = 2
            world.learn(reverse(pattern.name, kwargs=values))
    assert world.forms or role is Role.AUDITOR, "nobody is here"
    return world


def with_draft(client: Client, member: Member, ids: dict[Any, list[str]]) -> None:
    """Add what is still open: answers being given, and a session under way."""
    from mesoplan_clinic.intakes.models import Intake
    from mesoplan_clinic.visits.clearance import NotCleared
    from mesoplan_clinic.visits.models import Session

    today = timezone.now().date()
    intake = signed(client, number=7, on=today)
    read_test(client)
    course = plans.open_course(client, member)
    plans.plan_course(course, intake, member, today)
    ids[Course].append(str(course.pk))
    try:
        ids[Session].append(str(start_session(course, member).pk))
    except NotCleared:
        one = Session.objects.filter(client=client).first()
        again = Session(client=client, made_at=timezone.now(), course=one.course, plan=one.plan, number=2, on=today)
        again.draft = {}
        again.save(force_insert=True)
        ids[Session].append(str(again.pk))
    ids[Intake].append(str(begin(client, member).pk))


def browser_of(role: Role, client: Client, member: Any) -> Browser:
    """Return a browser in which somebody acts: logged in and just proved who they are, or by a link."""
    browser = Browser()
    if role is Role.LINK:
        link, _token = links._new(begin(client, member()), member(), links.HANDED_FOR)
        session = browser.session
        session[links.SESSION_KEY] = str(link.pk)
        session.save()
        return browser
    user = member(role).user
    user.set_password("correct horse battery")
    user.save()  # always: what was written before may have been taken back
    browser.force_login(user)
    session, proved = browser.session, {"method": "password", "at": timezone.now().timestamp(), "reauthenticated": True}
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [proved]
    session[_AUTHENTICATION_METHODS_USER_SESSION_KEY] = str(user.pk)
    session.save()
    return browser

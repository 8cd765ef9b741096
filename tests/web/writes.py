"""Every write of the application, each as somebody does it: who, to which address, with what in the form."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client as Browser
from django.urls import reverse

from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.accounts.new import make_clinic
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.administration import rotate
from mesoplan_clinic.administration.backup import folder, make_backup, verify_backup
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.clients.services import enter_client
from mesoplan_clinic.intakes import links
from mesoplan_clinic.intakes.services import begin
from mesoplan_clinic.intakes.signing import Signed
from mesoplan_clinic.kernel import vault
from mesoplan_clinic.kernel.sealed import key_number, sealed_columns
from mesoplan_clinic.outcomes.services import record_outcome
from mesoplan_clinic.owner.models import Rescreening
from mesoplan_clinic.owner.rescreen import rescreen
from mesoplan_clinic.owner.rescreen import start as start_rescreening
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans import services as plans
from mesoplan_clinic.plans.models import Consent, Plan
from mesoplan_clinic.screenings import decisions
from mesoplan_clinic.screenings.services import found_in, screen
from mesoplan_clinic.visits.services import start_session
from web.conftest import sent
from web.pictures import encoded, kept_photo, nobody
from web.treating import ON, Case, consent, fields_of, read_test, ready, sign_answers, signed_session, worked

DAY = ON.isoformat()
PASSED, LONG_AGO = (200, 302), datetime(2020, 1, 1, tzinfo=UTC)


@dataclass
class World:
    """One clinic in the middle of its day: clients at every point of the line, and who works there."""

    clinic: Clinic
    member: Callable[..., Member]
    browser_of: Callable[..., Browser]
    clients: dict[str, Client] = field(default_factory=dict)
    rows: dict[str, Any] = field(default_factory=dict)
    browsers: dict[Role, Browser] = field(default_factory=dict)
    secret: str = ""

    def build(self) -> World:
        """Make everything that a write of the list begins with."""
        for name in ("new", "asked", "again", "linked", "waiting", "screened", "decided", "planned", "begun", "ended"):
            self.clients[name] = self._client(name)
        for name in ("treated", "reacted", "gone"):
            self.clients[name] = self._client(name)
        self._asked()
        self._screened()
        self._treated()
        for role in (Role.PHYSICIAN, Role.OWNER):
            self.browsers[role] = self.browser_of(role, self.clients["new"], self.member)
        self.browsers[Role.LINK] = self.browser_of(Role.LINK, self.clients["linked"], self.member)
        self.rows["linked"] = begin(self.clients["linked"], self.member())
        link, self.secret = links._new(begin(self.clients["waiting"], self.member()), self.member(), links.SENT_FOR)
        self.rows["link"] = link
        self.browsers[Role.PHYSICIAN].get(reverse("clients"))  # a chain that has begun
        self._two_clinics()
        self._second_factor()
        return self

    def _second_factor(self) -> None:
        self.rows["factors"] = self.member(Role.AUDITOR)
        Authenticator.objects.create(user=self.rows["factors"].user, type="recovery_codes", data={})

    def _two_clinics(self) -> None:
        second = Clinic.objects.create(name="Second clinic", mfa_required=False)
        here = self.member(Role.COSMETOLOGIST)
        self.rows["elsewhere"] = Member.objects.create(user=here.user, clinic=second, role=Role.ASSISTANT)
        self.rows["both"] = Browser()
        self.rows["both"].force_login(here.user)
        for one in (here, self.rows["elsewhere"]):
            self.rows["both"].post(reverse("clinic_choose"), {"member": str(one.pk)})
        self.rows["both"].post(reverse("clinic_choose"), {"member": str(here.pk)})

    def _client(self, name: str) -> Client:
        return enter_client(self.clinic, name=f"{name} Example", identifier=name.upper(), birth_date="1984-03-12")

    def _asked(self) -> None:
        self.rows["draft"] = begin(self.clients["asked"], self.member())
        for name in ("again", "linked"):
            sign_answers(self.clients[name], ON - timedelta(days=200))
        self.rows["again"] = begin(self.clients["again"], self.member())
        self.rows["test"] = read_test(self.clients["new"])

    def _screened(self) -> None:
        for name in ("screened", "decided"):
            intake = sign_answers(self.clients[name], ON, diabetes="yes")
            self.rows[name] = screen(intake, self.member(), ON)
        self.rows["decision"] = decisions.decide(
            self.clients["decided"],
            self.member(),
            found_in(self.rows["decided"]),
            "diabetes.yes",
            answer="yes",
            reason="Stable.",
            valid_until=ON + timedelta(days=30),
            signature=Signed("P", None),
        )

    def _treated(self) -> None:
        for name in ("planned", "begun", "ended", "treated", "reacted", "gone"):
            case = self.rows[name] = self._case(self.clients[name])
            text = consents.photo_text(case.client)
            consents.sign(case.client, None, Consent.Kind.PHOTO, text, signed_as="x", signature=None, agreed=["record"])
            self.rows[f"{name} photo"] = kept_photo(case.client, encoded(nobody()))
        self.rows["begun session"] = start_session(self.rows["begun"].course, self.member())
        self.rows["ended session"] = worked(self.rows["ended"])
        for name in ("treated", "reacted", "gone"):
            self.rows[f"{name} session"] = signed_session(self.rows[name])
        record_outcome(self.rows["reacted session"], self.member(), [{"what": "redness", "severity": "mild"}], [])

    def _case(self, client: Client) -> Case:
        """Return a client whose session may begin; the lots are the clinic's, entered once."""
        first: Case | None = next((one for one in self.rows.values() if isinstance(one, Case)), None)
        if first is None:
            return ready(client, self.member())
        intake, test = sign_answers(client, ON), read_test(client)
        course = plans.open_course(client, self.member())
        plan = plans.plan_course(course, intake, self.member(), ON)
        return Case(client, self.member(), intake, test, course, plan, consent(course, plan), first.lots)

    def post(
        self, route: str, args: list[Any], values: dict[str, Any], of: str = "", role: Role = Role.PHYSICIAN
    ) -> int:
        """Send a form as the page would; return what was answered."""
        client = Client.objects.get(pk=self.clients[of].pk) if of else None
        parts = [client.pk, *args] if client is not None and role is not Role.LINK else args
        answer = sent(self.browsers[role], reverse(route, args=parts), values, client)
        if answer.status_code == 422:
            print(answer.text)
        return int(answer.status_code)


@dataclass(frozen=True)
class Write:
    """One write.

    Attributes:
        route: Name of the route, "" for a command of whoever runs the server.
        do: Does it and returns the status of the answer.
        again: For what is done in several steps, each whole by itself: goes on after a kill, and returns what is not as
        it should be then.
    events: Events of the audit that it writes.
    """

    route: str
    do: Callable[[World], int]
    again: Callable[[World], list[str]] | None = None
    events: int = 1
    writes: bool = True


def form(
    route: str,
    of: str = "",
    args: Callable[[World], list[Any]] | None = None,
    by: Role = Role.PHYSICIAN,
    /,
    **values: Any,
) -> Write:
    """Return the write of a form; what depends on the world is given as a function of it."""

    def do(world: World) -> int:
        parts = [getattr(one, "pk", one) for one in (args(world) if args else [])]
        typed = {name: value(world) if callable(value) else value for name, value in values.items()}
        return world.post(route, parts, typed, of, by)

    return Write(route, do)


def version(row: str) -> Callable[[World], int]:
    """Return what gives the version of a row as it stands."""

    def give(world: World) -> int:
        one = world.rows[row]
        return int(type(one).objects.get(pk=one.pk).version)

    return give


def step(name: str) -> Write:
    """Return the write of a step of a session."""

    def do(world: World) -> int:
        session = world.rows["begun session"]
        typed = fields_of(world.rows["begun"], session)[name]
        return world.post("session_step", [session.pk, name], {"version": session.version, **typed}, "begun")

    return Write("session_step", do)


def _correct(world: World) -> int:
    session = world.rows["treated session"]
    typed = {key: value for part in fields_of(world.rows["treated"], session).values() for key, value in part.items()}
    return world.post("session_correct", [session.pk], {**typed, "why": "The time was another."}, "treated")


def _photo(world: World) -> int:
    file = SimpleUploadedFile("photo.jpg", encoded(nobody(320, 400)), "image/jpeg")
    return world.post("photo_new", [], {"view": "front", "photo": file}, "planned")


def _open_link(world: World) -> int:
    return int(Browser().post(reverse("form_open", args=[world.secret])).status_code)


def _language(world: World) -> int:
    return int(world.browsers[Role.PHYSICIAN].post(reverse("language"), {"language": "ru"}).status_code)


def _stay(world: World) -> int:
    return int(world.browsers[Role.PHYSICIAN].post(reverse("stay")).status_code)


def _other_clinic(world: World) -> int:
    answer = world.rows["both"].post(reverse("clinic_choose"), {"member": str(world.rows["elsewhere"].pk)})
    return int(answer.status_code)


def _read(world: World) -> int:
    path = reverse("client", args=[world.clients["planned"].pk])
    return int(world.browsers[Role.PHYSICIAN].get(path).status_code)


def _rescreen(world: World) -> int:
    Plan.objects.update(affected=["unreadable"])
    rescreen(start_rescreening(world.clinic, world.member(Role.OWNER)))
    return 200


def _rescreen_again(world: World) -> list[str]:
    stopped = list(Rescreening.objects.filter(finished_at=None))
    wrong = [f"{one.done} of {one.total}" for one in stopped if one.done > one.total]
    Rescreening.objects.filter(finished_at=None).update(beat_at=LONG_AGO)
    run = start_rescreening(world.clinic, world.member(Role.OWNER))
    rescreen(run)
    left = Plan.objects.filter(affected=["unreadable"]).count()
    return wrong + ([] if run.done == run.total and not left else [f"{left} plans were not looked at"])


def _rotate(_world: World) -> int:
    rotate.add_key()
    rotate.reseal()
    return 200


def _rotate_again(_world: World) -> list[str]:
    rotate.reseal()
    current = settings.KEYS.current
    wrong = [f"vault {key}" for key in vault.every_key() if vault.sealed_with(key) != current]
    for model, column in sealed_columns():
        stored = model._base_manager.exclude(**{column: None}).values_list(column, flat=True)
        wrong += [f"{model.__name__}.{column}" for one in stored if key_number(bytes(one)) != current]
        for row in model._base_manager.all():
            getattr(row, column.removesuffix("_sealed"))  # opens, or says that it does not
    wrong += [f"a copy of the keys: {one.name}" for one in Path(settings.HOME).glob(".keys.json.*") if current > 2]
    return wrong


def _backup(_world: World) -> int:
    make_backup()
    return 200


def _backup_again(_world: World) -> list[str]:
    for one in folder().glob("2*Z"):
        verify_backup(one)
    for one in folder().glob(".2*"):
        os.utime(one, (0, 0))
    verify_backup(make_backup(folder() / "20300101T000000.000000Z"))
    return [f"left of a killed backup: {one.name}" for one in folder().glob(".*")]


def _new_clinic(_world: World) -> int:
    make_clinic("Another", folder="example", time_zone="UTC", language="en", owner="another")
    return 200


def _course(name: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.rows[name].course]


def _row(*names: str) -> Callable[[World], list[Any]]:
    return lambda world: [world.rows.get(name, name) for name in names]


def _course_version(world: World) -> int:
    return int(world.rows["planned"].course.version)


LOT = {"what": "product:example-revital", "called": "", "gtin": "", "received_on": DAY, "unit": "ml"}
NEW_LOT = {**LOT, "lot": "EX-0002", "expires_on": "2027-06-30", "amount": "10"}
CHANGED_LOT = {**LOT, "lot": "EX-0001", "expires_on": "2027-12-31", "amount": "9"}
SIGNED = {"signed_as": "Maria Example", "typed": "on"}
EVENT = {"found": "event", "what": "necrosis", "severity": "serious", "resolved": "no", "onset": DAY}
GOES_ON = {"what": "redness", "severity": "mild", "resolved": "no", "onset": DAY, "why": "It is still there."}
SCORE = {"found": "nothing", "scale": "gais", "value": "2", "role": "self"}
MEMBER = {"first_name": "A", "last_name": "B", "username": "a-b", "role": "assistant"}

WRITES: dict[str, Write] = {
    "a client is entered": form("client_new", name="A B", identifier="N-1", language="en", telephone="+49 30 1"),
    "a client is changed": form(
        "client_change", "new", name="C D", identifier="NEW", language="en", version=1, birth_date="1984-03-12"
    ),
    "asking is begun": form("intake_begin", "new"),
    "a missing question is opened": form("intake_ask", "screened", lambda _: ["epilepsy"]),
    "an answer is kept": form(
        "intake_answer", "asked", lambda world: [world.rows["draft"], "diabetes"], value="no", version=0
    ),
    "earlier answers are confirmed": form(
        "intake_confirm", "again", lambda world: [world.rows["again"], "health"], shown=["diabetes", "epilepsy"]
    ),
    "answers are signed": form("intake_sign", "again", _row("again"), name="Maria Example", version=version("again")),
    "a draft is thrown away": form("intake_discard", "asked", _row("draft")),
    "a tablet is handed over": form("intake_hand_over", "asked", _row("draft")),
    "a link is made": form("intake_link", "asked", _row("draft")),
    "links are closed": form("intake_link_close", "waiting", lambda world: [world.rows["link"].intake]),
    "a link is opened": Write("form_open", _open_link),
    "a client answers": form("form_answer", "linked", lambda _: ["diabetes"], Role.LINK, value="no", version=0),
    "a client confirms": form(
        "form_confirm", "linked", lambda _: ["health"], Role.LINK, shown=["diabetes", "epilepsy"]
    ),
    "a client signs": form("form_sign", "linked", None, Role.LINK, name="Linked", version=version("linked")),
    "an allergy test is placed": form("allergy_tests", "asked", product="example-revital", method="topical", day=DAY),
    "an allergy test is read": form("allergy_reading", "new", _row("test"), day=DAY, result="negative", version=1),
    "a client is screened": form("screening", "planned"),
    "a doctor decides": form(
        "decide",
        "screened",
        lambda world: [world.rows["screened"], "diabetes.yes"],
        answer="yes",
        reason="Stable.",
        valid_until="2026-12-20",
        name="P",
    ),
    "a decision is withdrawn": form("decision_withdraw", "decided", _row("decision")),
    "photos are agreed to": form("photo_consent", "planned", None, record="yes", publication="no", **SIGNED),
    "photos are agreed to no more": form("photo_consent_withdraw", "planned"),
    "a photo is kept": Write("photo_new", _photo),
    "a photo's side is confirmed": form("photo", "planned", _row("planned photo"), mirrored="no"),
    "a photo is deleted": form("photo_delete", "planned", _row("planned photo"), reason="other_person", note="x"),
    "a course is opened": form("course_new", "planned", technique=""),
    "a course is planned anew": form("course_replan", "planned", _course("planned")),
    "a course is changed": form(
        "course_choose", "planned", _course("planned"), technique="classical_injection", version=_course_version
    ),
    "a course's photo is chosen": form(
        "course_photo", "planned", _course("planned"), photo="", version=_course_version
    ),
    "a session is moved": form(
        "course_move",
        "planned",
        lambda world: [world.rows["planned"].course, 2],
        day="2026-12-14",
        version=_course_version,
    ),
    "a treatment is agreed to": form("course_consent", "planned", _course("planned"), **SIGNED),
    "a treatment is agreed to no more": form("course_consent_withdraw", "planned", _course("planned")),
    "a session is begun": form("session_start", "planned", _course("planned")),
    **{f"a session's step {name}": step(name) for name in ("identity", "before", "skin", "work", "finish")},
    "a session is abandoned": form(
        "session_abandon", "begun", _row("begun session"), why="The client is ill.", version=version("begun session")
    ),
    "a session is signed": form("session_sign", "ended", _row("ended session"), version=version("ended session")),
    "a session is corrected": Write("session_correct", _correct),
    "an outcome is entered": form("outcome_new", "treated", _row("treated session"), **SCORE),
    "a follow-up is done": form("follow_up", "reacted", lambda world: [_due(world)], **EVENT),
    "an event goes on": form("event", "reacted", lambda world: [_event(world)], **GOES_ON),
    "a lot is entered": form("lot_new", **NEW_LOT),
    "a lot is changed": form("lot_change", "", lambda world: [_lot(world)], version=1, **CHANGED_LOT),
    "a lot is blocked": form("lot_block", "", lambda world: [_lot(world)], why="recalled", version=1),
    "a re-screening is begun": form("rescreenings", "", None, Role.OWNER),
    "somebody begins to work here": form("member_new", "", None, Role.OWNER, **MEMBER),
    "somebody's role is changed": form(
        "member_change", "", lambda world: [world.member(Role.ASSISTANT)], Role.OWNER, role="physician", active="on"
    ),
    "somebody gets a new first password": form(
        "member_password", "", lambda world: [world.member(Role.ASSISTANT)], Role.OWNER
    ),
    "somebody's second factor is removed": form(
        "member_factors", "", lambda world: [world.rows["factors"]], Role.OWNER
    ),
    "a client is erased": form(
        "client_erase", "gone", None, Role.OWNER, retention="elapsed", reason="asked", identifier="GONE"
    ),
    "another clinic is chosen": Write("clinic_choose", _other_clinic, events=2, writes=False),
    "somebody stays logged in": Write("stay", _stay, writes=False),
    "the language is changed": Write("language", _language, events=0),
    "a page is read": Write("", _read, writes=False),
    "open plans are screened again": Write("", _rescreen, _rescreen_again, 0),
    "the keys are changed": Write("", _rotate, _rotate_again, 0),
    "a backup is made": Write("", _backup, _backup_again, 0, writes=False),
    "a clinic is made": Write("", _new_clinic, events=0),
}


def _due(world: World) -> Any:
    return world.rows["reacted session"].follow_ups.first()


def _event(world: World) -> Any:
    return world.rows["reacted session"].adverse_events.first()


def _lot(world: World) -> Any:
    return world.rows["planned"].lots["product"]

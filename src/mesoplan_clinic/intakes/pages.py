"""The pages of a form: the same for staff who ask and for a client who fills it in alone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django_htmx.http import reswap, retarget, trigger_client_event

from mesoplan.intake.interview import Interview
from mesoplan_clinic.accounts.access import seen_version
from mesoplan_clinic.accounts.request import AnyRequest
from mesoplan_clinic.core import knowledge_of
from mesoplan_clinic.intakes import services
from mesoplan_clinic.intakes.interview import GOALS, GOALS_GROUP
from mesoplan_clinic.intakes.models import AlreadySigned, Intake
from mesoplan_clinic.intakes.services import ChangedMeanwhile, Kept, NotAnAddition, Who
from mesoplan_clinic.intakes.shown import Page, Shown
from mesoplan_clinic.intakes.signing import NotSigned, signature_in
from mesoplan_clinic.intakes.typed import Sent, TooMuch, goals_in, raw_of, sent_in
from mesoplan_clinic.kernel.locking import Stale


@dataclass(frozen=True)
class Desk:
    """Where a form is filled in, and by whom.

    Attributes:
        intake: The form.
        base: Address of its pages.
        who: Who fills it in.
        linked: Whether it is the client, alone with the form.
    """

    intake: Intake
    base: str
    who: Who
    linked: bool = False

    def of(self, intake: Intake) -> Desk:
        """Return it with the intake as it stands now."""
        return replace(self, intake=intake)

    def context(self, **more: Any) -> dict[str, Any]:
        """Return what every template needs."""
        return {"intake": self.intake, "base": self.base, "linked": self.linked, **more}


def group(request: AnyRequest, desk: Desk, name: str) -> HttpResponse:
    """Show one group of questions; of a signed intake there is none to show."""
    if not desk.intake.is_open:
        return redirect(desk.base)
    shown = Page(desk.intake)
    groups = shown.groups()
    names = [one["id"] for one in groups]
    if name not in names:
        if name in shown.wording.knowledge.groups:
            return redirect(f"{desk.base}sign/" if not names else f"{desk.base}group/{names[0]}/")
        raise Http404
    place = names.index(name)
    questions = shown.questions(name)
    context = desk.context(
        groups=groups,
        here=groups[place],
        number=place + 1,
        before=names[place - 1] if place else "",
        after=names[place + 1] if place + 1 < len(names) else "",
        open_questions=[one for one in questions if one.mode != "known"],
        known=[one for one in questions if one.mode == "known"],
        confirmable=len([one for one in questions if one.mode == "known" and one.applies]),
        earlier_on=None if desk.intake.based_on is None else desk.intake.based_on.visit_date,
        sections=shown.zone_sections(),
    )
    return render(request, "intakes/group.html", context)


def answer(request: AnyRequest, desk: Desk, name: str) -> HttpResponse:
    """Keep one answer as it was typed; a stale one is answered by 409 with both."""
    question = knowledge_of(desk.intake.client.clinic).questions.get(name)
    if question is None and name != GOALS:
        raise Http404
    seen, same = seen_version(request), "same" in request.POST
    request.event.note(question=name)
    sent = Sent()
    try:
        if same:
            kept = services.confirm(desk.intake, [name], desk.who, seen)
        elif question is None:
            before = desk.intake.answers.get(GOALS, [])
            kept = services.keep_goals(
                desk.intake, seen, goals_in(request.POST, before, by_staff=not desk.linked), desk.who
            )
        else:
            sent = sent_in(request.POST)
            kept = services.keep_answer(desk.intake, question, seen, sent, desk.who)
    except (AlreadySigned, NotAnAddition, TooMuch) as error:
        return _refused(request, desk, name, error)
    except ChangedMeanwhile as error:
        return _conflict(request, desk.of(error.intake), name, sent)
    request.event.note(version=kept.version, usable=not kept.problems)
    return _kept(request, desk.of(kept.intake), name, kept, whole=same)


def _shown(page: Page, name: str) -> Shown:
    return page.goals() if name == GOALS else page.question(page.wording.knowledge.questions[name])


def _group_of(page: Page, name: str) -> str:
    return GOALS_GROUP if name == GOALS else page.wording.knowledge.questions[name].group


def _kept(request: AnyRequest, desk: Desk, name: str, kept: Kept, *, whole: bool) -> HttpResponse:
    shown = Page(desk.intake)
    here = _group_of(shown, name)
    if not request.htmx:
        return redirect(f"{desk.base}group/{here}/#q-{name}")
    context = desk.context(question=_shown(shown, name), saved=True)
    if whole:
        response = render(request, "intakes/question.html", context)
        response = reswap(retarget(response, f"#q-{name}"), "outerHTML")
    else:
        response = render(request, "intakes/state.html", context)
    hidden = [one.id for one in shown.asking.in_group(here) if one.id not in shown.asking.applying]
    return trigger_client_event(response, "asked", {"hidden": hidden, "open": shown.asking.still_open()})


def _conflict(request: AnyRequest, desk: Desk, name: str, sent: Sent) -> HttpResponse:
    """Show what somebody else answered beside what was typed here; nothing was overwritten."""
    shown = Page(desk.intake)
    question = _shown(shown, name)
    goals = desk.intake.answers.get(GOALS, [])
    theirs = shown.said_goals(goals) if name == GOALS else shown.wording.say.answer(name, shown.core)
    mine = "" if name == GOALS else said(shown, name, sent)
    context = desk.context(question=question, theirs=theirs, mine=mine, group=_group_of(shown, name), conflict=True)
    if not request.htmx:
        context |= {"fields": [(key, one) for key in request.POST for one in request.POST.getlist(key)]}
        context["own"] = ("csrfmiddlewaretoken", "patient", "version")
    template = "intakes/state.html" if request.htmx else "intakes/conflict.html"
    return render(request, template, context, status=409)


def said(shown: Page, name: str, sent: Sent) -> str:
    """Return what stands in a form in words; as it was typed where it cannot be used."""
    question = shown.wording.knowledge.questions[name]
    raw = raw_of(question, sent)
    if raw is None or services.problems_of(shown.intake, question, raw):
        return sent.text.strip() or sent.value or "–"
    asked = Interview(shown.wording.knowledge, shown.intake.visit_date, lambda *_: True, {name: raw})
    return shown.wording.say.answer(name, replace(shown.core, answers=asked.parsed()))


def _refused(request: AnyRequest, desk: Desk, name: str, error: Exception) -> HttpResponse:
    why = {
        AlreadySigned: _("These answers are signed and stay as they are. Nothing was changed."),
        NotAnAddition: _(
            "The client has signed another answer. An addition only says what was not known: to change an answer, "
            "ask again at a new visit. Nothing was changed."
        ),
        TooMuch: _("This is far too much text for an answer. Nothing of it was saved: shorten it."),
    }[type(error)]
    status = 422 if isinstance(error, TooMuch) else 409
    if request.htmx:
        question = _shown(Page(Intake.objects.get(pk=desk.intake.pk)), name)
        return render(request, "intakes/state.html", desk.context(question=question, refused=why), status=status)
    return refusal(request, desk, why, status)


def refusal(request: AnyRequest, desk: Desk, why: str, status: int = 409) -> HttpResponse:
    """Answer with a page that says why nothing was changed."""
    return render(request, "intakes/refused.html", desk.context(why=why), status=status)


def confirm(request: AnyRequest, desk: Desk, name: str) -> HttpResponse:
    """Take over the earlier answers of a group that were shown, and go on."""
    shown = Page(desk.intake)
    names = [one["id"] for one in shown.groups()]
    if name not in names:
        raise Http404
    may = shown.asking.confirmable(name)
    goals = shown.goals() if shown.has_goals(name) else None
    may += [GOALS] if goals is not None and goals.mode == "known" else []
    wanted = [one for one in may if one in request.POST.getlist("shown")]
    try:
        kept = services.confirm(desk.intake, wanted, desk.who)
    except AlreadySigned:
        return refusal(request, desk, _("These answers are signed and stay as they are. Nothing was changed."))
    request.event.note(confirmed=wanted, version=kept.version)
    now = Page(kept.intake)
    counts, names = now.asking.still_open(), now.asking.groups()
    if counts.get(name):
        return redirect(f"{desk.base}group/{name}/")
    place = names.index(name) + 1 if name in names else 0
    return redirect(f"{desk.base}group/{names[place]}/" if place < len(names) else f"{desk.base}sign/")


def review(request: AnyRequest, desk: Desk, **more: Any) -> HttpResponse:
    """Show everything that will be signed, and what is still not known."""
    shown = Page(desk.intake)
    groups = shown.groups()
    context = desk.context(
        groups=groups,
        answers=shown.answers(),
        added=shown.added(),
        unanswered=sum(one["open"] for one in groups),
        unusable=[_shown(shown, name) for name in shown.asking.typed if name in shown.asking.applying or name == GOALS],
        last=groups[-1]["id"] if groups else "",
        version=desk.intake.version,
    )
    status = more.pop("status", 200)
    return render(request, "intakes/sign.html", context | more, status=status)


def sign(request: AnyRequest, desk: Desk) -> HttpResponse | Intake:
    """Sign what was shown; return the signed intake, or the page that says what is missing."""
    post, by_practitioner = request.POST, desk.intake.is_addition
    try:
        name = desk.intake.client.name
        signature = None if by_practitioner else signature_in(post.get("drawn", ""), post.get("name", ""), name)
        return services.sign(desk.intake, seen_version(request), signature, desk.who)
    except NotSigned as error:
        return review(request, desk, wrong=str(error), typed_name=post.get("name", "")[:200], status=422)
    except AlreadySigned:
        return refusal(request, desk, _("These answers are signed already. Nothing was changed."))
    except Stale as stale:
        now = desk.of(Intake.objects.get(pk=stale.theirs.pk))
        changed = _("Answers changed after this page was shown. Read them again, then sign.")
        return review(request, now, wrong=changed, status=409)

"""The pages of screening: screen, read the verdict with what it rests on, decide where a doctor decides."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from mesoplan import ProblemError
from mesoplan.report.findings import Group
from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.models import Decision
from mesoplan_clinic.intakes.selectors import latest_signed, open_intake
from mesoplan_clinic.intakes.signing import NotSigned, Signed, signature_in
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.core_words import lines
from mesoplan_clinic.kernel.days import DayField
from mesoplan_clinic.screenings import decisions, services
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.screenings.shown import Shown, answers_then, stale_reason


@page(see=May.SEE_CLIENTS, act=May.SCREEN, client=Client)
def screening(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show the newest screening, verdict first; screen again."""
    if request.method == "POST":
        return _screen(request, client)
    row = services.latest(client)
    if row is None:
        signed = latest_signed(client)
        return render(request, "screenings/none.html", {"signed": signed, "open": open_intake(client)})
    return _show(request, client, row)


def _screen(request: ClinicRequest, client: Client) -> HttpResponse:
    intake = latest_signed(client)
    if intake is None:
        return render(request, "screenings/none.html", {"signed": None, "open": open_intake(client)}, status=409)
    try:
        row = services.screen(intake, request.member, clock.today(client.clinic))
    except ProblemError as error:
        return render(request, "screenings/unusable.html", {"problems": lines(error.problems)}, status=422)
    request.event.note(screening=str(row.pk))
    return redirect("screening", client=client.pk)


@page(see=May.SEE_CLIENTS, client=Client, screening=Screening)
def screening_kept(request: ClinicRequest, client: Client, screening: Screening) -> HttpResponse:
    """Show an earlier screening."""
    return _show(request, client, screening)


def _show(request: ClinicRequest, client: Client, row: Screening) -> HttpResponse:
    shown = Shown(row, answers_then(row))
    stale = stale_reason(row, clock.today(client.clinic))
    context = {
        "row": row,
        "shown": shown,
        "stale": stale,
        "newest": services.latest(client) == row,
        "earlier": client.screenings.exclude(pk=row.pk)[:10],
        "open": open_intake(client),
        "withdrawn": Decision.objects.filter(client=client).exclude(withdrawn_at=None),
    }
    return render(request, "screenings/screening.html", context)


class DecisionForm(forms.Form):
    """A doctor's decision."""

    answer = forms.ChoiceField(
        label=gettext_lazy("May it be done?"),
        choices=[
            ("yes", gettext_lazy("yes")),
            ("conditions", gettext_lazy("yes, on conditions")),
            ("no", gettext_lazy("no")),
        ],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason, and the conditions where there are any"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("It is printed word for word on the plan and the session sheet."),
    )
    valid_until = DayField(
        label=gettext_lazy("Valid until, that day counted"),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        """Keep the clinic's date."""
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_reason(self) -> str:
        """Return the reason in one line, as the papers print it."""
        return " ".join(str(self.cleaned_data["reason"]).split())

    def clean_valid_until(self) -> date | None:
        """Return the last day; one that is over is refused."""
        day: date | None = self.cleaned_data["valid_until"]
        if day is not None and day < self.today:
            raise forms.ValidationError(
                _("%(day)s is over: choose today or a later day."), params={"day": date_format(day, "j E Y")}
            )
        return day


@page(see=May.DECIDE, act=May.DECIDE, client=Client, screening=Screening)
def decide(request: ClinicRequest, client: Client, screening: Screening, finding: str) -> HttpResponse:
    """Decide on one finding, having proved again who one is."""
    found = services.found_in(screening)
    try:
        decisions.check_decidable(found, finding)
    except decisions.NotADoctorsFinding:
        raise Http404 from None
    if request.method != "POST" and not did_recently_reauthenticate(request):
        return suspend_request(request, reverse("account_reauthenticate"))
    form = DecisionForm(request.POST or None, today=clock.today(client.clinic))
    wrong = ""
    if request.method == "POST":
        signature, wrong = _signature(request)
        if form.is_valid() and signature is not None:
            return _decided(request, client, screening, finding, form, signature)
    group = Group((found.finding(finding),))
    shown = Shown(screening, answers_then(screening)).finding(group)
    context = {
        "form": form,
        "finding": shown,
        "row": screening,
        "wrong": wrong,
        "typed_name": request.POST.get("name", ""),
    }
    return render(request, "screenings/decide.html", context, status=422 if request.method == "POST" else 200)


def _signature(request: ClinicRequest) -> tuple[Signed | None, str]:
    """Return the doctor's signature, or why there is none; without a fresh proof of who signs there is none."""
    if not did_recently_reauthenticate(request):
        return None, _(
            "More than five minutes have passed since you confirmed who you are. Open “Confirm it is you” in a new "
            "tab, enter your password or second factor, come back and send this again: nothing you typed is lost."
        )
    try:
        name = request.member.user.shown_name
        return signature_in(request.POST.get("drawn", ""), request.POST.get("name", ""), name), ""
    except NotSigned as error:
        return None, str(error)


def _decided(
    request: ClinicRequest, client: Client, row: Screening, finding: str, form: DecisionForm, signature: Signed
) -> HttpResponse:
    data = form.cleaned_data
    try:
        decision = decisions.decide(
            client,
            request.member,
            services.found_in(row),
            finding,
            answer=data["answer"],
            reason=data["reason"],
            valid_until=data["valid_until"],
            signature=signature,
        )
    except ProblemError as error:
        return render(request, "screenings/unusable.html", {"problems": lines(error.problems)}, status=422)
    request.event.note(decision=str(decision.pk), finding=finding, valid_until=str(data["valid_until"]))
    messages.success(request, _("The decision is kept. The client was screened again with it."))
    return _screen(request, client)


@page(act=May.DECIDE, client=Client, decision=Decision)
def decision_withdraw(request: ClinicRequest, client: Client, decision: Decision) -> HttpResponse:
    """Withdraw a decision, having proved again who one is."""
    if not did_recently_reauthenticate(request):
        back = reverse("screening", args=[client.pk])
        messages.warning(request, _("Confirm who you are first, then withdraw the decision."))
        return redirect(f"{reverse('account_reauthenticate')}?next={back}")
    decisions.withdraw(decision, request.member)
    request.event.note(finding=decision.finding)
    messages.success(request, _("The decision is withdrawn. The client was screened again without it."))
    return _screen(request, client)

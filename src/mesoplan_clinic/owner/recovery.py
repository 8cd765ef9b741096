"""A colleague who cannot log in: a new first password, or a lost second factor removed, by the owner.

Either would open the data of every clinic that the colleague works in, so nobody is helped here who works elsewhere
too; and whoever does it proves again who they are.
"""

from __future__ import annotations

from typing import Any

from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate, suspend_request
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.models import Member, User
from mesoplan_clinic.accounts.passwords import give_first_password, remove_second_factors
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May


@page(see=May.RECOVER_MEMBERS, act=May.RECOVER_MEMBERS, who=Member)
def member_password(request: ClinicRequest, who: Member) -> HttpResponse:
    """Give a colleague a new first password, shown once; their sessions end."""
    answer = _not_yet(request, who, "password")
    if answer is not None:
        return answer
    user = User.objects.select_for_update().get(pk=who.user_id)
    password = give_first_password(user)
    request.event.note(member=str(who.pk))
    return render(request, "owner/password.html", {"made": who, "password": password})


@page(see=May.RECOVER_MEMBERS, act=May.RECOVER_MEMBERS, who=Member)
def member_factors(request: ClinicRequest, who: Member) -> HttpResponse:
    """Remove a colleague's second factors and passkeys; their sessions end."""
    answer = _not_yet(request, who, "factors")
    if answer is not None:
        return answer
    user = User.objects.select_for_update().get(pk=who.user_id)
    request.event.note(member=str(who.pk), removed=remove_second_factors(user))
    text = _("Removed. %(name)s logs in by name and password and sets up a second factor anew.")
    messages.success(request, text % {"name": who.user.shown_name})
    return redirect("team")


def _not_yet(request: ClinicRequest, who: Member, what: str) -> HttpResponse | None:
    """Return the page to show instead: refused, asked to confirm, or asked whether it is meant; None: do it."""
    sent, refused, wrong = request.method == "POST", why_not(who, request.member), ""
    if not refused and not did_recently_reauthenticate(request):
        if not sent:
            return suspend_request(request, reverse("account_reauthenticate"))
        wrong = _(
            "More than five minutes have passed since you confirmed who you are. Confirm it, then come back here: "
            "nothing was changed."
        )
    if sent and not refused and not wrong:
        return None
    if sent:
        request.event.note(refused="member" if refused else "not confirmed")
    context: dict[str, Any] = {"who": who, "what": what, "refused": refused, "wrong": wrong}
    return render(request, "owner/recovery.html", context, status=422 if sent else 200)


def why_not(who: Member, by: Member) -> str:
    """Return why somebody is not helped here, in words; "" where they are."""
    name = {"name": who.user.shown_name}
    if who.user_id == by.user_id:
        return _("This is you: change your own password and second factors on the page of your account.")
    if not who.active:
        return _("%(name)s does not work here any more.") % name
    if Member.objects.filter(user=who.user_id, active=True).exclude(clinic=who.clinic_id).exists():
        return (
            _(
                "%(name)s works in another clinic on this server too, whose data would be opened by this. "
                "Only whoever runs the server can help."
            )
            % name
        )
    return ""

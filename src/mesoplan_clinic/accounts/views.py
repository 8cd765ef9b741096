"""The start page, the language, and who works in the clinic."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from mesoplan_clinic.accounts import ending
from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.middleware import choose
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May, may
from mesoplan_clinic.audit.chain import Event, append


@page(see=May.BE_HERE)
def start(request: ClinicRequest) -> HttpResponse:
    """Go to where the day's work is: the clients, or the audit for an auditor."""
    return redirect("clients" if may(request.member.role, May.SEE_CLIENTS) else "audit")


@page(see=May.BE_HERE)
def account(request: ClinicRequest) -> HttpResponse:
    """Show one's own account."""
    return render(request, "accounts/account.html")


@page(see=May.BE_HERE, act=May.BE_HERE)
def clinic_choose(request: ClinicRequest) -> HttpResponse:
    """Say in which clinic one works now; both clinics' logs hold it, and forms opened before are refused."""
    own = request.member
    back = _safe(request, request.POST.get("next") or request.GET.get("next", ""))
    wanted = request.POST.get("member", "")
    chosen = next((one for one in (own, *own.elsewhere) if str(one.pk) == wanted), None)
    if chosen is None:
        error = request.method == "POST"
        return render(request, "accounts/clinic.html", {"next": back, "error": error}, status=422 if error else 200)
    if chosen is own:
        request.event.note(entered=True)
    else:
        request.event.note(**{"elsewhere" if own.must_choose else "left": True})
        append(chosen, Event("clinic_choose", "POST", detail={"entered": True}).about({}, 302))
    choose(request, chosen)
    return HttpResponseRedirect(back if own.must_choose or chosen is own else "/")


@page(act=May.BE_HERE)
def stay(request: ClinicRequest) -> JsonResponse:
    """Stay logged in: somebody is still at a page that they have not sent yet. It changes nothing else."""
    ending.renew(request)
    now = ending.ending(request)
    return JsonResponse({} if now is None else {"left": now.left, "most": now.most})


def _safe(request: HttpRequest, address: str) -> str:
    """Return where to go on, the start where that is no page of this server."""
    own = url_has_allowed_host_and_scheme(address, {request.get_host()}, require_https=request.is_secure())
    return address if own else "/"


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages; for a user, from now on."""
    code = request.POST.get("language", "")
    response = HttpResponseRedirect(_safe(request, request.POST.get("next", "/")))
    if code in dict(settings.LANGUAGES):
        translation.activate(code)
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, code, samesite="Lax", secure=settings.SECURE)
        if request.user.is_authenticated:
            request.user.language = code
            request.user.save(update_fields=["language"])
    return response


@login_not_required
@require_GET
def no_mail(request: HttpRequest) -> HttpResponse:
    """Say who helps with a forgotten password: this server sends no mail."""
    return render(request, "account/by_the_owner.html")


@login_not_required
@require_GET
def health(request: HttpRequest) -> JsonResponse:
    """Tell a monitor that the server answers and the database can be read."""
    from mesoplan_clinic.accounts.models import Clinic

    return JsonResponse({"answers": True, "clinics": Clinic.objects.count() > 0})

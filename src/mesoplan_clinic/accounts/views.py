"""The start page, the language, and who works in the clinic."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_GET, require_POST

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.roles import May, may


@page(see=May.BE_HERE)
def start(request: HttpRequest) -> HttpResponse:
    """Go to where the day's work is: the clients, or the audit for an auditor."""
    return redirect("clients" if may(request.member.role, May.SEE_CLIENTS) else "audit")


@page(see=May.BE_HERE)
def account(request: HttpRequest) -> HttpResponse:
    """Show one's own account."""
    return render(request, "accounts/account.html")


@login_not_required
@require_POST
def language(request: HttpRequest) -> HttpResponse:
    """Change the language of the pages; for a user, from now on."""
    code = request.POST.get("language", "")
    back = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = "/"
    response = HttpResponseRedirect(back)
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

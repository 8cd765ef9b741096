"""The pages of the owner: figures, re-screening, members, data taken out, clients erased."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.models import Member, User
from mesoplan_clinic.accounts.passwords import first_password
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import TABLE, May, Role
from mesoplan_clinic.audit.minutes import minutes
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.owner import data_rights, figures, rescreen, tables
from mesoplan_clinic.owner.figures import claimed_rate, complications
from mesoplan_clinic.owner.forms import EraseForm, MemberForm, RoleForm
from mesoplan_clinic.stock.selectors import expired_or_soon

_ROWS = 100
_COURSES = 20
_LOTS = 8


@page(see=May.RUN_CLINIC)
def owner(request: ClinicRequest) -> HttpResponse:
    """Show the clinic at a glance."""
    clinic = request.member.clinic
    lots = expired_or_soon(clinic, clock.today(clinic))
    context = {
        "lots": lots[:_LOTS],
        "more_lots": len(lots[_LOTS:]),
        "complications": complications(clinic),
        "claimed": claimed_rate(clinic, get_language() or "en"),
        "run": clinic.rescreenings.first(),
    }
    return render(request, "owner/owner.html", context)


@page(see=May.RUN_CLINIC, act=May.RUN_CLINIC)
def rescreenings(request: ClinicRequest) -> HttpResponse:
    """Start a re-screening of all open plans, or show the last one with whom it concerns."""
    clinic = request.member.clinic
    if request.method == "POST":
        rescreen.start(clinic, request.member)
        return redirect("rescreenings")
    run = clinic.rescreenings.first()
    still = run is not None and run.finished_at is None
    stuck = run is not None and still and clock.now() - run.beat_at > rescreen.INTERRUPTED_AFTER
    affected = [] if still or run is None else rescreen.affected_plans(clinic)
    request.event.note(affected=len(affected))
    context = {"run": run, "under_way": still and not stuck, "stuck": stuck, "affected": affected}
    template = "owner/progress.html" if request.htmx and still and not stuck else "owner/rescreenings.html"
    return render(request, template, context)


@page(see=May.RUN_CLINIC)
def covers(request: ClinicRequest) -> HttpResponse:
    """Show client by client what was planned, what was delivered, and what it comes to together."""
    rows = figures.treated_courses(request.member.clinic)
    shown = Paginator(rows, _COURSES).get_page(request.GET.get("page"))
    found = [figures.cover_of(one) for one in shown]
    request.event.note(clients=[str(one["course"].client_id) for one in found])
    return render(request, "owner/covers.html", {"rows": shown, "found": found})


@page(see=May.RUN_CLINIC)
def everything_csv(request: ClinicRequest) -> HttpResponse:
    """Give everything of the clinic as CSV files."""
    response = HttpResponse(tables.archive(request.member.clinic), content_type="application/zip")
    response["Content-Disposition"] = 'attachment; filename="clinic-csv.zip"'
    return response


@page(see=May.MANAGE_MEMBERS)
def team(request: ClinicRequest) -> HttpResponse:
    """Show who works here, and what each role may do."""
    members = Member.objects.filter(clinic=request.member.clinic).select_related("user").order_by("-active", "role")
    roles = [role for role in Role if role is not Role.LINK]
    table = [(what.value, [role in TABLE[what] for role in roles]) for what in May if what is not May.FILL_LINKED_FORM]
    return render(request, "owner/team.html", {"members": members, "roles": roles, "table": table})


@page(see=May.MANAGE_MEMBERS, act=May.MANAGE_MEMBERS)
def member_new(request: ClinicRequest) -> HttpResponse:
    """Let somebody work here; the first password of somebody new is shown once."""
    form = MemberForm(request.POST or None, clinic=request.member.clinic)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        if form.user is not None:
            made = Member.objects.create(user=form.user, clinic=request.member.clinic, role=said["role"])
            request.event.note(member=str(made.pk), role=made.role)
            messages.success(request, _("%(name)s works here from now on.") % {"name": form.user.shown_name})
            return redirect("team")
        password = first_password()
        names = {name: said[name] for name in ("first_name", "last_name")}
        user = User.objects.create_user(said["username"], password=password, must_choose_password=True, **names)
        made = Member.objects.create(user=user, clinic=request.member.clinic, role=said["role"])
        request.event.note(member=str(made.pk), role=made.role)
        return render(request, "owner/password.html", {"made": made, "password": password})
    return render(request, "owner/member_new.html", {"form": form}, status=422 if form.is_bound else 200)


@page(see=May.MANAGE_MEMBERS, act=May.MANAGE_MEMBERS, who=Member)
def member_change(request: ClinicRequest, who: Member) -> HttpResponse:
    """Change what somebody is here; the last owner stays one."""
    form = RoleForm(request.POST or None, initial={"role": who.role, "active": who.active})
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            who.role, who.active = form.cleaned_data["role"], form.cleaned_data["active"]
            who.save()
            owners = Member.objects.filter(clinic=who.clinic, role=Role.OWNER, active=True)
            if owners.exists():
                request.event.note(member=str(who.pk), role=who.role, active=who.active)
                messages.success(request, _("Saved."))
                return redirect("team")
            transaction.set_rollback(True)
        form.add_error(None, _("Then nobody would be owner. Make somebody else owner first."))
    return render(request, "owner/member_change.html", {"form": form, "who": who}, status=422 if form.is_bound else 200)


@page(see=May.READ_AUDIT, client=Client)
def client_access(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show who saw and changed one client's data."""
    rows = AuditEvent.objects.filter(clinic=client.clinic, client=client.pk).order_by("-number")
    shown = Paginator(rows, _ROWS).get_page(request.GET.get("page"))
    return render(request, "owner/access.html", {"rows": shown, "groups": minutes(shown)})


@page(see=May.EXPORT_CLIENT, client=Client)
def client_export(request: ClinicRequest, client: Client) -> HttpResponse:
    """Give everything about one client."""
    response = HttpResponse(data_rights.export(client), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="client-{client.pk}.zip"'
    return response


@page(see=May.ERASE_CLIENT, act=May.ERASE_CLIENT, client=Client)
def client_erase(request: ClinicRequest, client: Client) -> HttpResponse:
    """Erase a client, with the decision about records that must be kept."""
    form = EraseForm(request.POST or None, wanted=client.identifier)
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        done = data_rights.erase(client, request.member, retention=said["retention"], reason=said["reason"])
        request.event.note(erased=done.removed, retention=done.retention)
        messages.success(request, _("Everything about the client is erased; the access log says that it was."))
        return redirect("clients")
    return render(request, "owner/erase.html", {"form": form}, status=422 if form.is_bound else 200)

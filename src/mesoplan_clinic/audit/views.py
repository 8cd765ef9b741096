"""Reading the audit."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.audit.chain import export_head
from mesoplan_clinic.audit.models import AuditEvent

_ROWS = 100


@page(see=May.READ_AUDIT)
def audit_log(request: ClinicRequest) -> HttpResponse:
    """Show who saw and changed what, newest first."""
    rows = AuditEvent.objects.filter(clinic=request.member.clinic).order_by("-number")
    shown = Paginator(rows, _ROWS).get_page(request.GET.get("page"))
    return render(request, "audit/log.html", {"rows": shown})


@page(see=May.READ_AUDIT)
def audit_head(request: ClinicRequest) -> HttpResponse:
    """Give the head of the chain to be kept elsewhere."""
    response = JsonResponse(export_head(request.member.clinic))
    response["Content-Disposition"] = 'attachment; filename="audit-head.json"'
    return response

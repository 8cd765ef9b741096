"""The pages of clients: find, enter, change, and the page where everything about one begins."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients import search, services
from mesoplan_clinic.clients.forms import ClientForm
from mesoplan_clinic.clients.models import Client


@page(see=May.SEE_CLIENTS)
def client_list(request: ClinicRequest) -> HttpResponse:
    """Show the clients, those that a search finds or those seen last."""
    text = request.GET.get("q", "")[:100]
    found = list(search.find(request.member.clinic, text))
    request.event.note(found=len(found))
    template = "clients/found.html" if request.htmx and not request.htmx.boosted else "clients/list.html"
    return render(request, template, {"found": found, "q": text, "shown": search.SHOWN})


@page(see=May.EDIT_CLIENTS, act=May.EDIT_CLIENTS)
def client_new(request: ClinicRequest) -> HttpResponse:
    """Enter a client."""
    clinic = request.member.clinic
    form = ClientForm(request.POST or None, clinic=clinic, initial={"language": clinic.language})
    if request.method == "POST" and form.is_valid():
        client = services.enter_client(clinic, **form.cleaned_data)
        request.event.client = client.pk
        return redirect("client", client=client.pk)
    status = 422 if form.is_bound else 200
    return render(request, "clients/form.html", {"form": form}, status=status)


@page(see=May.SEE_CLIENTS, client=Client)
def client_page(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show everything about a client at a glance."""
    return render(request, "clients/client.html")


@page(see=May.EDIT_CLIENTS, act=May.EDIT_CLIENTS, client=Client)
def client_change(request: ClinicRequest, client: Client) -> HttpResponse:
    """Change who a client is."""
    initial = {name: getattr(client, name) for name in services.FIELDS}
    form = ClientForm(request.POST or None, clinic=client.clinic, initial=initial)
    if request.method == "POST" and form.is_valid():
        changed = services.change_client(client, seen_version(request), **form.cleaned_data)
        request.event.note(fields=changed)
        messages.success(request, _("Saved."))
        return redirect("client", client=client.pk)
    status = 422 if form.is_bound else 200
    return render(request, "clients/form.html", {"form": form, "version": client.version}, status=status)

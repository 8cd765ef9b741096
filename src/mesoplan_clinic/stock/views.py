"""The pages of the stock: lots by expiry, entered by hand or by scanning, blocked, and who received them."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.access import page, seen_version
from mesoplan_clinic.accounts.models import Clinic
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.kernel import clock
from mesoplan_clinic.kernel.cells import harmless
from mesoplan_clinic.stock import selectors, services
from mesoplan_clinic.stock.forms import LotForm, initial_of
from mesoplan_clinic.stock.gs1 import Scanned, read_code
from mesoplan_clinic.stock.models import Lot


@page(see=May.SEE_STOCK)
def stock(request: ClinicRequest) -> HttpResponse:
    """Show the lots, first to expire first; what may not be used, and what soon may not."""
    clinic = request.member.clinic
    today = clock.today(clinic)
    found = selectors.with_names(clinic, selectors.lots(clinic), today)
    if request.GET.get("all") != "1":
        found = [one for one in found if one.left != 0 or one.state in ("good", "expiring")]
    counts = {name: sum(one.state == name for one in found) for name in ("expired", "expiring", "blocked")}
    short = [one for one in found if one.left < 0]
    request.event.note(found=len(found))
    context = {"found": found, "counts": counts, "short": short, "all": request.GET.get("all") == "1"}
    return render(request, "stock/list.html", context)


@page(see=May.EDIT_STOCK, act=May.EDIT_STOCK)
def lot_new(request: ClinicRequest) -> HttpResponse:
    """Enter a lot; `?code=` is what a scanner typed, and fills the form in."""
    clinic = request.member.clinic
    today, code = clock.today(clinic), request.GET.get("code", "")[:300]
    initial: dict[str, Any] = {"received_on": today, "unit": Lot.Unit.MILLILITRES}
    wrong: list[str] = []
    if code and request.method != "POST":
        try:
            initial |= _from_code(clinic, code, today)
        except ValidationError as error:
            wrong = error.messages
    form = LotForm(request.POST or None, clinic=clinic, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            lot = services.enter_lot(clinic, **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            request.event.note(lot=str(lot.pk))
            messages.success(request, _("Entered."))
            return redirect("stock")
    status = 422 if form.is_bound else 200
    return render(request, "stock/form.html", {"form": form, "code": code, "wrong": wrong}, status=status)


def _from_code(clinic: Clinic, code: str, today: date) -> dict[str, Any]:
    scanned: Scanned = read_code(code, today)
    known = selectors.known_package(clinic, scanned)
    found: dict[str, Any] = initial_of(known) if known else {}
    found |= {"received_on": today, "gtin": scanned.gtin, "lot": scanned.lot, "expires_on": scanned.expires_on}
    return found


@page(see=May.EDIT_STOCK, act=May.EDIT_STOCK, lot=Lot)
def lot_change(request: ClinicRequest, lot: Lot) -> HttpResponse:
    """Change a lot."""
    form = LotForm(request.POST or None, clinic=lot.clinic, initial=initial_of(lot))
    if request.method == "POST" and form.is_valid():
        try:
            changed = services.change_lot(lot, seen_version(request), **form.values())
        except ValidationError as error:
            form.add_error(None, error)
        else:
            request.event.note(fields=changed)
            messages.success(request, _("Saved."))
            return redirect("lot", lot=lot.pk)
    status = 422 if form.is_bound else 200
    version = seen_version(request) if form.is_bound else lot.version
    return render(request, "stock/form.html", {"form": form, "lot": lot, "version": version}, status=status)


@page(see=May.SEE_STOCK, lot=Lot)
def lot(request: ClinicRequest, lot: Lot) -> HttpResponse:
    """Show a lot: how much is left, whether it may be used."""
    clinic = request.member.clinic
    row = selectors.with_names(clinic, selectors.lots(clinic).filter(pk=lot.pk), clock.today(clinic))[0]
    return render(request, "stock/lot.html", {"lot": row, "version": lot.version, "uses": lot.uses.count()})


@page(act=May.EDIT_STOCK, lot=Lot)
def lot_block(request: ClinicRequest, lot: Lot) -> HttpResponse:
    """Block a lot: recalled, damaged."""
    why = request.POST.get("why", "").strip()[:300]
    if not why:
        messages.error(request, _("Say why it is blocked."))
        return redirect("lot", lot=lot.pk)
    services.block_lot(lot, seen_version(request), why)
    messages.success(request, _("Blocked: no session can use it any more."))
    return redirect(f"{reverse('received')}?{urlencode({'lot': lot.lot})}")


@page(see=May.SEE_CLIENTS)
def received(request: ClinicRequest) -> HttpResponse:
    """Show who received a lot, by the number on its package."""
    number = request.GET.get("lot", "")[:60].strip()
    found = list(selectors.received(request.member.clinic, number)) if number else []
    names = selectors.item_names(request.member.clinic)
    for one in found:
        one.item_name = names.get((one.lot.kind, one.lot.item), one.lot.item)
    clients = len({one.client_id for one in found})
    waiting = selectors.chosen_in_open_sessions(request.member.clinic, number) if number else []
    request.event.note(uses=len(found), clients=clients)
    context = {"number": number, "found": found, "clients": clients, "waiting": waiting}
    return render(request, "stock/received.html", context)


@page(see=May.SEE_CLIENTS)
def received_csv(request: ClinicRequest) -> HttpResponse:
    """Return who received a lot as CSV."""
    number = request.GET.get("lot", "")[:60].strip()
    found = list(selectors.received(request.member.clinic, number)) if number else []
    request.event.note(uses=len(found), clients=len({one.client_id for one in found}))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(
        ["client", "identifier", "telephone", "day", "session", "kind", "item", "lot", "expiry", "amount", "corrected"]
    )
    for one in found:
        row = one.client, one.lot
        writer.writerow(
            [
                *(harmless(value) for value in (row[0].name, row[0].identifier, row[0].telephone)),
                *(one.on, one.session.number, row[1].kind, harmless(row[1].item), harmless(row[1].lot)),
                *(row[1].expires_on, "" if one.amount is None else one.amount, "yes" if one.corrected else "no"),
            ]
        )
    response = HttpResponse(text.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="received.csv"'
    return response

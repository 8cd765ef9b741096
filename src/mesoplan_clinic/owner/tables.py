"""Everything of a clinic as CSV files in one archive, for whoever keeps the books or moves elsewhere."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.models import Clinic, Member
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.intakes.models import AllergyTest, Decision, Intake
from mesoplan_clinic.kernel.cells import harmless
from mesoplan_clinic.kernel.sealed import SealError
from mesoplan_clinic.outcomes.models import AdverseEvent, FollowUp
from mesoplan_clinic.photos.models import Photo, PhotoRemoval
from mesoplan_clinic.plans.models import Consent, Course, CourseEntry, Plan
from mesoplan_clinic.screenings.models import Screening
from mesoplan_clinic.stock.models import Lot, LotUse
from mesoplan_clinic.visits.models import Addition, Session

OF_CLIENT: tuple[type[models.Model], ...] = (
    *(Intake, Decision, AllergyTest, Screening, Photo, PhotoRemoval, Course, Plan, CourseEntry, Consent),
    *(Session, Addition, LotUse, FollowUp, AdverseEvent),
)
"""Every kind of row that belongs to a client."""
_LEFT_OUT = frozenset({"signature_sealed", "thumbnail_sealed", "plan_sealed", "result_sealed"})
"""Pictures and the core's own values: they are in one client's export, not in a table."""


def archive(clinic: Clinic) -> bytes:
    """Return a ZIP with one CSV file for each kind of row."""
    rows: dict[str, Iterable[models.Model]] = {
        "clients": Client.objects.filter(clinic=clinic),
        "members": Member.objects.filter(clinic=clinic).select_related("user"),
        "lots": Lot.objects.filter(clinic=clinic),
        **{f"{model._meta.model_name}s": model._default_manager.filter(client__clinic=clinic) for model in OF_CLIENT},
    }
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, found in rows.items():
            file.writestr(f"{name}.csv", "\ufeff" + table(found))
    return buffer.getvalue()


def table(rows: Iterable[models.Model]) -> str:
    """Return rows as CSV with a head; a cell never begins as a formula would."""
    text = io.StringIO()
    writer: Any = None
    for row in rows:
        cells = dict(cells_of(row))
        if writer is None:
            writer = csv.DictWriter(text, fieldnames=list(cells))
            writer.writeheader()
        writer.writerow({name: _harmless(value) for name, value in cells.items()})
    return text.getvalue()


def cells_of(row: models.Model) -> Iterator[tuple[str, Any]]:
    """Yield a row's columns with what they say, sealed ones opened; one that does not open says that alone."""
    for field in row._meta.concrete_fields:
        if field.name in _LEFT_OUT:
            continue
        name = field.name.removesuffix("_sealed")
        try:
            value = getattr(row, field.attname if field.name == name else name)
        except SealError:
            value = altered()
        yield name, value
    if isinstance(row, Member):
        yield "name", row.user.shown_name


def altered() -> str:
    """Return what stands in the place of a value that does not open any more."""
    return _("(altered: it cannot be opened)")


_SHOWN: dict[type, Callable[[Any], Any]] = {
    dict: lambda one: json.dumps(one, ensure_ascii=False),
    list: lambda one: json.dumps(one, ensure_ascii=False),
    datetime: lambda one: one.isoformat(),
    date: lambda one: one.isoformat(),
    type(None): lambda _: "",
}


def _harmless(value: Any) -> Any:
    value = _SHOWN.get(type(value), lambda one: one)(value)
    return harmless(value) if isinstance(value, str) else value

"""What a client may ask for: a copy of everything, and to be erased."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from uuid import UUID

from django.db import transaction

from mesoplan_clinic.accounts.models import Member
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.clients.models import Client, SearchToken
from mesoplan_clinic.clients.services import FIELDS
from mesoplan_clinic.kernel import clock, vault
from mesoplan_clinic.kernel.broken import OtherKnowledge
from mesoplan_clinic.kernel.sealed import SealError
from mesoplan_clinic.owner.models import Erasure
from mesoplan_clinic.owner.tables import OF_CLIENT, altered, cells_of
from mesoplan_clinic.plans.models import Plan
from mesoplan_clinic.plans.services import forget_plans
from mesoplan_clinic.screenings.models import Screening

PAPERS = ("plan.pdf", "leaflet.pdf", "consent.pdf", "referral.pdf", "sources.pdf")


def export(client: Client) -> bytes:
    """Return a ZIP with everything about a client: JSON of every row, what each screening found, the papers of
    every plan, photos, signatures.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("client.json", _json(dict(cells_of(client))))
        for model in OF_CLIENT:
            rows = list(model._default_manager.filter(client=client))
            file.writestr(f"{model._meta.model_name}s.json", _json([dict(cells_of(row)) for row in rows]))
            for row in rows:
                signature = _whole(partial(getattr, row, "signature", None))
                if signature:
                    file.writestr(f"signatures/{model._meta.model_name}-{row.pk}.png", signature)
        for screening in Screening.objects.filter(client=client):
            file.writestr(
                f"screenings/{screening.on}-{screening.pk}.json", _whole(partial(_findings, screening)) or b""
            )
        for photo in client.photos.all():
            file.writestr(f"photos/{photo.taken_on}-{photo.pk}.jpg", _whole(partial(vault.get, photo.pk)) or b"")
        for plan in client.plans.select_related("course"):
            file.writestr(f"plans/{plan.course_id}-{plan.number}/plan.json", _whole(partial(_core, plan)) or b"")
            for name, content in _papers(plan).items():
                file.writestr(f"plans/{plan.course_id}-{plan.number}/{name}", content)
        events = AuditEvent.objects.filter(clinic=client.clinic, client=client.pk)
        file.writestr("access-log.json", _json([_event(one) for one in events]))
    return buffer.getvalue()


def _whole(read: Callable[[], bytes | None]) -> bytes | None:
    """Return what is kept; in the place of what does not open any more, that it does not: the rest is given."""
    try:
        return read()
    except (SealError, FileNotFoundError):
        return altered().encode()


def _core(plan: Plan) -> bytes:
    return plan.plan


def _findings(row: Screening) -> bytes:
    return _json(row.result).encode()


def _papers(plan: Plan) -> dict[str, bytes]:
    """Return the papers of a plan, made again in memory; none by another knowledge, none where it does not open."""
    from mesoplan.report.papers import make_papers
    from mesoplan_clinic.core import folder_of, knowledge_of
    from mesoplan_clinic.plans.services import core_plan

    clinic = plan.client.clinic
    try:
        core = core_plan(plan)
    except (OtherKnowledge, SealError):
        return {}
    return make_papers(core, knowledge_of(clinic), folder_of(clinic), None, only=PAPERS)


def _event(one: AuditEvent) -> dict[str, object]:
    return {"at": one.at.isoformat(), "who": one.actor_name, "role": one.role, "what": one.action, "how": one.method}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _remove_photos(keys: Iterable[UUID]) -> None:
    for key in keys:
        vault.remove(key)


@transaction.atomic
def erase(client: Client, member: Member, *, retention: str, reason: str) -> Erasure:
    """Erase everything about a client but the row itself, emptied, and the audit; say what was decided and removed.

    Photos are removed from the vault once the transaction stands; they are marked before, so that a server killed
    in between removes them when it starts again. Backups made before still hold the client until
    they are replaced.
    """
    removed: dict[str, int] = {}
    photos = list(client.photos.values_list("pk", flat=True))
    for key in photos:
        vault.mark(key)
    for model in reversed(OF_CLIENT):
        rows = model._default_manager.filter(client=client)
        removed[str(model._meta.model_name)] = rows.count()
        rows._raw_delete(rows.db)
    client.intakelinks.all().delete()
    SearchToken.objects.filter(client=client).delete()
    for name in FIELDS:
        if name != "language":
            setattr(client, name, "")
    client.erased_at = clock.now()
    client.save()
    transaction.on_commit(partial(_remove_photos, photos))
    transaction.on_commit(forget_plans)
    return Erasure.objects.create(
        clinic=client.clinic,
        client=client.pk,
        at=clock.now(),
        by=member,
        retention=retention,
        reason=reason,
        removed=removed,
    )

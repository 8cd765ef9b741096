"""Events of the audit in words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.roles import SERVER, Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.audit.words import ACTIONS

register = template.Library()
_REFUSED = 400
BY_LINK = "client by link"
"""As an event keeps who came by a one-time link (intakes/links.py)."""


@register.filter
def what(row: AuditEvent) -> str:
    """Return which page an event was on."""
    return str(ACTIONS.get(row.action, row.action))


@register.filter
def who(row: AuditEvent) -> str:
    """Return the name alone: the event keeps the role apart, in words of whoever reads it."""
    name, _start, role = row.actor_name.rpartition(" (")
    shown = name if name and role.endswith(")") else row.actor_name
    return _("client by link") if shown == BY_LINK else shown


@register.filter
def how(row: AuditEvent) -> str:
    """Return whether it was seen or written, or refused."""
    not_kept = {409: _("not saved: changed in between"), 422: _("not saved: something was missing or not possible")}
    if row.status in not_kept:
        return not_kept[row.status]
    if row.status >= _REFUSED:
        return _("refused (%(status)s)") % {"status": row.status}
    return _("seen") if row.method == "GET" else _("written")


@register.filter
def role_words(role: str) -> str:
    """Return a role in words."""
    if role == SERVER:
        return _("whoever runs the server")
    return str(Role(role).label) if role in Role.values else role

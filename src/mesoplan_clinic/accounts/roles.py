"""Who may do what: the one table of the application. Every page names the permission that it needs."""

from __future__ import annotations

from enum import Enum

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    """What somebody is in a clinic; LINK is a client who fills in a form by a one-time link."""

    LINK = "link", _("Client")
    ASSISTANT = "assistant", _("Assistant")
    COSMETOLOGIST = "cosmetologist", _("Cosmetologist")
    PHYSICIAN = "physician", _("Physician")
    OWNER = "owner", _("Owner")
    AUDITOR = "auditor", _("Auditor")


SERVER = "server"
"""In the audit: who acts from the server itself, by a command, and is nobody's colleague."""


class May(Enum):
    """What a page lets somebody do."""

    BE_HERE = "be here"  # the start page, one's own account
    FILL_LINKED_FORM = "fill in the form of a one-time link"
    SEE_CLIENTS = "see clients and their records"
    EDIT_CLIENTS = "enter and change clients"
    FILL_INTAKE = "ask a client and enter the answers"
    SCREEN = "screen a client"
    DECIDE = "decide on what only a doctor may decide"
    PLAN = "plan a course"
    TREAT = "carry out a session and sign it"
    FOLLOW_UP = "follow up: reactions, outcomes, photos"
    DELETE_PHOTO = "delete a photo"
    SEE_STOCK = "see lots and expiry"
    EDIT_STOCK = "enter lots"
    RUN_CLINIC = "see the clinic as a whole, take its data out"
    MANAGE_MEMBERS = "say who works here and as what"
    RECOVER_MEMBERS = "give a new first password, remove a lost second factor"
    EXPORT_CLIENT = "take one client's data out"
    ERASE_CLIENT = "erase a client"
    READ_AUDIT = "read who saw and changed what"


_STAFF = frozenset({Role.ASSISTANT, Role.COSMETOLOGIST, Role.PHYSICIAN, Role.OWNER, Role.AUDITOR})
_HANDS = frozenset({Role.COSMETOLOGIST, Role.PHYSICIAN})
_DESK = _HANDS | {Role.ASSISTANT}

TABLE: dict[May, frozenset[Role]] = {
    May.BE_HERE: _STAFF,
    May.FILL_LINKED_FORM: frozenset({Role.LINK}),
    May.SEE_CLIENTS: _DESK | {Role.OWNER},
    May.EDIT_CLIENTS: _DESK,
    May.FILL_INTAKE: _DESK,
    May.SCREEN: _DESK,
    May.DECIDE: frozenset({Role.PHYSICIAN}),
    May.PLAN: _HANDS,
    May.TREAT: _HANDS,
    May.FOLLOW_UP: _DESK,
    May.DELETE_PHOTO: _HANDS | {Role.OWNER},
    May.SEE_STOCK: _DESK | {Role.OWNER},
    May.EDIT_STOCK: _DESK | {Role.OWNER},
    May.RUN_CLINIC: frozenset({Role.OWNER}),
    May.MANAGE_MEMBERS: frozenset({Role.OWNER}),
    May.RECOVER_MEMBERS: frozenset({Role.OWNER}),
    May.EXPORT_CLIENT: frozenset({Role.PHYSICIAN, Role.OWNER}),
    May.ERASE_CLIENT: frozenset({Role.OWNER}),
    May.READ_AUDIT: frozenset({Role.OWNER, Role.AUDITOR}),
}


def may(role: str | None, what: May) -> bool:
    """Return whether a role may do something; nobody's role may do nothing."""
    return role is not None and Role(role) in TABLE[what]

"""Passwords made by somebody else, lost second factors, and the end of somebody's sessions."""

from __future__ import annotations

import secrets
from typing import Any

from allauth.account.forms import ChangePasswordForm
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.translation import gettext as _

from mesoplan_clinic.accounts.models import User
from mesoplan_clinic.kernel import clock

_BYTES = 12


class ChangePassword(ChangePasswordForm):
    """The form by which somebody chooses their own password: another than the present one."""

    def clean(self) -> dict[str, Any]:
        """Refuse the present password as the new one."""
        said: dict[str, Any] = super().clean() or self.cleaned_data  # type: ignore[no-untyped-call]  # allauth's own
        if said.get("password1") and said["password1"] == said.get("oldpassword"):
            self.add_error("password1", _("This is the present password. Choose another one that only you know."))
        return said


def first_password() -> str:
    """Return a password to be handed over, which whoever gets it must replace by their own."""
    return secrets.token_urlsafe(_BYTES)


@transaction.atomic
def give_first_password(user: User) -> str:
    """Give somebody a new first password and return it, the only time it can be read; their sessions end."""
    password = first_password()
    user.set_password(password)
    user.must_choose_password = True
    user.save(update_fields=["password", "must_choose_password"])
    end_sessions(user)
    return password


@transaction.atomic
def remove_second_factors(user: User) -> int:
    """Remove somebody's passkeys, codes by an app and recovery codes; return how many; their sessions end."""
    removed, _kinds = Authenticator.objects.filter(user=user).delete()
    end_sessions(user)
    return int(removed)


def end_sessions(user: User) -> None:
    """End every session of somebody, wherever they are logged in."""
    for one in Session.objects.filter(expire_date__gt=clock.now()).iterator():
        if one.get_decoded().get(SESSION_KEY) == str(user.pk):
            one.delete()

"""`mesoplan-clinic remove-factors`: an account whose second factor is lost, where no owner is left to help."""

from __future__ import annotations

import getpass
import os
from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from django.db import transaction

from mesoplan_clinic.accounts.models import Member, User
from mesoplan_clinic.accounts.passwords import remove_second_factors
from mesoplan_clinic.audit.chain import Event, Server, append

_KINDS = {"totp": "codes by an app", "webauthn": "a passkey", "recovery_codes": "recovery codes"}


class FactorsError(Exception):
    """Nothing can be removed; the text says why and what to do."""


@dataclass(frozen=True)
class Lost:
    """An account with its second factors.

    Attributes:
        user: Whose.
        members: Where they work.
        factors: What kinds there are, each as often as there is one.
    """

    user: User
    members: tuple[Member, ...]
    factors: tuple[str, ...]

    @property
    def effect(self) -> str:
        """What removing them does, in sentences."""
        where = ", ".join(f"{one.clinic} ({one.role})" for one in self.members)
        asking = ", ".join(str(one.clinic) for one in self.members if one.clinic.mfa_required)
        after = (
            f"At the next login {asking} asks for a new second factor before any page opens."
            if asking
            else "No clinic of this account requires a second factor: the password alone opens it then."
        )
        return (
            f"{self.user.username}: {self.user.shown_name}, works in {where}. Removed: {', '.join(self.factors)}. "
            f"Every session of this account ends; the password stays. {after} The access log of each of these clinics "
            "holds it. Make sure that it is this very person who asks."
        )


def factors_of(name: str) -> Lost:
    """Return an account with its second factors.

    Raises:
        FactorsError: If there is no such account, it works in no clinic, or it has no second factor.
    """
    user = User.objects.filter(username=name).first()
    if user is None:
        raise FactorsError(f"{name}: nobody logs in by this name. Write it as it is typed at the login.")
    found = Member.objects.filter(user=user, active=True).select_related("clinic").order_by("clinic__name", "pk")
    if not found:
        raise FactorsError(f"{name}: works in no clinic of this server. An owner takes them into the team first.")
    kinds = Authenticator.objects.filter(user=user).order_by("type", "pk").values_list("type", flat=True)
    if not kinds:
        raise FactorsError(
            f"{name}: has no second factor. For a lost password: mesoplan-clinic manage changepassword {name}"
        )
    return Lost(user, tuple(found), tuple(_KINDS.get(one, one) for one in kinds))


@transaction.atomic
def remove(lost: Lost) -> int:
    """Remove an account's second factors, end its sessions, write it to each of its clinics' logs; return how many."""
    removed = remove_second_factors(User.objects.select_for_update().get(pk=lost.user.pk))
    for one in lost.members:
        event = Event("member_factors", "POST", detail={"member": str(one.pk), "removed": removed}).about({}, 200)
        append(Server(_runs(), one.clinic_id), event)
    return removed


def _runs() -> str:
    """Return who runs the command, by the machine itself: the environment can be told any name."""
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name[:60]
    except ImportError:  # a machine without such a list
        return getpass.getuser()[:60]
    except KeyError:  # a number without a name, as in a container
        return f"uid {os.getuid()}"

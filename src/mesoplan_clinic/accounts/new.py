"""Making a clinic of one's own."""

from __future__ import annotations

from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import transaction

from mesoplan import ProblemError
from mesoplan_clinic.accounts.models import Clinic, Member, User
from mesoplan_clinic.accounts.passwords import first_password
from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.core import folder_of


class ClinicError(Exception):
    """The clinic cannot be made; the text holds every reason."""


@transaction.atomic
def make_clinic(name: str, *, folder: str, time_zone: str, language: str, owner: str) -> str:
    """Make a clinic that requires a second factor, with its owner; return the owner's first password.

    Raises:
        ClinicError: With everything that is wrong.
    """
    wrong = []
    try:
        ZoneInfo(time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        wrong.append(f"--time-zone {time_zone}: no such time zone. Write one like Europe/Berlin.")
    if language not in dict(settings.LANGUAGES):
        wrong.append(f"--language {language}: known are {', '.join(dict(settings.LANGUAGES))}.")
    if User.objects.filter(username__iexact=owner).exists():
        wrong.append(f"--owner {owner}: this name is taken. Choose another.")
    if Clinic.objects.filter(name=name).exists():
        wrong.append(f"{name}: there is such a clinic already.")
    where = folder if folder == "example" else str(Path(folder).resolve())
    made = Clinic(name=name, folder=where, time_zone=time_zone, language=language)
    try:
        folder_of(made)
    except ProblemError as error:
        wrong.append(f"--folder {folder}: {error}")
    if wrong:
        raise ClinicError("\n".join(wrong))
    made.save()
    password = first_password()
    user = User.objects.create_user(owner, password=password, must_choose_password=True)
    Member.objects.create(user=user, clinic=made, role=Role.OWNER)
    return password

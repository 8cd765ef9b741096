"""Django's `changepassword`: whoever gets a password in this way chooses their own at the next login."""

from __future__ import annotations

import getpass
from typing import Any

from django.contrib.auth.management.commands.changepassword import Command as Changing

from mesoplan_clinic.accounts.models import User


class Command(Changing):
    """Gives somebody a new password."""

    def handle(self, *args: Any, **options: Any) -> str | None:
        """Change the password, and ask its owner to choose another."""
        said: str | None = super().handle(*args, **options)
        User.objects.filter(username=options["username"] or getpass.getuser()).update(must_choose_password=True)
        return said

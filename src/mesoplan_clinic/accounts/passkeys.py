"""How a passkey is added: one that logs in by itself, unless somebody wants it as a second factor alone."""

from __future__ import annotations

from typing import Any

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django.utils.translation import gettext_lazy as _


class AddPasskey(AddWebAuthnForm):
    """The form that keeps what the browser made."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Call things by what a person does with them."""
        super().__init__(*args, **kwargs)
        self.fields["name"].label = _("Name of the passkey")
        self.fields["name"].help_text = _("Which device it is on, so that you can tell your passkeys apart.")
        self.fields["passwordless"].label = _("Logs in by itself, without name and password")
        self.fields["passwordless"].help_text = _(
            "The device then asks for your finger, your face or its code. "
            "Without it the passkey is a second factor only."
        )
        self.fields["passwordless"].initial = True

"""How logging in differs from allauth's defaults: nobody signs up by themselves."""

from __future__ import annotations

from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.http import HttpRequest

from mesoplan_clinic.kernel.sealed import seal, unseal

_PLACE = "mfa_authenticator|data|secret"


class Adapter(DefaultAccountAdapter):
    """Accounts are made by the clinic's owner."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Return False: nobody signs up."""
        return False


class MfaAdapter(DefaultMFAAdapter):
    """Keeps the secrets of second factors sealed."""

    def encrypt(self, text: str) -> str:
        """Return a secret as the database holds it."""
        return seal(text.encode(), _PLACE).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """Return the secret."""
        return unseal(bytes.fromhex(encrypted_text), _PLACE).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Return who asks for a passkey: the name that the browser shows, public through the proxy, else localhost.

        A passkey belongs to one name. One made at this machine's own screen does not log in a tablet.
        """
        public = urlsplit(settings.PUBLIC_URL).hostname if context.request.is_secure() else None
        return {"id": public or "localhost", "name": "Mesoplan"}

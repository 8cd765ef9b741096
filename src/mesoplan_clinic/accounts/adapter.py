"""How logging in differs from allauth's defaults: nobody signs up by themselves."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core import context
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts import devices
from mesoplan_clinic.accounts.models import User
from mesoplan_clinic.kernel.sealed import seal, unseal

_PLACE = "mfa_authenticator|data|secret"
_MESSAGES = {
    **DefaultAccountAdapter.error_messages,
    "too_many_login_attempts": _(
        "Too many failed attempts for this name or from this address. Wait, or log in with a passkey, or on a "
        "device on which you have logged in before."
    ),
}


class Adapter(DefaultAccountAdapter):
    """Accounts are made by the clinic's owner; guessing is slowed by account, without locking its owner out."""

    error_messages = _MESSAGES

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Refuse an attempt where too many failed: by address and by account, on a known device by that device alone.

        Raises:
            ValidationError: If too many did.
        """
        name = str(credentials.get("username", "")).casefold()
        device = devices.of_owner(request, name)
        self._login_failed_rl_usage = ratelimit.consume(
            request,
            app="allauth.account",
            action="login_failed",
            key=f"{device}|{name}",
            config={"login_failed": settings.LOGIN_FAILED_ON_KNOWN_DEVICE} if device else None,
        )
        if not self._login_failed_rl_usage:
            raise self.validation_error("too_many_login_attempts")

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        """Keep on the device that somebody has logged in on it."""
        response = super().post_login(request, user, **more)
        devices.remember(request, response, user.get_username())
        return response

    def set_password(self, user: AbstractBaseUser, password: str) -> None:
        """Keep the password that a user has chosen for themselves."""
        assert isinstance(user, User)
        user.must_choose_password = False
        super().set_password(user, password)

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

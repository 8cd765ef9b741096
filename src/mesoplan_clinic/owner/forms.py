"""The forms of the owner."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from mesoplan_clinic.accounts.models import STAFF_ROLES, User
from mesoplan_clinic.kernel.texts import printable
from mesoplan_clinic.owner.models import Erasure


class MemberForm(forms.Form):
    """A new member."""

    first_name = forms.CharField(label=_("First name"), max_length=150, validators=[printable])
    last_name = forms.CharField(label=_("Last name"), max_length=150, validators=[printable])
    username = forms.SlugField(label=_("Name for logging in"), max_length=60)
    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLES)

    def clean_username(self) -> str:
        """Refuse a name that is taken."""
        name = str(self.cleaned_data["username"]).casefold()
        if User.objects.filter(username__iexact=name).exists():
            raise forms.ValidationError(_("“%(name)s” is taken. Choose another name."), params={"name": name})
        return name


class RoleForm(forms.Form):
    """What a member is, and whether they still work here."""

    role = forms.ChoiceField(label=_("Role"), choices=STAFF_ROLES)
    active = forms.BooleanField(label=_("Works here"), required=False)


class EraseForm(forms.Form):
    """The decision to erase a client."""

    retention = forms.ChoiceField(label=_("Duty to keep the record"), choices=[("", "–"), *Erasure.Retention.choices])
    reason = forms.CharField(
        label=_("Who asked for it, and why it may be done"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    identifier = forms.CharField(label=_("The client's identifier, typed to be sure"), max_length=60)

    def __init__(self, *args: object, wanted: str, **kwargs: object) -> None:
        """Keep the identifier that must be typed."""
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.wanted = wanted

    def clean_identifier(self) -> str:
        """Refuse any other identifier."""
        given = str(self.cleaned_data["identifier"]).strip()
        if given != self.wanted:
            raise forms.ValidationError(_("This is not the client's identifier. Check whom you are about to erase."))
        return given

"""The pages of photos: those of a client, a new one, one with its side, and the consent to them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override

from mesoplan_clinic.accounts.access import page
from mesoplan_clinic.accounts.request import ClinicRequest
from mesoplan_clinic.accounts.roles import May
from mesoplan_clinic.clients.models import Client
from mesoplan_clinic.kernel.uploads import was_too_large
from mesoplan_clinic.photos.forms import PhotoConsentForm, PhotoForm, RemoveForm, SideForm
from mesoplan_clinic.photos.images import BadPhoto, too_large
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.removing import remove_photo, rests_on
from mesoplan_clinic.photos.selectors import jpeg_of
from mesoplan_clinic.photos.services import confirm_side, keep_photo
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans.models import Consent


@page(see=May.SEE_CLIENTS, client=Client)
def photo_list(request: ClinicRequest, client: Client) -> HttpResponse:
    """Show the client's photos."""
    found = list(client.photos.defer("thumbnail_sealed"))
    request.event.note(found=len(found))
    context = {
        "photos": found,
        "allowed_photos": consents.photos_allowed(client),
        "consent": consents.given(client, Consent.Kind.PHOTO),
        "removals": client.photoremovals.select_related("made_by__user"),
    }
    return render(request, "photos/list.html", context)


@page(see=May.FOLLOW_UP, act=May.FOLLOW_UP, client=Client)
def photo_new(request: ClinicRequest, client: Client) -> HttpResponse:
    """Take a photo, or send one; without the consent to photos none is kept."""
    form = PhotoForm(request.POST or None, request.FILES or None)
    allowed = consents.photos_allowed(client)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data["photo"]
        if not allowed:
            form.add_error(None, _("The client has not agreed to photos. Ask first, then take the photo."))
        elif was_too_large(request):
            form.add_error("photo", too_large())
        elif sent is None:
            form.add_error("photo", _("There is no photo yet. Take one, or choose a file."))
        else:
            try:
                photo = keep_photo(client, request.member, sent.read(), view=form.cleaned_data["view"])
            except BadPhoto as error:
                form.add_error("photo", str(error))
            else:
                request.event.note(photo=str(photo.pk))
                return redirect("photo", client=client.pk, photo=photo.pk)
    context = {"form": form, "allowed_photos": allowed}
    return render(request, "photos/new.html", context, status=422 if form.is_bound else 200)


@page(see=May.SEE_CLIENTS, act=May.FOLLOW_UP, client=Client, photo=Photo)
def photo(request: ClinicRequest, client: Client, photo: Photo) -> HttpResponse:
    """Show one photo, and confirm which side of it is the client's right."""
    form = SideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        confirm_side(photo, form.cleaned_data["mirrored"])
        request.event.note(mirrored=photo.mirrored)
        messages.success(request, _("The side is confirmed."))
        return redirect("photo", client=client.pk, photo=photo.pk)
    return render(request, "photos/photo.html", {"photo": photo, "form": form}, status=422 if form.is_bound else 200)


@page(see=May.DELETE_PHOTO, act=May.DELETE_PHOTO, client=Client, photo=Photo)
def photo_delete(request: ClinicRequest, client: Client, photo: Photo) -> HttpResponse:
    """Delete one photo, with the reason; what a session or a signed consent rests on stays."""
    rests, form = rests_on(photo), RemoveForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and not rests.held:
        said = form.cleaned_data
        removal = remove_photo(photo, request.member, reason=said["reason"], note=said["note"])
        request.event.note(deleted=True, reason=removal.reason, plans=len(rests.courses))
        messages.success(request, _("The photo is deleted."))
        return redirect("photos", client=client.pk)
    context = {"photo": photo, "form": form, "rests": rests}
    return render(request, "photos/delete.html", context, status=422 if request.method == "POST" else 200)


@page(see=May.SEE_CLIENTS, client=Client, photo=Photo)
def photo_file(request: ClinicRequest, client: Client, photo: Photo) -> HttpResponse:
    """Send the picture."""
    return _jpeg(jpeg_of(photo))


@page(see=May.SEE_CLIENTS, client=Client, photo=Photo)
def photo_small(request: ClinicRequest, client: Client, photo: Photo) -> HttpResponse:
    """Send the small picture of the face."""
    return _jpeg(photo.thumbnail)


@page(see=May.SEE_CLIENTS, act=May.FOLLOW_UP, client=Client)
def photo_consent(request: ClinicRequest, client: Client) -> HttpResponse:
    """Read and sign the consent to photos, which is apart from the treatment's."""
    text = consents.photo_text(client)
    form = PhotoConsentForm(request.POST or None, initial={"signed_as": client.name})
    with override(client.language):  # who signs reads what is still missing in the language of the text
        signed = request.method == "POST" and form.is_valid()
    if signed:
        said = form.cleaned_data
        consents.withdraw(client, Consent.Kind.PHOTO)  # a new answer takes the place of the one before
        consents.sign(
            client,
            request.member,
            Consent.Kind.PHOTO,
            text,
            signed_as=said["signed_as"],
            signature=said["signature"],
            agreed=form.agreed(),
        )
        request.event.note(consent="photo", version=text.version, agreed=form.agreed())
        messages.success(request, _("Saved as signed."))
        return redirect("photos", client=client.pk)
    context = {
        "text": text,
        "form": form,
        "points": [(text.parts["points"][name], form[name]) for name in text.parts["points"]],
        "consent": consents.given(client, Consent.Kind.PHOTO),
        "history": client.consents.filter(kind=Consent.Kind.PHOTO),
        "allowed_photos": consents.photos_allowed(client),
    }
    return render(request, "photos/consent.html", context, status=422 if form.is_bound else 200)


@page(act=May.FOLLOW_UP, client=Client)
def photo_consent_withdraw(request: ClinicRequest, client: Client) -> HttpResponse:
    """Withdraw the consent to photos: none is taken from now on."""
    request.event.note(withdrawn=consents.withdraw(client, Consent.Kind.PHOTO))
    messages.success(request, _("The consent to photos is withdrawn as of today."))
    return redirect("photos", client=client.pk)


def _jpeg(content: bytes) -> HttpResponse:
    response = HttpResponse(content, content_type="image/jpeg")
    response["Content-Disposition"] = 'inline; filename="photo.jpg"'
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response

"""Photos: what is taken and what is refused, that nothing of the camera is kept, that none is without consent."""

from __future__ import annotations

import io
import random
import resource
import zipfile

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from mesoplan_clinic.accounts.roles import Role
from mesoplan_clinic.audit.models import AuditEvent
from mesoplan_clinic.kernel import vault
from mesoplan_clinic.photos import images
from mesoplan_clinic.photos.images import BadPhoto, made_anew
from mesoplan_clinic.photos.models import Photo
from mesoplan_clinic.photos.selectors import jpeg_of
from mesoplan_clinic.plans import consents
from mesoplan_clinic.plans.models import Consent
from web.pictures import CANARY, encoded, kept_photo, nobody, with_canary

FORMS = ("JPEG", "PNG", "WEBP")


def agree(client, *points: str) -> Consent:
    text = consents.photo_text(client)
    return consents.sign(client, None, "photo", text, signed_as="Maria", signature=None, agreed=points or ("record",))


@pytest.fixture
def upload(browser, send, maria):
    def post(content: bytes, role: Role = Role.ASSISTANT, **values):
        file = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")
        path = reverse("photo_new", args=[maria.pk])
        return send(browser(role), path, {"view": "front", "photo": file, **values}, maria)

    return post


# -- what is taken


@pytest.mark.parametrize("form", FORMS)
def test_nothing_that_the_camera_wrote_is_kept(form):
    sent = with_canary(form)
    assert CANARY in sent
    made = made_anew(sent)
    for kept in (made.jpeg, made.thumbnail):
        assert CANARY not in kept
        with Image.open(io.BytesIO(kept)) as image:
            assert not image.getexif()
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


@pytest.mark.parametrize(("orientation", "corner"), [(1, (0, 0)), (3, (479, 639)), (6, (0, 639)), (8, (479, 0))])
def test_a_photo_is_turned_upright(orientation, corner):
    made = made_anew(with_canary("JPEG", orientation))
    with Image.open(io.BytesIO(made.jpeg)) as image:
        assert image.size == ((480, 640) if orientation in (1, 3) else (640, 480))
        want, seen = nobody().getpixel(corner), image.getpixel((0, 0))
    assert all(abs(a - b) < 40 for a, b in zip(want, seen, strict=True))


def test_a_large_photo_is_kept_at_limited_size():
    made = made_anew(encoded(nobody(2400, 3000)))
    assert max(made.size) == 1600
    with Image.open(io.BytesIO(made.thumbnail)) as image:
        assert image.size == (144, 144)


# -- what is refused


def bomb() -> bytes:
    """A PNG whose header claims a hundred thousand pixels each way."""
    import struct
    import zlib

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 1000)) + chunk(b"IEND", b"")
    )


def archive_too() -> bytes:
    out = io.BytesIO(encoded(nobody()))
    out.seek(0, io.SEEK_END)
    with zipfile.ZipFile(out, "a") as file:
        file.writestr("page.html", "<b>hello</b>")
    return out.getvalue()


def two_frames() -> bytes:
    return encoded(nobody(), "PNG", save_all=True, append_images=[nobody(480, 640).rotate(90)])


REFUSED = {
    "empty": lambda: b"",
    "too large": lambda: encoded(nobody()) + b"\0" * 12_000_000,
    "a text": lambda: b"this is no photo",
    "a GIF": lambda: encoded(nobody(), "GIF"),
    "a drawing with script": lambda: b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
    "a bomb": bomb,
    "cut short": lambda: encoded(nobody())[:4000],
    "an archive too": archive_too,
    "a page too": lambda: encoded(nobody(), "JPEG", comment=b"<html><script>alert(1)</script>"),
    "a document too": lambda: encoded(nobody(), "JPEG", comment=b"%PDF-1.7 1 0 obj"),
    "two frames": two_frames,
    "tiny": lambda: encoded(nobody(100, 100)),
    "a ribbon": lambda: encoded(nobody(2400, 300)),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_no_usable_photo_is_refused_in_one_sentence(kind):
    with pytest.raises(BadPhoto) as error:
        made_anew(REFUSED[kind]())
    assert str(error.value).strip().endswith((".", "needed."))
    assert "Traceback" not in str(error.value)


def mutated(sent: bytes, chance: random.Random) -> bytes:
    """Return a photo with some bits turned, a piece cut off or doubled, or a header changed."""
    content = bytearray(sent)
    kind = chance.randrange(5)
    if kind == 0:
        for _ in range(chance.randint(1, 40)):
            content[chance.randrange(len(content))] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del content[chance.randrange(1, len(content)) :]
    elif kind == 2:
        for at in range(chance.randint(1, 30)):
            content[min(at + chance.randrange(60), len(content) - 1)] = chance.randrange(256)
    elif kind == 3:
        start = chance.randrange(len(content))
        content[start:start] = content[start : start + chance.randrange(2000)] * chance.randint(1, 4)
    else:
        start = chance.randrange(len(content))
        content[start : start + chance.randrange(200)] = chance.randbytes(chance.randrange(200))
    return bytes(content)


def test_a_thousand_mutated_photos_are_taken_or_refused_and_none_escapes():
    chance = random.Random(20261129)
    small = {form: encoded(nobody(260, 320), form, **({"comment": CANARY} if form == "JPEG" else {})) for form in FORMS}
    taken = refused = 0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for number in range(1000):
        sent = mutated(small[FORMS[number % 3]], chance)
        try:
            made = made_anew(sent)
        except BadPhoto:
            refused += 1
        else:
            taken += 1
            assert CANARY not in made.jpeg + made.thumbnail
            assert max(made.size) <= 1600
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert taken > 50 and refused > 200
    assert grown < 400_000  # kilobytes: what the largest picture that is decoded may need


# -- keeping and showing


def test_a_photo_without_consent_is_not_kept(upload, maria):
    answer = upload(encoded(nobody()))
    assert answer.status_code == 422
    assert "has not agreed" in answer.content.decode()
    assert not Photo.objects.exists()
    agree(maria, "publication")  # to publication alone: that is no photo for the record
    assert upload(encoded(nobody())).status_code == 422


def test_a_photo_with_consent_lies_sealed_in_the_vault(upload, maria):
    agree(maria)
    assert upload(encoded(nobody())).status_code == 302
    photo = Photo.objects.get()
    assert jpeg_of(photo).startswith(b"\xff\xd8\xff")
    assert not vault.path_of(photo.pk).read_bytes().count(b"JFIF")
    assert b"JFIF" not in bytes(photo.thumbnail_sealed)
    assert AuditEvent.objects.latest("number").detail["photo"] == str(photo.pk)


def test_a_photo_too_large_or_of_a_wrong_kind_is_told_on_the_page(upload, maria):
    agree(maria)
    assert "12" in upload(encoded(nobody()) + b"\0" * 12_000_000).content.decode()
    answer = upload(b"MZ this is a program")
    assert answer.status_code == 422
    assert "JPEG, PNG or WebP" in answer.content.decode()
    assert not Photo.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_where_the_audit_fails_neither_row_nor_file_is_left(upload, maria, monkeypatch):
    agree(maria)
    kept = []
    put = vault.put
    monkeypatch.setattr(vault, "put", lambda key, value: (kept.append(key), put(key, value)))
    monkeypatch.setattr("mesoplan_clinic.accounts.access.append", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        upload(encoded(nobody()))
    assert len(kept) == 1
    assert not vault.path_of(kept[0]).exists()
    assert not Photo.objects.exists()


def test_a_photo_is_sent_only_to_who_may_see_the_client_and_is_not_stored(browser, maria, other_clinic):
    photo = kept_photo(maria)
    for name in ("photo_file", "photo_small"):
        path = reverse(name, args=[maria.pk, photo.pk])
        answer = browser(Role.COSMETOLOGIST).get(path)
        assert answer["Content-Type"] == "image/jpeg"
        assert answer["Cache-Control"] == "no-store"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer.content.startswith(b"\xff\xd8\xff")
        assert browser(Role.AUDITOR).get(path).status_code == 403
        assert browser(Role.COSMETOLOGIST, other_clinic).get(path).status_code == 404


def test_the_face_stands_beside_the_name(browser, maria):
    page = reverse("client", args=[maria.pk])
    assert 'class="face" src' not in browser().get(page).content.decode()
    photo = kept_photo(maria)
    assert reverse("photo_small", args=[maria.pk, photo.pk]) in browser().get(page).content.decode()


def test_the_side_is_said_to_be_open_until_it_is_confirmed(browser, send, maria):
    photo = kept_photo(maria)
    path = reverse("photo", args=[maria.pk, photo.pk])
    assert "side is not confirmed" in browser().get(path).content.decode()
    assert send(browser(), path, {"mirrored": "perhaps"}, maria).status_code == 422
    assert send(browser(), path, {"mirrored": "yes"}, maria).status_code == 302
    photo.refresh_from_db()
    assert photo.mirrored == "yes"


# -- consent


def test_the_consent_to_photos_is_signed_and_withdrawn_with_its_date(browser, send, maria):
    path = reverse("photo_consent", args=[maria.pk])
    said = {"record": "yes", "publication": "no", "signed_as": "Maria Example"}
    assert send(browser(Role.ASSISTANT), path, said, maria).status_code == 422  # neither drawn nor typed
    assert send(browser(Role.ASSISTANT), path, said | {"typed": "on"}, maria).status_code == 302
    one = Consent.objects.get()
    assert (one.kind, one.agreed, one.course, one.signed_as) == ("photo", ["record"], None, "Maria Example")
    assert len(one.text_sha256) == 64
    assert consents.photos_allowed(maria)
    assert (
        send(browser(Role.ASSISTANT), reverse("photo_consent_withdraw", args=[maria.pk]), {}, maria).status_code == 302
    )
    one.refresh_from_db()
    assert one.withdrawn_on == one.signed_on
    assert not consents.photos_allowed(maria)


def test_the_consent_to_photos_is_answered_and_signed_in_the_clients_language(browser, send, maria):
    maria.language = "ru"
    maria.save()
    path = reverse("photo_consent", args=[maria.pk])
    shown = browser().get(path).content.decode()
    form = shown[shown.index("<form", shown.index("<h1>")) :]
    assert "> Да</label>" in form and "Подписать" in form and "Name of who signs" not in form
    refused = send(browser(), path, {"signed_as": "Мария"}, maria).content.decode()
    assert "Обязательное поле" in refused and "This field is required" not in refused


def test_a_changed_text_is_asked_anew(maria):
    one = agree(maria)
    assert consents.photos_allowed(maria)
    one.text_version = "photos earlier"
    one.save()
    assert not consents.photos_allowed(maria)


def test_a_drawn_signature_is_kept_as_a_picture_and_a_dot_is_none(browser, send, maria):
    import base64

    from PIL import ImageDraw

    def drawing(*line: int) -> str:
        picture = Image.new("RGBA", (900, 300), (0, 0, 0, 0))
        ImageDraw.Draw(picture).line(line, fill=(10, 20, 30, 255), width=6)
        return "data:image/png;base64," + base64.b64encode(encoded(picture, "PNG")).decode()

    path = reverse("photo_consent", args=[maria.pk])
    said = {"record": "yes", "publication": "no", "signed_as": "Maria"}
    for wrong in (drawing(5, 5, 8, 5), "data:image/png;base64,AAAA", "javascript:alert(1)", "x" * 500_000):
        assert send(browser(), path, said | {"drawn": wrong}, maria).status_code == 422
    assert send(browser(), path, said | {"drawn": drawing(50, 200, 800, 90)}, maria).status_code == 302
    assert bytes(Consent.objects.get().signature).startswith(b"\x89PNG")


def test_only_one_photo_is_decoded_at_a_time():
    assert images._ONE_AT_A_TIME.acquire(blocking=False)
    assert not images._ONE_AT_A_TIME.acquire(blocking=False)
    images._ONE_AT_A_TIME.release()

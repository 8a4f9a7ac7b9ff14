"""Who signs: the picture is checked by its content, kept bare, and approved with the letter."""

import io

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from correspondence import demo, services
from correspondence.models import Mailing, Signatory
from correspondence.signatures import clean_picture, signature_of
from tests.access import sign_in
from tests.correspondence.factories import cities_with_mayors, mailing_of
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db
DRAWING = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 10"><path d="M1 5q9-9 38 0" fill="none" stroke="#16203a"/></svg>'
FORM = {"name": "Irina Exemple", "title_en": "Head of the unit", "title_fr": "Cheffe de l’unité", "initials": "IE"}


def png(width: int = 300, height: int = 80) -> bytes:
    notes = PngInfo()
    notes.add_text("Author", "somebody’s camera")
    saved = io.BytesIO()
    Image.new("RGBA", (width, height), (0, 0, 0, 0)).save(saved, "PNG", pnginfo=notes)
    return saved.getvalue()


def upload(content: bytes, name: str = "signature.png") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_picture_keeps_its_pixels_and_nothing_else():
    kept = clean_picture(upload(png(3200, 800), name="whatever.jpg"))
    content = kept.read()

    with Image.open(io.BytesIO(content)) as picture:
        assert (picture.format, picture.size) == ("PNG", (1600, 400))
    assert b"camera" not in content
    assert kept.name == clean_picture(upload(png(3200, 800))).name


def test_drawing_is_kept_when_it_only_draws():
    assert clean_picture(upload(DRAWING)).name.endswith(".svg")


@pytest.mark.parametrize(
    "harm",
    [
        b'<script>alert(1)</script>',
        b'<image href="https://example.org/a.png"/>',
        b'<path d="M0 0" onclick="x()"/>',
        b'<path d="M0 0" fill="url(https://example.org/a)"/>',
        b'<style>path { fill: red }</style>',
        b"<g",
    ],
)  # fmt: skip
def test_drawing_that_could_do_more_is_refused(harm):
    with pytest.raises(ValidationError, match="lines and shapes"):
        clean_picture(upload(DRAWING.replace(b"<path", harm + b"<path", 1)))


@pytest.mark.parametrize("content", [b"%PDF-1.7", b"GIF89a", b"\x89PNG\r\n\x1a\nbroken", b"<html></html>"])
def test_what_is_no_picture_is_refused_whatever_its_name(content):
    with pytest.raises(ValidationError, match="not one of these kinds"):
        clean_picture(upload(content))


def test_entities_are_refused_before_they_are_read():
    with pytest.raises(ValidationError, match="lines and shapes"):
        clean_picture(upload(b'<!DOCTYPE svg [<!ENTITY a "aaaa">]>' + DRAWING))


def test_staff_upload_a_signature_see_it_and_take_it_away(client):
    sign_in(client, StaffFactory())
    client.post(reverse("admin:correspondence_signatory_add"), {**FORM, "picture": upload(png())})
    signatory = Signatory.objects.get()
    url = reverse("admin:correspondence_signatory_change", args=[signatory.pk])

    assert 'src="data:image/png;base64,' in client.get(url).content.decode()
    assert signature_of(signatory, "fr").title == "Cheffe de l’unité"
    client.post(url, {**FORM, "forget": "on"})
    signatory.refresh_from_db()
    assert signatory.image.name == ""


def test_bad_picture_is_said_beside_the_field_and_nothing_typed_is_lost(client):
    sign_in(client, StaffFactory())
    page = client.post(reverse("admin:correspondence_signatory_add"), {**FORM, "picture": upload(b"GIF89a")})

    assert "not one of these kinds" in page.content.decode()
    assert "Cheffe de l’unité" in page.content.decode()
    assert not Signatory.objects.exists()


def test_only_signatory_stands_in_a_new_mailing_with_the_reference(client):
    sign_in(client, StaffFactory())
    signatory = demo.make_signatory()
    assert demo.make_signatory() == signatory  # making the demonstration again changes nothing

    form = client.get(reverse("admin:correspondence_mailing_add")).context["adminform"].form

    assert (form["signatory"].value(), form["reference"].value()) == (signatory.pk, "ICC /ANS/lt/{{ city }}")
    assert signatory.image.name.endswith(".svg") and "made up" in signatory.title_en


def test_another_signature_voids_the_approval(client):
    cities_with_mayors(1)
    signatory = Signatory.objects.create(name="Irina Exemple", title="Head of the unit")
    mailing = services.prepare(mailing_of())
    services.approve(mailing, by=StaffFactory())

    Mailing.objects.filter(pk=mailing.pk).update(signatory=signatory)
    services.touch(mailing)

    assert mailing.status == Mailing.Status.DRAFT

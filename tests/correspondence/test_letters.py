"""The letter as PDF: made by workers, attached, the same each time."""

import pytest

from correspondence import services
from correspondence.models import Mailing
from correspondence.rendering import letter_pdf
from correspondence.tasks import render_letters
from correspondence.texts import STARTER_BODY, STARTER_SUBJECT
from mail.models import Message
from tests.correspondence.factories import cities_with_mayors, mailing_of
from tests.factories import StaffFactory

pytestmark = pytest.mark.django_db


def letter_mailing(**fields) -> Mailing:
    return mailing_of(kind="letter", subject=STARTER_SUBJECT, body=STARTER_BODY, reference="ICC /IdA/lt/city", **fields)


def text_of(pdf: bytes) -> str:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf) as document:
        return "\n".join(page.get_textpage().get_text_range() for page in document)


def test_letter_is_made_as_pdf_before_it_can_be_approved_and_goes_with_the_mail():
    cities_with_mayors(1)
    mailing = services.prepare(letter_mailing())
    assert mailing.status == Mailing.Status.RENDERING

    render_letters(mailing.pk)
    render_letters(mailing.pk)

    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.PREPARED
    services.dispatch(services.approve(mailing, by=StaffFactory()), by=StaffFactory())
    (file,) = Message.objects.get().attachments.all()
    assert file.title == "Letter of 1 February 2021"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", ["ICC /IdA/lt/city", "Strasbourg, 1 February 2021", "Dear Mayor,", "Head of the unit"]),
        (
            "fr",
            [
                "ICC /IdA/lt/city",
                "Strasbourg, le 1er février 2021",
                "Madame, Monsieur le Maire,",
                "direction de l’unité",
            ],
        ),
    ],
)
def test_letter_has_reference_date_salutation_and_signature_on_one_page(language, words):
    cities_with_mayors(1, language=language, salutation="")
    mailing = services.prepare(letter_mailing())
    letter = mailing.letters.select_related("city").get()

    pdf = letter_pdf(mailing, letter)

    assert [word for word in words if word not in text_of(pdf)] == []
    assert letter_pdf(mailing, letter) == pdf


def test_edit_while_letters_are_made_starts_over():
    cities_with_mayors(1)
    mailing = services.prepare(letter_mailing())

    assert services.touch(mailing)
    render_letters(mailing.pk)

    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.DRAFT

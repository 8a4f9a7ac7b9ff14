"""Exchanges: of the city's officials, its network's coordinator and the unit, which answers in the administration.

The page of an office is for whoever has its link; nobody needs an account.
"""

from datetime import timedelta
from uuid import uuid4

from django.core.files.base import ContentFile
from django.utils import timezone

from correspondence import links
from correspondence.models import Letter, LetterLink, Mailing, Signatory, UnitOffice
from correspondence.threads import services
from correspondence.threads.models import EntryFile
from mail.services import attach
from tests.access import Row
from tests.correspondence.factories import mailing_of

EVERYBODY = "200    200      200   200     200      200   200"


def make(world):
    """An exchange of the city, and a letter to its mayor with a document."""
    Signatory.objects.create(name="Irina Exemple", title_en="Head of the unit", title_fr="Cheffe de l’unité")
    world.thread = services.open_thread(
        world.city, subject="The Index", text="When is the next round?", by=world.users["official"], token=uuid4()
    )
    services.write(world.thread, text="In May.", by=world.users["staff"], token=uuid4())
    world.thread_file = EntryFile(entry=world.thread.entries.first(), name="questions.pdf", size=5)
    UnitOffice.objects.create(field_en="Grants", name_en="Office for grants", email="grants@unit.example")
    world.thread_file.file.save("exchanges/q.pdf", ContentFile(b"%PDF-"), save=True)
    letter = Letter.objects.create(
        mailing=mailing_of(by=world.users["staff"], kind=Mailing.Kind.LETTER),
        city=world.city,
        addressee="Mayor’s Office",
        address="mayor@oslo.example",
        salutation="Dear Mayor",
    )
    letter.attachments.add(attach("letter.pdf", b"%PDF-1.7 letter"))
    world.letter_link = LetterLink.objects.create(letter=letter, expires_at=timezone.now() + timedelta(days=100))


def thread(world):
    return [world.thread.pk]


def link(world):
    return [links.token(world.letter_link)]


ROWS = {
    #                          public official other network assessor staff head
    "exchanges:list": Row("login  200      200   200     200      200   200"),
    "exchanges:new": Row("login  200      200   200     403      403   403"),
    "exchanges:thread": Row("login  200      404   200     404      200   200", thread),
    "exchanges:file": Row(
        "login  200      404   200     404      200   200", lambda w: [w.thread_file.pk], why="a file"
    ),
    "correspondence:office": Row(EVERYBODY, link),
    "correspondence:office-mayor": Row(EVERYBODY, link),
    "correspondence:office-received": Row("405    405      405   405     405      405   405", link),
    "correspondence:office-file": Row(EVERYBODY, lambda w: [*link(w), 1], why="a file"),
}

"""Exchanges: of the city's officials, its network's coordinator and the unit, which answers in the administration."""

from uuid import uuid4

from django.core.files.base import ContentFile

from correspondence.models import UnitOffice
from correspondence.threads import services
from correspondence.threads.models import EntryFile
from tests.access import Row


def make(world):
    world.thread = services.open_thread(
        world.city, subject="The Index", text="When is the next round?", by=world.users["official"], token=uuid4()
    )
    services.write(world.thread, text="In May.", by=world.users["staff"], token=uuid4())
    world.thread_file = EntryFile(entry=world.thread.entries.first(), name="questions.pdf", size=5)
    UnitOffice.objects.create(field_en="Grants", name_en="Office for grants", email="grants@unit.example")
    world.thread_file.file.save("exchanges/q.pdf", ContentFile(b"%PDF-"), save=True)


def thread(world):
    return [world.thread.pk]


ROWS = {
    #                          public official other network assessor staff head
    "exchanges:list": Row("login  200      200   200     200      200   200"),
    "exchanges:new": Row("login  200      200   200     403      403   403"),
    "exchanges:thread": Row("login  200      404   200     404      200   200", thread),
    "exchanges:file": Row(
        "login  200      404   200     404      200   200", lambda w: [w.thread_file.pk], why="a file"
    ),
}

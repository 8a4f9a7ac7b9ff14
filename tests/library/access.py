"""The library is for everyone who logs in; its files for officials of member cities and the unit."""

from tests.access import Row
from tests.library.factories import GoodPracticeFactory, PublicationFactory, PublicationFileFactory

LOGGED_IN = "login  200      200   200     200      200   200"


def make(world):
    world.publication = PublicationFactory()
    world.file = PublicationFileFactory(publication=world.publication)
    world.practice = GoodPracticeFactory(city=world.city)
    world.draft_practice = GoodPracticeFactory(city=world.city, status="draft")


ROWS = {
    #                                  public official other network assessor staff head
    "library:list": Row(LOGGED_IN),
    "library:detail": Row(LOGGED_IN, lambda w: [w.publication.pk]),
    "library:file": Row("login  200      200   200     403      200   200", lambda w: [w.file.pk], why="a file"),
    "library:practices": Row(LOGGED_IN),
    "library:practice": Row(LOGGED_IN, lambda w: [w.practice.pk]),
    "library:practice_new": Row("login  200      200   200     403      403   403"),
    "library:practice_edit": Row("login  200      404   200     404      404   404", lambda w: [w.draft_practice.pk]),
    "library:practice_submit": Row("login  302      302   302     302      302   302", lambda w: [w.practice.pk]),
}

"""Activities are for everyone who logs in; registrations for the city's officials and the unit."""

from django.core import signing
from django.core.files.base import ContentFile

from activities.models import Material
from activities.views import FEED_SALT
from tests.access import Row
from tests.activities.factories import ActivityFactory, RegistrationFactory

LOGGED_IN = "login  200      200   200     200      200   200"
THEIR_OWN = "login  200      404   200     404      200   200"
EVERYBODY = "200    200      200   200     200      200   200"


def make(world):
    world.activity = ActivityFactory()
    world.registration = RegistrationFactory(activity=world.activity, city=world.city)
    world.attended = RegistrationFactory(city=world.city, status="attended", certificate_code="ABCDEF123456")
    world.material = Material(activity=world.activity, title="Slides")
    world.material.file.save("slides.pdf", ContentFile(b"%PDF-1.7"))


def activity(world):
    return [world.activity.pk]


def registration(world):
    return [world.registration.pk]


ROWS = {
    #                                public official other network assessor staff head
    "activities:list": Row(LOGGED_IN),
    "activities:detail": Row(LOGGED_IN, activity),
    "activities:register": Row("login  200      200   200     403      403   403", activity),
    "activities:registration": Row(THEIR_OWN, registration),
    "activities:cancel": Row(THEIR_OWN, registration),
    "activities:calendar": Row(LOGGED_IN, activity, why="a calendar file"),
    "activities:material": Row(LOGGED_IN, lambda w: [w.material.pk], why="a file"),
    "activities:certificate": Row(EVERYBODY, lambda w: [w.attended.certificate_code]),
    "activities:feed": Row(
        EVERYBODY, lambda w: [signing.dumps(w.users["official"].pk, salt=FEED_SALT)], why="a calendar file"
    ),
}

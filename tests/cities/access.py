"""The directory and the cities' pages are public; a city's officials, its network's coordinator and the unit change it."""

from django.core.files.base import ContentFile

from cities import services
from tests.access import Row
from tests.cities.pages import show_everything

EVERYBODY = "200    200      200   200     200      200   200"
POST_ONLY = "login  405      405   405     405      405   405"
OFFICIALS = "login  200      403   200     403      200   200"


def make(world):
    world.step = world.city.steps.get()
    world.step.document.save("statement.pdf", ContentFile(b"%PDF-1.7"))
    show_everything(world.city)
    services.request_change(world.city, "name", values={"name": "Oslo kommune"}, via="portal")


def city(world):
    return [world.city.slug]


def term(world):
    return [world.city.slug, world.city.terms.get().pk]


ROWS = {
    #                              public official other network assessor staff head
    "cities:list": Row(EVERYBODY),
    "cities:land": Row(EVERYBODY, lambda w: ["europe"], why="a picture"),
    "cities:similar": Row(EVERYBODY, city),
    "cities:write": Row("login  200      200   200     403      403   403", term),
    "compare": Row(EVERYBODY),
    "city": Row(EVERYBODY, city),
    "cities:mine": Row("login  200      200   200     200      200   200"),
    "cities:act": Row(POST_ONLY),
    "cities:edit": Row(OFFICIALS, city),
    "cities:ask": Row(OFFICIALS, city),
    "cities:changes": Row(OFFICIALS, city),
    "cities:people": Row(OFFICIALS, city),
    "cities:person_add": Row(OFFICIALS, city),
    "cities:person_appoint": Row(OFFICIALS, lambda w: [w.city.slug, "mayor"]),
    "cities:person_edit": Row(OFFICIALS, term),
    "cities:term_confirm": Row(POST_ONLY, term),
    "cities:term_end": Row(OFFICIALS, term),
    "cities:step_document": Row(OFFICIALS, lambda w: [w.city.slug, w.step.pk], why="a file"),
    "cities:term_correct": Row(OFFICIALS, term),
    "cities:term_cancel": Row(POST_ONLY, term),
    "cities:invitation_send": Row(POST_ONLY, term),
    "cities:invitation_withdraw": Row(POST_ONLY, term),
    "cities:confirm_all": Row(POST_ONLY, city),
    "cities:election": Row(OFFICIALS, city),
    "cities:texts": Row(OFFICIALS, city),
    "cities:text": Row(OFFICIALS, lambda w: [w.city.slug, "nb"]),
    "cities:picture": Row(OFFICIALS, city),
    "cities:picture_remove": Row(POST_ONLY, city),
    "cities:picture_file": Row(EVERYBODY, lambda w: [w.city.slug, w.city.picture.token], why="a file"),
    "demo": Row("404    404      404   404     404      404   404"),
}

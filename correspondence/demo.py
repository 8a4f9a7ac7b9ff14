"""Offices of the unit, who signs its letters, and one exchange, made up for the demonstration."""

from datetime import datetime, timedelta
from uuid import UUID

from django.core.files.base import ContentFile

from accounts.models import User
from cities.models import City
from common.files import keep_once

from .models import Signatory, UnitOffice
from .signatures import clean_picture
from .threads import services

OFFICES = [
    ("Activities and study visits", "Activités et visites d’étude", "Office for activities", "Bureau des activités", "activities"),
    ("Calls and grants", "Appels et subventions", "Office for grants", "Bureau des subventions", "grants"),
    ("Index and expert visits", "Index et visites d’experts", "Office for the Index", "Bureau de l’Index", "index"),
    ("Membership and contributions", "Adhésion et contributions", "Office for members", "Bureau des membres", "members"),
]  # fmt: skip
SIGNATORY = "A. N. Sample"
TITLES = {
    "en": "Head of the unit (made up for the demonstration)",
    "fr": "Direction de l’unité (inventée pour la démonstration)",
}
STROKES = [  # "Sample", as by hand
    "M62 22C52 10 30 14 28 30c-2 16 32 18 30 36-2 16-32 18-40 4",
    "M92 50c-14-8-24 8-20 20 4 10 16 4 20-8l2-12c-2 12-2 24 6 22 8-2 8-14 12-22 0 8-2 16-2 24 2-12 6-24 12-24 6 0 2 14 2 24 2-12 6-24 12-24 8 0 2 16 4 22 2 6 10-4 12-14",
    "M166 48c-2 18-6 36-10 54M164 60c4-14 22-16 24-2 2 12-12 22-22 16",
    "M188 66c12-8 24-34 20-46-2-6-8 0-10 12-2 16-4 40 4 42 8 0 12-8 16-14 10 0 20-6 16-12-4-6-16 2-14 14 2 14 16 12 26 2",
    "M20 92c60-8 150-10 262-4-30 0-60 2-84 8",
]  # fmt: skip
QUESTION = UUID("6f0f7f5a-6d59-4c55-9f57-1cc000000001")
ANSWER = UUID("6f0f7f5a-6d59-4c55-9f57-1cc000000002")


def make(at: datetime) -> None:
    """Once each: four offices, a signatory, and a question of Oslo that the unit answered."""
    make_signatory()
    for position, (field, field_fr, name, name_fr, mailbox) in enumerate(OFFICES, start=1):
        texts = {"field_fr": field_fr, "name_en": name, "name_fr": name_fr, "position": position}
        UnitOffice.objects.get_or_create(
            field_en=field, defaults={**texts, "email": f"{mailbox}@icc-portal.example", "is_made_up": True}
        )
    city = City.objects.filter(slug="oslo").first()
    unit = User.objects.filter(email="programme@icc-portal.example").first()
    official = User.objects.filter(contact__terms__city=city, contact__terms__ended_on=None).order_by("pk").first()
    if not (city and unit and official):
        return
    thread = services.open_thread(
        city,
        subject="Interpretation at the study visit",
        text="Our colleague follows the discussions in French. Will there be interpretation on both days?",
        by=official,
        token=QUESTION,
        at=at - timedelta(days=2),
    )
    services.write(
        thread,
        text="Yes, between English and French, on both days. Please name the colleague in the registration.",
        by=unit,
        token=ANSWER,
        at=at - timedelta(days=1),
    )


def make_signatory() -> Signatory:
    """Somebody who does not exist, with a drawn signature that says so."""
    strokes = "".join(f'<path d="{stroke}"/>' for stroke in STROKES)
    pen = 'fill="none" stroke="#1b2f6b" stroke-width="3.2" stroke-linecap="round" stroke-linejoin="round"'
    drawing = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 110"><g {pen}>{strokes}</g></svg>'
    picture = clean_picture(ContentFile(drawing.encode(), name="signature.svg"))
    titles = {f"title_{language}": title for language, title in TITLES.items()}
    image = keep_once(f"signatures/{picture.name}", picture.read())
    signatory, _is_new = Signatory.objects.get_or_create(
        name=SIGNATORY, defaults={"initials": "ANS", "image": image, **titles}
    )
    return signatory

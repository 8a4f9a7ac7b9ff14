"""Offices of the unit and one exchange, made up for the demonstration."""

from datetime import datetime, timedelta
from uuid import UUID

from accounts.models import User
from cities.models import City

from .models import UnitOffice
from .threads import services

OFFICES = [
    ("Activities and study visits", "Activités et visites d’étude", "Office for activities", "Bureau des activités", "activities"),
    ("Calls and grants", "Appels et subventions", "Office for grants", "Bureau des subventions", "grants"),
    ("Index and expert visits", "Index et visites d’experts", "Office for the Index", "Bureau de l’Index", "index"),
    ("Membership and contributions", "Adhésion et contributions", "Office for members", "Bureau des membres", "members"),
]  # fmt: skip
QUESTION = UUID("6f0f7f5a-6d59-4c55-9f57-1cc000000001")
ANSWER = UUID("6f0f7f5a-6d59-4c55-9f57-1cc000000002")


def make(at: datetime) -> None:
    """Once each: four offices, and a question of Oslo that the unit answered."""
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

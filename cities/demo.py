"""What the demonstration makes up about cities, so that each of their pages can be tried; marked so wherever it is shown."""

import random
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from accounts.models import User

from . import services
from .models import ChangeRequest, City, IndexResult, IndexScore, PolicyArea

INDEX_VERSION = "0"
MEASURED = ["bergen", "bilbao", "geneve", "lisboa", "london-borough-of-camden", "neuchatel", "oslo", "reykjavik"]
TWICE = "bilbao"
AREAS = 12
ELECTIONS = {"bilbao": 40, "oslo": -20}  # days from today


def make(at: datetime) -> None:
    """Once each: results of the Index, two elections, and a change that waits for the unit."""
    today = timezone.localdate(at)
    for slug in MEASURED:
        _measure(City.objects.filter(slug=slug).first(), at, years=1)
    _measure(City.objects.filter(slug=TWICE).first(), at, years=4)
    unit = User.objects.filter(email="programme@icc-portal.example").first()
    official = User.objects.filter(email="coordinator@oslo.example").first()
    if not (unit and official):
        return
    for city in City.objects.filter(slug__in=ELECTIONS, election_on=None):
        services.expect_election(city, today + timedelta(days=ELECTIONS[city.slug]), by=unit)
    oslo = City.objects.filter(slug="oslo", change_requests=None).first()
    if oslo:
        services.request_change(
            oslo,
            ChangeRequest.Kind.NAME,
            values={"name": "Oslo kommune"},
            note="Made up for the demonstration: the name of the municipality.",
            by=official,
            via=ChangeRequest.Via.PORTAL,
        )


def _measure(city: City | None, at: datetime, *, years: int) -> None:
    """A result of `years` ago with scores around the means of an invented sample, the same each time."""
    on = timezone.localdate(at).replace(month=6, day=15) - timedelta(days=365 * years)
    if city is None or city.index_results.filter(on__year=on.year).exists():
        return
    dice = random.Random(f"{city.slug}{years}")  # noqa: S311  nothing secret
    level = dice.randint(-12, 18)
    result = IndexResult.objects.create(
        city=city, on=on, version=INDEX_VERSION, overall=60 + level, overall_mean=60, sample_size=90, is_made_up=True
    )
    means = random.Random(INDEX_VERSION)  # noqa: S311
    scores = []
    for area in PolicyArea.objects.all()[:AREAS]:
        mean = means.randint(42, 78)
        score = max(5, min(100, mean + level + dice.randint(-15, 15)))
        scores.append(IndexScore(result=result, area=area, score=Decimal(score), sample_mean=Decimal(mean)))
    IndexScore.objects.bulk_create(scores)

"""A small programme with something of everything, and a report on it."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal
from hashlib import sha256
from unittest import mock

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from activities.models import Activity
from cities.models import City, MembershipStep
from cities.models.membership import Step
from common.dates import Precision
from grants.models import Award
from library.models import GoodPractice, Publication
from reports import render, services
from reports.models import AnnualReport, ManualFigure, Rendition
from tests.factories import CityFactory, NetworkFactory, StaffFactory, mayor_of

FROZEN_AT = datetime(2021, 3, 1, 10, tzinfo=UTC)


def programme() -> dict[str, City]:
    """Four members in 2020: Oslo, Łódź (new in 2020), Saint-Denis (French mayor), Kyōto (no date, no mayor)."""
    network = NetworkFactory(code="NO", name_en="Norwegian network", name_fr="Réseau norvégien", country="NO")
    cities = {
        "oslo": CityFactory(
            name="Oslo", slug="oslo", country="NO", latitude="59.91", longitude="10.75", network=network
        ),
        "lodz": CityFactory(name="Łódź", slug="lodz", country="PL", latitude="51.76", longitude="19.45", member=False),
        "saint-denis": CityFactory(name="Saint-Denis", slug="saint-denis", country="FR"),
        "kyoto": CityFactory(
            name="Kyōto", slug="kyoto", country="JP", latitude="35.01", longitude="135.76", member=False
        ),
    }
    MembershipStep.objects.create(city=cities["lodz"], kind=Step.INTENT, on=date(2020, 5, 4), ordinal=140)
    MembershipStep.objects.create(city=cities["kyoto"], kind=Step.INTENT, precision=Precision.UNKNOWN)
    mayor_of(cities["oslo"], name="Mayor's Office, Oslo", email="mayor@oslo.example")
    mayor_of(cities["lodz"], name="Mayor's Office, Łódź", email="mayor@lodz.example")
    mayor_of(
        cities["saint-denis"],
        name="Cabinet du maire, Saint-Denis",
        email="maire@saint-denis.example",
        language="fr",
        salutation="Madame la Maire",
    )
    Activity.objects.create(
        title_en="Webinar on systemic racism",
        title_fr="Webinaire sur le racisme systémique",
        kind=Activity.Kind.WEBINAR,
        format=Activity.Format.ONLINE,
        status=Activity.Status.PUBLISHED,
        starts_at=datetime(2020, 7, 7, 8, tzinfo=UTC),
        ends_at=datetime(2020, 7, 7, 10, tzinfo=UTC),
    )
    Activity.objects.create(
        title_en="Study visit to Oslo",
        title_fr="Visite d'étude à Oslo",
        kind=Activity.Kind.STUDY_VISIT,
        format=Activity.Format.IN_PERSON,
        status=Activity.Status.PUBLISHED,
        host_city=cities["oslo"],
        starts_at=datetime(2020, 10, 12, 8, tzinfo=UTC),
        ends_at=datetime(2020, 10, 14, 16, tzinfo=UTC),
    )
    award = Award.objects.create(
        project="Welcoming together",
        year=2020,
        lead_city=cities["oslo"],
        amount=Decimal("10000"),
        published_at=FROZEN_AT,
    )
    award.cities.set([cities["oslo"], cities["lodz"]])
    Publication.objects.create(
        title="Systemic discrimination", kind=Publication.Kind.POLICY_BRIEF, year=2020, languages="en|it"
    )
    GoodPractice.objects.create(
        city=cities["lodz"],
        title="Neighbours' festival",
        summary="=SUM(1) is only a text here.",
        status=GoodPractice.Status.PUBLISHED,
        published_at=datetime(2020, 6, 1, tzinfo=UTC),
    )
    return cities


def drafted(year: int = 2020, by=None) -> AnnualReport:
    """With a figure that somebody entered by hand."""
    report = services.create_report(year, by=by or StaffFactory())
    ManualFigure.objects.create(
        report=report, key="news_items", label_en="News items", label_fr="Actualités", value=1234, previous=1200,
        source="Website",
    )  # fmt: skip
    return report


def frozen(by=None) -> AnnualReport:
    report = drafted(by=by)
    services.freeze(report, by=by or StaffFactory(), at=FROZEN_AT)
    report.refresh_from_db()
    return report


def compiled(by=None) -> AnnualReport:
    """A compiled report whose documents were rendered in this process, once for all tests with the same facts (R2)."""
    report = frozen(by=by)
    services.compile(report, by=StaffFactory())
    with mock.patch.object(render, "make", made_once):
        render.render_all(list(report.snapshot().renditions.values_list("pk", flat=True)))
    report.refresh_from_db()
    return report


def quickly_compiled(report: AnnualReport) -> AnnualReport:
    """A frozen report as if workers had rendered it: each document a few bytes."""
    content = b"%PDF-1.7"
    stored = default_storage.save("reports/small.pdf", ContentFile(content))
    report.snapshot().renditions.update(
        state=Rendition.State.DONE,
        file=stored,
        sha256=sha256(content).hexdigest(),
        size=len(content),
        pages=1,
        finished_at=timezone.now(),
    )
    AnnualReport.objects.filter(pk=report.pk).update(status=AnnualReport.Status.COMPILED)
    report.refresh_from_db()
    return report


MADE: dict[tuple, render.Made] = {}
make = render.make


def made_once(rendition: Rendition) -> render.Made:
    key = (rendition.snapshot.sha256, rendition.kind, rendition.language, rendition.city and rendition.city.slug)
    if key not in MADE:
        MADE[key] = make(rendition)
    return MADE[key]


def approved(by=None) -> AnnualReport:
    report = compiled(by=by)
    services.skip_round(report, reason="The cities saw their sheets at the meeting.", by=StaffFactory())
    return services.approve(report, by=StaffFactory())


def facts(report: AnnualReport) -> dict:
    return json.loads(report.snapshot().data)

"""A city that shows everything a city can show."""

from datetime import date
from decimal import Decimal
from io import BytesIO

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from cities import services
from cities.models import City, IndexResult, IndexScore, PolicyArea
from tests.factories import PolicyAreaFactory, StaffFactory


def photograph(kind: str = "JPEG", size: tuple[int, int] = (800, 600), **options) -> SimpleUploadedFile:
    """A picture file of one colour."""
    content = BytesIO()
    Image.new("RGB", size, (30, 90, 160)).save(content, kind, **options)
    return SimpleUploadedFile(f"Anna at home.{kind.lower()}", content.getvalue())


def index_of(
    city: City, on: date, scores: dict[str, int | None], version: str = "2024", sample: int = 105
) -> IndexResult:
    """A result with one score for each area by its code; the mean of the sample is 50."""
    result = IndexResult.objects.create(
        city=city, on=on, version=version, overall=Decimal(70), overall_mean=Decimal(58), sample_size=sample
    )
    for position, (code, score) in enumerate(scores.items(), start=1):
        area = PolicyArea.objects.filter(code=code).first() or PolicyAreaFactory(
            code=code, name_en=code.title(), name_fr=f"{code.title()} (fr)", position=position
        )
        if score is not None:
            IndexScore.objects.create(result=result, area=area, score=score, sample_mean=Decimal(50))
    return result


def show_everything(city: City) -> None:
    staff = StaffFactory()
    City.objects.filter(pk=city.pk).update(
        profile_en="Oslo **mixes**.",
        profile_fr="Oslo **mêle**.",
        population=717_710,
        latitude="59.91",
        longitude="10.75",
    )
    services.save_text(city, "nb", "Oslo **blander**.", version=0, by=staff)
    services.save_picture(
        city, file=photograph(), alt_en="The fjord", alt_fr="Le fjord", credit="City of Oslo", version=0, by=staff
    )
    index_of(city, date(2020, 5, 4), {"education": 60, "media": 40, "language": 55, "mediation": 30}, version="2019")
    index_of(city, date(2024, 5, 4), {"education": 70, "media": 45, "language": None, "mediation": 80})

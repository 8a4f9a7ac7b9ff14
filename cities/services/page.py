"""What a city shows of itself: texts in further languages, and a picture."""

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from common.exceptions import Refused, Stale
from common.pictures import prepared
from common.uploads import generated_name

from ..models import City, CityPicture, CityText
from ..models.page import TEXT_LANGUAGES


@transaction.atomic
def save_text(city: City, language: str, text: str, *, version: int, by: User) -> CityText | None:
    """Write the profile in a further language; an empty text takes it away. `version` is 0 for a text that is new.

    Raises Stale with the text that stands, when somebody wrote in the meantime.
    """
    if language not in TEXT_LANGUAGES:
        raise Refused([_("Choose one of the languages of the list.")])
    City.objects.select_for_update().get(pk=city.pk)
    found = CityText.objects.filter(city=city, language=language).first()
    if (found.version if found else 0) != version:
        raise Stale(found)
    if not text.strip():
        if found:
            found._history_user = by  # type: ignore[attr-defined]
            found.delete()
        return None
    row = found or CityText(city=city, language=language, version=0)
    row.text, row.version = text, row.version + 1
    row._history_user = by  # type: ignore[attr-defined]
    row.save()
    return row


def save_picture(
    city: City, *, file: UploadedFile | None, alt_en: str, alt_fr: str, credit: str, version: int, by: User
) -> CityPicture:
    """Show this picture, or describe the one that stands anew. Raises Stale when it was changed in the meantime."""
    picture = prepared(file) if file else None  # before the lock: it takes a while
    with transaction.atomic():
        City.objects.select_for_update().get(pk=city.pk)
        row = CityPicture.objects.filter(city=city).first()
        if (row.version if row else 0) != version:
            raise Stale(row)
        if row is None and picture is None:
            raise Refused([_("Choose a picture.")])
        row = row or CityPicture(city=city, version=0)
        if picture:
            _forget(row)
            row.file.save(generated_name("cities", ".jpg"), picture.file, save=False)
            row.width, row.height = picture.width, picture.height
        row.alt_en, row.alt_fr, row.credit, row.version = alt_en, alt_fr, credit, row.version + 1
        row._history_user = by  # type: ignore[attr-defined]
        row.save()
    return row


@transaction.atomic
def remove_picture(city: City, *, by: User) -> None:
    """Take the picture away, the file too. Nothing happens when there is none."""
    City.objects.select_for_update().get(pk=city.pk)
    if row := CityPicture.objects.filter(city=city).first():
        _forget(row)
        row._history_user = by  # type: ignore[attr-defined]
        row.delete()


def _forget(row: CityPicture) -> None:
    """Delete the file once the change is committed."""
    if name := row.file.name:
        transaction.on_commit(lambda: default_storage.delete(name))

"""What officials write about their city."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from accounts.models import User
from common.exceptions import Stale

from ..models import City, PolicyArea


@transaction.atomic
def save_profile(
    city: City,
    *,
    version: int,
    by: User,
    profile_en: str,
    profile_fr: str,
    website: str,
    languages: list[str],
    interests: Iterable[PolicyArea],
) -> City:
    """Save the profile that was read at `version`. Raises Stale when another version stands."""
    city = City.objects.select_for_update().get(pk=city.pk)
    if city.version != version:
        raise Stale(city)
    city.profile_en, city.profile_fr, city.website = profile_en, profile_fr, website
    city.languages = sorted(languages)
    city.version += 1
    city._history_user = by  # type: ignore[attr-defined]
    city.save()
    city.interests.set(interests)
    return city


@transaction.atomic
def expect_election(city: City, on: date | None, *, by: User) -> None:
    """Note the day of the next local election, without touching what others are writing."""
    city = City.objects.select_for_update().get(pk=city.pk)
    city.election_on = on
    city._history_user = by  # type: ignore[attr-defined]
    city.save(update_fields=["election_on"])

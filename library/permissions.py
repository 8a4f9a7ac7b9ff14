from datetime import date

from accounts.models import User
from cities.models import City

from .models import GoodPractice


def may_write(user: User, on: date) -> bool:
    """Officials of a city write its good practices."""
    return City.objects.of_official(user, on).exists()


def may_edit(user: User, practice: GoodPractice, on: date) -> bool:
    """Until it is handed in, or once it was returned, by officials of its city."""
    return (
        practice.status in (GoodPractice.Status.DRAFT, GoodPractice.Status.RETURNED)
        and City.objects.of_official(user, on).filter(pk=practice.city_id).exists()
    )


def may_download(user: User, on: date) -> bool:
    """Files are for the unit and for officials of a member city."""
    cities = City.objects.of_official(user, on)
    return user.is_staff or City.objects.members(on).filter(pk__in=cities).exists()


def may_review(user: User) -> bool:
    return user.is_staff and user.has_perm("library.review_goodpractice")

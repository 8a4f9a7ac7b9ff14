"""Who may write in an exchange, and who may answer for the unit."""

from datetime import date

from django.contrib.auth.models import Permission
from django.db.models import Q, QuerySet

from accounts.models import User
from cities.models import City


def may_write(user: User, city: City, on: date) -> bool:
    """Whoever acts for the city: its officials, and the coordinator of a network it is in."""
    return not user.is_staff and City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_answer(user: User) -> bool:
    return user.is_staff and user.has_perm("correspondence.answer_thread")


def colleagues() -> QuerySet[User]:
    """Everybody who may answer, for a choice."""
    answers = Permission.objects.filter(content_type__app_label="correspondence", codename="answer_thread")
    may = Q(is_superuser=True) | Q(groups__permissions__in=answers) | Q(user_permissions__in=answers)
    return User.objects.filter(may, is_staff=True, is_active=True).distinct().order_by("name")

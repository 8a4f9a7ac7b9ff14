from celery import shared_task
from django.utils import timezone

from . import services
from .models import Activity, Registration


@shared_task(ignore_result=True)
def sweep() -> None:
    """Take back offers that ran out, offer seats that lie free, and delete needs that have served."""
    at = timezone.now()
    run_out = Registration.objects.filter(status=Registration.Status.OFFERED, offered_until__lte=at)
    for activity in Activity.objects.filter(pk__in=run_out.values("activity")):
        services.expire_offers(activity, at=at)
    waiting = Registration.objects.filter(status=Registration.Status.WAITING, activity__starts_at__gt=at)
    for activity in Activity.objects.filter(pk__in=waiting.values("activity")):
        services.offer_free_seats(activity, at=at)
    services.purge_needs(at)

"""What the roof does by itself."""

from celery import shared_task
from django.utils import timezone

from icc_portal.privacy.expire import expire


@shared_task(ignore_result=True)
def expire_personal_data() -> None:
    """Every night: the rules of icc_portal/privacy/table.py. Run twice, the second finds nothing to do."""
    expire(timezone.now())

from celery import shared_task
from django.utils import timezone

from . import render


@shared_task(ignore_result=True, acks_late=True)
def render_documents(pks: list[int]) -> None:
    """Render documents that wait; delivered twice, each is rendered once."""
    render.render_all(pks)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Every minute: take back what dead workers hold, enqueue what the broker lost."""
    render.sweep(timezone.now())

from celery import shared_task
from django.utils import timezone

from . import dispatch, render
from .services import sections, verification


@shared_task(ignore_result=True, acks_late=True)
def render_documents(pks: list[int]) -> None:
    """Render documents that wait; delivered twice, each is rendered once."""
    render.render_all(pks)


@shared_task(ignore_result=True)
def sweep() -> None:
    """Every minute: take back what dead workers hold, enqueue what the broker lost, send what is scheduled."""
    render.sweep(timezone.now())
    dispatch.send_scheduled(timezone.now())


@shared_task(ignore_result=True)
def keep_dates() -> None:
    """Ask and remind whoever owes a section or an answer, and record silence once its day has passed; twice does no harm."""
    at = timezone.now()
    sections.remind(at)
    verification.settle(at)
    verification.remind(at)

"""The Celery application: queues by kind of work, tasks found in each app's `tasks.py`."""

import os

from celery import Celery
from celery.signals import worker_init

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icc_portal.settings")

app = Celery("icc_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@worker_init.connect
def rehearse(sender, **kwargs) -> None:
    """A worker that renders does so once before its processes are forked: each of them begins with what it learnt."""
    if "render" in app.amqp.queues.consume_from:
        from django.db import connections

        from reports import render

        render.rehearse()
        connections.close_all()  # no process shares a connection with another

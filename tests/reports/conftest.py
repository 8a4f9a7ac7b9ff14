import pytest
from django.db import transaction
from django.utils import translation

from tests.reports.factories import facts, frozen, programme


@pytest.fixture(scope="module")
def data(django_db_setup, django_db_blocker) -> dict:
    """The frozen facts of a programme, without a database from then on."""
    with django_db_blocker.unblock(), translation.override("en"), transaction.atomic():
        programme()
        found = facts(frozen())
        transaction.set_rollback(True)
    return found

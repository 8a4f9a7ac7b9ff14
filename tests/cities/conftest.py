import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """A request in French leaves its language to the next test of the process."""
    with translation.override("en"):
        yield

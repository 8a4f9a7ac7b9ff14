import pytest
from django.utils import translation


@pytest.fixture(autouse=True)
def english():
    """A page in French leaves the thread in French; each test begins in English."""
    with translation.override("en"):
        yield

"""Whether a page is only looked at on behalf of somebody else (icc_portal/see_as): then nothing is written, not even a trace."""

from django.http import HttpRequest


def is_viewing(request: HttpRequest) -> bool:
    return getattr(request, "viewing", None) is not None

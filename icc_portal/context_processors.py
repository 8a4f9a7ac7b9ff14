from django.conf import settings


def portal(request):
    """What the frame of every page needs to know."""
    return {"portal": {"is_demo": settings.DEMO, "unit_email": settings.UNIT_EMAIL}}

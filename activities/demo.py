"""Activities made up for the demonstration, so that registration can be tried."""

from datetime import datetime, timedelta

from .models import Activity, AgendaItem


def make(at: datetime) -> None:
    """Two coming activities, once: an open webinar and a study visit with few seats."""
    start = (at + timedelta(days=35)).replace(hour=9, minute=0, second=0, microsecond=0)
    webinar, created = Activity.objects.get_or_create(
        title_en="Webinar: alternative narratives in local communication",
        is_made_up=True,
        defaults={
            "title_fr": "Webinaire : les récits alternatifs dans la communication locale",
            "summary_en": "How three offices answer rumours, and what they learned.",
            "summary_fr": "Comment trois services répondent aux rumeurs, et ce qu'ils en ont appris.",
            "kind": Activity.Kind.WEBINAR,
            "format": Activity.Format.ONLINE,
            "field": Activity.Field.NARRATIVES,
            "status": Activity.Status.PUBLISHED,
            "starts_at": start,
            "ends_at": start + timedelta(hours=2),
            "languages": "English, français",
            "has_registration": True,
            "capacity": 40,
            "seats_per_city": 2,
            "registration_opens_at": at - timedelta(days=7),
            "registration_closes_at": start - timedelta(days=2),
            "joining_link": "https://meeting.example/narratives",
        },
    )
    if created:
        AgendaItem.objects.create(activity=webinar, starts_at=start, title="Welcome")
        AgendaItem.objects.create(
            activity=webinar, starts_at=start + timedelta(minutes=20), title="Three cities, three answers"
        )
    Activity.objects.get_or_create(
        title_en="Study visit: participation of all residents",
        is_made_up=True,
        defaults={
            "title_fr": "Visite d'étude : la participation de tous les habitants",
            "summary_en": "Two days with the participation office, with few seats, so that the waiting list can be seen.",
            "summary_fr": "Deux jours avec le service de la participation, peu de places : la liste d'attente est visible.",
            "kind": Activity.Kind.STUDY_VISIT,
            "format": Activity.Format.IN_PERSON,
            "field": Activity.Field.PARTICIPATION,
            "status": Activity.Status.PUBLISHED,
            "starts_at": start + timedelta(days=30),
            "ends_at": start + timedelta(days=31, hours=8),
            "place": "Bilbao",
            "country": "ES",
            "has_registration": True,
            "capacity": 2,
            "seats_per_city": 1,
            "registration_opens_at": at - timedelta(days=7),
            "registration_closes_at": start + timedelta(days=14),
        },
    )

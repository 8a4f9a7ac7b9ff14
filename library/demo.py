"""A publication with files and good practices made up for the demonstration, so that the library can be tried."""

from datetime import datetime

from django.core.files.base import ContentFile

from cities.models import City, PolicyArea
from common.pdf import render_pdf
from common.uploads import generated_name

from .models import GoodPractice, Publication, PublicationFile

PAPER = {
    "en": ("Policy brief for the demonstration", "This paper is made up. It shows how the library serves files to members."),
    "fr": ("Note d'orientation pour la démonstration", "Ce document est inventé. Il montre comment la médiathèque remet des fichiers aux membres."),
}  # fmt: skip
PRACTICES = [
    ("bilbao", "Neighbourhood mediators at the citizens' desk", "Six mediators help newcomers and neighbours to understand each other before a complaint becomes a conflict."),
    ("oslo", "A welcome evening in every district", "Each district invites its new residents once a year; associations introduce themselves."),
]  # fmt: skip


def make(at: datetime) -> None:
    """One publication in two languages, one published and one practice in review, once."""
    publication, created = Publication.objects.get_or_create(
        title=PAPER["en"][0],
        year=None,
        defaults={
            "kind": Publication.Kind.POLICY_BRIEF,
            "languages": "en|fr",
            "is_made_up": True,
            "abstract": PAPER["en"][1],
        },
    )
    if created:
        for language, (title, text) in PAPER.items():
            pdf = render_pdf(
                f'<html lang="{language}"><head><title>{title}</title></head><body><h1>{title}</h1><p>{text}</p></body></html>',
                language=language,
                created_at=at,
            )
            stored = PublicationFile(publication=publication, language=language)
            stored.file.save(generated_name("library", ".pdf"), ContentFile(pdf.content))
    for number, (slug, title, summary) in enumerate(PRACTICES):
        if not (city := City.objects.filter(slug__startswith=slug).first()):
            continue
        is_published = number == 0
        practice, created = GoodPractice.objects.get_or_create(
            city=city,
            title=title,
            defaults={
                "summary": summary,
                "is_made_up": True,
                "status": GoodPractice.Status.PUBLISHED if is_published else GoodPractice.Status.SUBMITTED,
                "submitted_at": at,
                "published_at": at if is_published else None,
            },
        )
        if created:
            practice.policy_areas.set(PolicyArea.objects.all()[number : number + 2])

import factory
from django.core.files.base import ContentFile
from django.utils import timezone
from factory.django import DjangoModelFactory

from library.models import GoodPractice, Publication, PublicationFile
from tests.factories import CityFactory, UserFactory


class PublicationFactory(DjangoModelFactory):
    class Meta:
        model = Publication

    title = factory.Sequence(lambda n: f"Policy brief {n}")
    kind = Publication.Kind.POLICY_BRIEF
    year = 2020
    languages = "en"


class PublicationFileFactory(DjangoModelFactory):
    class Meta:
        model = PublicationFile

    publication = factory.SubFactory(PublicationFactory)
    language = "en"
    file = factory.LazyFunction(lambda: ContentFile(b"%PDF-1.7", name="brief.pdf"))


class GoodPracticeFactory(DjangoModelFactory):
    """A published practice; with another `status`, one that is not."""

    class Meta:
        model = GoodPractice

    city = factory.SubFactory(CityFactory)
    title = factory.Sequence(lambda n: f"Practice {n}")
    summary = "What works."
    written_by = factory.SubFactory(UserFactory)
    status = GoodPractice.Status.PUBLISHED
    published_at = factory.LazyAttribute(lambda p: timezone.now() if p.status == "published" else None)

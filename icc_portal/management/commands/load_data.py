"""Load the member cities, activities, grants and publications that the portal starts from."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from activities import seed as activities
from cities import seed as cities
from common.tables import BrokenTable
from grants import seed as grants
from library import seed as library


class Command(BaseCommand):
    help = "Load data/*.csv. Creates what is missing and changes nothing else; run it as often as you like."

    def add_arguments(self, parser):
        parser.add_argument("--folder", type=Path, default=settings.BASE_DIR / "data", help="where the files are")

    def handle(self, *, folder: Path, **options):
        try:
            with transaction.atomic():
                sentences = [app.load(folder) for app in (cities, activities, grants, library)]
        except BrokenTable as problem:
            raise CommandError(f"{problem} Nothing was loaded.") from None
        for sentence in sentences:
            self.stdout.write(sentence)

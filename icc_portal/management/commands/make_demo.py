from django.core.management.base import BaseCommand
from django.utils import timezone

import activities.demo
import cities.demo
import correspondence.demo
import grants.demo
import library.demo
from icc_portal.demo_accounts import make_accounts
from icc_portal.demo_people import make_people


class Command(BaseCommand):
    help = "Make up what no public source gives: offices, accounts, a call, activities. Can run again."

    def handle(self, **options) -> None:
        self.stdout.write(make_people())
        self.stdout.write(make_accounts())
        for demo in (cities.demo, activities.demo, correspondence.demo, grants.demo, library.demo):
            demo.make(timezone.now())
        self.stdout.write("Demo results of the Index, activities, call, exchange and library entries are there.")

"""The first page: what needs attention, what is new since the last visit, whom to ask."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity
from cities.models import MembershipStep
from cities.models.membership import Step
from common.summary import Item
from correspondence.models import UnitOffice
from correspondence.threads import services as threads
from icc_portal import home
from library.models import GoodPractice
from tests.activities.factories import ActivityFactory, RegistrationFactory
from tests.factories import (
    CityFactory,
    NetworkFactory,
    StaffFactory,
    UserFactory,
    network_coordinator_of,
    official_of,
)  # fmt: skip
from tests.library.factories import GoodPracticeFactory, PublicationFactory
from tests.queries import queries

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def titles(page) -> list[str]:
    return [news.title for news in page.context["news"]]


def test_what_needs_attention_stands_in_groups_by_urgency():
    def item(title, **fields):
        return Item(title, "/", **fields)

    items = [
        item("no hurry"), item("overdue", due_at=NOW - timedelta(days=1)), item("broken", tone="bad"),
        item("in a month", due_at=NOW + timedelta(days=30)), item("in a week", due_at=NOW + timedelta(days=7)),
    ]  # fmt: skip

    groups = {title: [i.title for i in found] for title, found in home.by_urgency(items, NOW)}

    assert groups == {
        "First": ["overdue", "broken", "in a week"],
        "With a date": ["in a month"],
        "When you have time": ["no hurry"],
    }
    assert home.by_urgency([], NOW) == []


def test_the_nearest_deadline_stands_first(client):
    city = CityFactory()
    client.force_login(official_of(city))
    offer = {"city": city, "status": "offered", "confirmed_at": None}
    later = RegistrationFactory(**offer, offered_until=NOW + timedelta(hours=20))
    sooner = RegistrationFactory(**offer, offered_until=NOW + timedelta(hours=2))

    groups = client.get("/en/").context["groups"]

    urls = [item.url for item in groups[0][1] if item.due_at]
    assert urls == [reverse("activities:registration", args=[r.pk]) for r in (sooner, later)]


def test_an_answer_of_the_unit_needs_attention_until_it_is_read(client):
    city = CityFactory()
    official = official_of(city)
    thread = threads.open_thread(city, subject="Lunch", text="Where?", by=official, token=uuid4())
    threads.write(thread, text="Here.", by=StaffFactory(), token=uuid4())
    client.force_login(official)
    assert "Read what the unit wrote: Lunch" in client.get("/en/").text

    client.get(thread.get_absolute_url())

    assert "Read what the unit wrote" not in client.get("/en/").text


# What is new -----------------------------------------------------------------------------------


def test_new_is_what_appeared_since_the_last_visit_the_latest_first(client):
    official = official_of(CityFactory())
    official.home_seen_at = NOW - timedelta(days=3)
    official.save()
    old, new = ActivityFactory(title_en="Old webinar"), ActivityFactory(title_en="New webinar")
    Activity.history.filter(id=old.pk).update(history_date=NOW - timedelta(days=9))
    Activity.history.filter(id=new.pk).update(history_date=NOW - timedelta(days=1))
    GoodPracticeFactory(title="Shared kitchens", published_at=NOW - timedelta(days=2))
    PublicationFactory(title="A guide")
    joined = CityFactory(name="Kyōto", member=timezone.localdate())
    client.force_login(official)

    found = titles(client.get("/en/"))

    assert found == ["A guide", joined.name, "New webinar", "Shared kitchens"] or set(found) == {
        "A guide", "Kyōto", "New webinar", "Shared kitchens",
    }  # fmt: skip
    assert found.index("New webinar") < found.index("Shared kitchens")


def test_what_is_new_stays_for_the_visit_and_is_old_at_the_next(client):
    official = official_of(CityFactory())
    PublicationFactory(title="A guide")
    client.force_login(official)
    assert titles(client.get("/en/")) == titles(client.get("/en/")) == ["A guide"]

    client.logout()
    client.force_login(official)

    page = client.get("/en/")
    assert titles(page) == []
    assert "Nothing new in the network since" in page.text


def test_a_change_does_not_make_an_old_activity_new(client):
    activity = ActivityFactory()
    Activity.history.update(history_date=NOW - timedelta(days=200))
    activity.place = "Another place"
    activity.save()
    client.force_login(UserFactory())

    assert titles(client.get("/en/")) == []


def test_drafts_are_no_news(client):
    ActivityFactory(status=Activity.Status.DRAFT)
    GoodPracticeFactory(status=GoodPractice.Status.DRAFT, published_at=None)
    client.force_login(UserFactory())

    assert titles(client.get("/en/")) == []


def test_a_delivery_of_many_is_one_line_after_the_latest_of_its_kind(client):
    PublicationFactory.create_batch(20)
    CityFactory(name="Kyōto", member=timezone.localdate())
    client.force_login(UserFactory())

    found = titles(client.get("/en/"))

    assert "15 more publications" in found
    assert "Kyōto" in found
    assert len(found) == 7


def test_a_member_whose_day_is_not_known_is_no_news(client):
    city = CityFactory(member=False)
    MembershipStep.objects.create(city=city, kind=Step.INTENT, precision="unknown")
    client.force_login(UserFactory())

    assert titles(client.get("/en/")) == []


# Whom to ask, for whom ---------------------------------------------------------------------------


def test_the_page_says_for_which_city_and_whom_to_ask(client):
    UnitOffice.objects.create(
        field_en="Grants", field_fr="Subventions", name_en="Office for grants", name_fr="Bureau des subventions",
        email="grants@unit.example",
    )  # fmt: skip
    client.force_login(official_of(CityFactory(name="Yokohama")))

    english, french = client.get("/en/").text, client.get("/fr/").text

    assert "Office for grants" in english and "Bureau des subventions" in french
    assert "/en/exchanges/new/" in english
    assert "made up" not in english


def test_made_up_offices_are_marked(client):
    UnitOffice.objects.create(field_en="Grants", name_en="Office", email="g@unit.example", is_made_up=True)
    client.force_login(official_of(CityFactory()))

    assert "These offices are made up for the demonstration." in client.get("/en/").text


def test_the_coordinator_of_a_network_sees_its_cities(client):
    network = NetworkFactory()
    names = [CityFactory(network=network).name for _n in range(8)]
    client.force_login(network_coordinator_of(network))

    page = client.get("/en/")

    assert sum(name in page.text for name in names) >= 6
    assert page.context["acting"] is None


def test_staff_are_sent_to_the_administration_and_see_the_news(client):
    PublicationFactory(title="A guide")
    client.force_login(StaffFactory())

    page = client.get("/en/")

    assert "Your work is in the administration" in page.text
    assert titles(page) == ["A guide"]


def test_somebody_without_tasks_is_told_so(client):
    client.force_login(UserFactory())

    assert "Nothing needs your attention" in client.get("/en/").text


@pytest.mark.parametrize("count", [1, 20])
def test_the_page_takes_the_same_few_queries(client, count):
    city = CityFactory()
    client.force_login(official_of(city))
    ActivityFactory.create_batch(count)
    GoodPracticeFactory.create_batch(count)
    PublicationFactory.create_batch(count)
    client.get("/en/")

    assert queries(lambda: client.get("/en/")) <= 10
    cache.clear()
    assert queries(lambda: client.get("/en/")) <= 22


def test_the_shared_parts_are_made_once_for_all_readers(client):
    PublicationFactory(title="A guide")
    client.force_login(UserFactory())
    client.get("/en/")
    PublicationFactory(title="Another")

    client.force_login(UserFactory())

    assert titles(client.get("/en/")) == ["A guide"]

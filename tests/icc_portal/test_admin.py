"""The administration as a whole: every page opens in both languages, lists stay quick, groups see what their table says."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone, translation

from accounts.groups import COMMUNICATION, FINANCE, HEAD_OF_UNIT, PROGRAMME, READER
from cities.models import City, Contribution, IndexResult
from correspondence import services as correspondence
from correspondence.models import Exchange, Mailing, Signatory
from grants.models import Extension
from mail.models import Bounce
from reports import services as reports
from reports.models import ManualFigure
from tests.access import make_world, sign_in, staff_in
from tests.activities.factories import ActivityFactory, RegistrationFactory
from tests.correspondence.factories import cities_with_mayors, mailing_of
from tests.factories import CityFactory, ContactFactory, PolicyAreaFactory, StaffFactory, TermFactory
from tests.grants.factories import CallFactory, submitted
from tests.library.factories import PublicationFactory
from tests.mail.factories import queued
from tests.queries import queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english():
    """A page in French leaves the thread in French; each test begins in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def as_group(client):
    def become(name: str):
        user = staff_in(name)
        sign_in(client, user)
        return user

    return become


def one_of_each_kind() -> None:
    """One object of every model that the administration shows."""
    world = make_world()
    now, city, head = timezone.now(), world.city, world.users["head"]
    IndexResult.objects.create(city=city, on=date(2020, 5, 1), version="2019", overall=Decimal(71), sample_size=100)
    Contribution.objects.create(city=city, year=2020, amount=Decimal(5000))
    Exchange.objects.create(city=city, kind="call", on=date(2021, 1, 5), summary="Spoke about the Index")
    Extension.objects.create(
        application=world.draft, until_at=now + timedelta(days=1), reason="Illness", granted_by=head
    )
    PolicyAreaFactory()
    ManualFigure.objects.create(report=world.section.report, key="news", label_en="News", value=3, source="Website")
    Signatory.objects.create(name="Ana Example", title_en="Head of the unit", title_fr="Cheffe de l’unité")
    mailing_of(by=head)
    (message,) = queued()
    Bounce.objects.create(message=message, is_hard=True, diagnostic="550 no such user", received_at=now)


def address(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_every_page_of_the_administration_opens_for_the_unit_administrator(client, as_group, rf, language):
    one_of_each_kind()
    asking = rf.get("/")
    asking.user = as_group(HEAD_OF_UNIT)
    with translation.override(language):
        wanted = [reverse("admin:index")]
        for model, model_admin in admin.site._registry.items():
            if not model_admin.has_view_permission(asking):
                continue
            shown = model_admin.get_queryset(asking).first()
            assert shown, f"{model} has no row that the administration shows"
            wanted += [address(model, "changelist"), address(model, "change", shown.pk)]
            wanted += [address(model, "history", shown.pk)]
            wanted += [address(model, "changelist") + "?q=o"] if model_admin.search_fields else []
            if model_admin.has_add_permission(asking):
                wanted.append(address(model, "add"))
            wanted += [
                address(model, page)
                for page in ("export", "import")
                if getattr(model_admin, f"has_{page}_permission", lambda request: False)(asking)
            ]
            if model_admin.has_delete_permission(asking, shown):
                wanted.append(address(model, "delete", shown.pk))

    answers = {url: client.get(url).status_code for url in wanted}

    assert len(answers) > 80
    assert {url: status for url, status in answers.items() if status != 200} == {}


def test_every_permission_of_the_unit_administrator_is_of_use(rf):
    """No page is left out of the test above by mistake."""
    request = rf.get("/")
    request.user = staff_in(HEAD_OF_UNIT)

    hidden = {
        m._meta.label for m, model_admin in admin.site._registry.items() if not model_admin.has_view_permission(request)
    }

    assert hidden == set()


# Lists -----------------------------------------------------------------------------------------


def add_reports(count: int) -> None:
    model = apps.get_model("reports", "AnnualReport")
    for year in range(2008 + model.objects.count(), 2008 + model.objects.count() + count):
        reports.create_report(year, by=StaffFactory(), at=datetime(2035, 1, 1, tzinfo=timezone.get_current_timezone()))


def add_applications(count: int) -> None:
    call = CallFactory()
    for _n in range(count):
        submitted(call)


LISTS = {
    "cities.City": lambda n: CityFactory.create_batch(n),
    "cities.Contact": lambda n: ContactFactory.create_batch(n),
    "cities.Term": lambda n: TermFactory.create_batch(n),
    "activities.Activity": lambda n: [ActivityFactory(host_city=CityFactory()) for _n in range(n)],
    "activities.Registration": lambda n: RegistrationFactory.create_batch(n),
    "grants.Application": add_applications,
    "library.Publication": lambda n: PublicationFactory.create_batch(n),
    "mail.Message": lambda n: queued(n),
    "correspondence.Mailing": lambda n: [mailing_of() for _n in range(n)],
    "reports.AnnualReport": add_reports,
}


@pytest.mark.parametrize("label", LISTS)
def test_list_takes_the_same_queries_with_more_rows(client, as_group, label):
    as_group(HEAD_OF_UNIT)
    url = address(apps.get_model(label), "changelist")
    client.get(url)

    counts = []
    for more in (1, 2, 17):
        LISTS[label](more)
        counts.append(queries(lambda: client.get(url)))

    assert len(set(counts)) == 1, f"queries with 1, 3 and 20 rows: {counts}"
    assert counts[0] <= 16, f"{counts[0]} queries"


# Groups ----------------------------------------------------------------------------------------

# What answers: the list, the form to add, an empty form sent to change (200: told what is missing), the question to delete.
WHAT_A_GROUP_MAY = {
    (FINANCE, "cities.City"):                 (200, 403, 403, 403),
    (FINANCE, "cities.Contribution"):         (200, 200, 200, 200),
    (FINANCE, "accounts.User"):               (403, 403, 403, 403),
    (READER, "cities.City"):                  (200, 403, 403, 403),
    (READER, "cities.Contribution"):          (200, 403, 403, 403),
    (READER, "correspondence.Mailing"):       (200, 403, 403, 403),
    (READER, "reports.AnnualReport"):         (200, 403, 403, 403),
    (READER, "library.Publication"):          (200, 403, 403, 403),
    (COMMUNICATION, "correspondence.Mailing"): (200, 200, 200, 200),
    (COMMUNICATION, "library.Publication"):   (200, 200, 200, 200),
    (COMMUNICATION, "cities.City"):           (200, 403, 403, 403),
    (COMMUNICATION, "reports.AnnualReport"):  (200, 403, 302, 403),
    (PROGRAMME, "cities.City"):               (200, 200, 200, 200),
    (PROGRAMME, "accounts.User"):             (200, 403, 403, 403),
}  # fmt: skip


@pytest.mark.parametrize(("group", "label"), WHAT_A_GROUP_MAY)
def test_group_sees_what_its_table_says(client, as_group, group, label):
    one_of_each_kind()
    model, person = apps.get_model(label), as_group(group)
    pk = model.objects.exclude(pk=person.pk if label == "accounts.User" else None).order_by("pk").first().pk

    answers = (
        client.get(address(model, "changelist")).status_code,
        client.get(address(model, "add")).status_code,
        client.post(address(model, "change", pk), {}).status_code,
        client.get(address(model, "delete", pk)).status_code,
    )

    assert answers == WHAT_A_GROUP_MAY[group, label]


@pytest.mark.parametrize("label", ["cities.City", "cities.Contact", "cities.Term"])
def test_who_cannot_change_a_table_cannot_import_it(client, as_group, label):
    model = apps.get_model(label)
    as_group(FINANCE)

    assert client.get(address(model, "export")).status_code == 200
    assert client.get(address(model, "import")).status_code == 403
    assert client.post(address(model, "process_import"), {}).status_code == 403


def test_reader_finds_no_button_and_no_way_around_it(client, as_group):
    """Every action of every page: neither shown to a reader, nor done for one."""
    one_of_each_kind()
    as_group(READER)
    reading = {"who_received", "show_recipients"}

    done = {}
    for model, model_admin in admin.site._registry.items():
        for name in set(model_admin.actions_detail) - reading:
            pk = model._default_manager.order_by("pk").values_list("pk", flat=True).first()
            page = client.get(address(model, "change", pk))
            url = address(model, name, pk)
            done[url] = (url.encode() in page.content, client.post(url, {}).status_code)

    assert len(done) > 20
    assert {url: answer for url, answer in done.items() if answer != (False, 403)} == {}


def test_a_page_on_which_nothing_can_be_written_has_no_button_to_save(client, as_group):
    world = make_world()
    as_group(HEAD_OF_UNIT)

    report = client.get(address(type(world.section.report), "change", world.section.report.pk)).text
    city = client.get(address(City, "change", world.city.pk)).text

    assert ('name="_save"' in report, 'name="_save"' in city) == (False, True)


def test_communication_writes_a_mailing_and_another_group_approves_it(client, as_group):
    cities_with_mayors(1)
    author = as_group(COMMUNICATION)
    mailing = correspondence.prepare(mailing_of(by=author))
    approve = address(Mailing, "approve", mailing.pk)

    assert client.post(approve).status_code == 403
    as_group(PROGRAMME)
    assert client.post(approve).status_code == 302

    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.APPROVED


def test_nobody_approves_a_mailing_of_their_own(client, as_group):
    cities_with_mayors(1)
    author = as_group(PROGRAMME)
    mailing = correspondence.prepare(mailing_of(by=author))

    page = client.post(address(Mailing, "approve", mailing.pk), follow=True)

    assert "You wrote this mailing. Another person approves it." in page.text
    mailing.refresh_from_db()
    assert mailing.status == Mailing.Status.PREPARED


# History ---------------------------------------------------------------------------------------


def test_history_shows_the_values_of_before_and_who_changed_them(client, as_group):
    person = as_group(HEAD_OF_UNIT)
    contact = ContactFactory(name="Mayor's Office, Oslo", email="old@oslo.example")
    model = type(contact)
    form = {
        "name": contact.name,
        "salutation": "Dear Mayor",
        "email": "new@oslo.example",
        "phone": "",
        "language": "en",
    }
    assert client.post(address(model, "change", contact.pk), {**form, "user": ""}).status_code == 302

    page = client.get(address(model, "history", contact.pk))

    assert person.name in page.text or person.email in page.text
    first = contact.history.order_by("history_id").first()
    version = client.get(address(model, "simple_history", contact.pk, first.pk))
    assert "old@oslo.example" in version.text
    assert client.post(address(model, "simple_history", contact.pk, first.pk), {}).status_code == 404
    contact.refresh_from_db()
    assert contact.email == "new@oslo.example"


@pytest.mark.parametrize("language", ["en", "fr"])
def test_history_of_a_city_shows_old_texts_in_both_languages(client, as_group, language):
    as_group(HEAD_OF_UNIT)
    city = CityFactory(profile_en="A port since 1048", profile_fr="Un port depuis 1048")
    City.objects.get(pk=city.pk).save()
    city.profile_en, city.profile_fr = "A port", "Un port"
    city.save()
    first = city.history.order_by("history_id").first()

    with translation.override(language):
        url = address(City, "simple_history", city.pk, first.pk)

    page = client.get(url)
    assert page.status_code == 200
    assert "A port since 1048" in page.text and "Un port depuis 1048" in page.text


def test_the_state_of_the_year_counts_what_began_and_leads_to_it(client):
    now = timezone.now()
    ActivityFactory(title_en="Begun", starts_at=now, registration_closes_at=now)
    ActivityFactory(title_en="Announced", starts_at=now + timedelta(days=2))
    client.force_login(StaffFactory())

    [figure] = [
        figure for figure in client.get(reverse("admin:index")).context["figures"] if figure.key == "activities"
    ]

    assert figure.value == 1
    rows = client.get(figure.rows_url)
    assert rows.status_code == 200
    assert "Begun" in rows.text and "Announced" not in rows.text

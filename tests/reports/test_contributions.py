"""The pages on which networks and cities contribute to the report."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from cities.acting import cities_served
from cities.models import NationalNetwork
from reports import services
from reports.models import AnnualReport, CityCheck, NetworkSection
from reports.summary import needs_attention
from tests.factories import StaffFactory, UserFactory, network_coordinator_of, official_of
from tests.reports.factories import drafted, frozen, programme, quickly_compiled

pytestmark = pytest.mark.django_db
SOON = timedelta(days=20)


@pytest.fixture
def section() -> NetworkSection:
    programme()
    network = NationalNetwork.objects.get(code="NO")
    return services.ask_networks(
        drafted(), [network], due_on=timezone.localdate() + SOON, by=StaffFactory()
    )[0]  # fmt: skip


@pytest.fixture
def coordinator(section, client):
    user = network_coordinator_of(section.network)
    client.force_login(user)
    return user


def titles(user) -> list[str]:
    cities = cities_served(user, timezone.localdate())
    return [item.title for item in needs_attention(user, timezone.now(), cities)]


def texts(section: NetworkSection, **values) -> dict:
    return {"text_en": "", "text_fr": "", "version": section.version, "action": "save", **values}


def test_a_section_is_for_the_coordinator_of_its_network(client, section):
    client.force_login(UserFactory())

    assert client.get(section.get_absolute_url()).status_code == 404
    assert client.post(reverse("reports:section-live", args=[section.pk]), {}).status_code == 404


def test_a_coordinator_writes_in_one_language_and_hands_in(client, section, coordinator):
    assert titles(coordinator) == ["Write the section of Norwegian network for the annual report 2020"]

    client.post(section.get_absolute_url(), texts(section, text_en="We met."))
    section.refresh_from_db()
    assert (section.text_en, section.status) == ("We met.", NetworkSection.Status.ASKED)

    answer = client.post(
        section.get_absolute_url(), texts(section, text_en="We met twice.", action="hand_in"), follow=True
    )

    section.refresh_from_db()
    assert (section.text_en, section.handed_in_by) == ("We met twice.", coordinator)
    assert "handed in" in answer.text and "<textarea" not in answer.text
    assert titles(coordinator) == []
    unit = StaffFactory()
    assert "1 section of a network to read" in titles(unit)
    client.force_login(unit)
    read = client.get(reverse("admin:reports_networksection_change", args=[section.pk])).text
    assert '<div class="prose" lang="en"><p>We met twice.</p>' in read

    client.force_login(coordinator)
    services.accept_section(section, by=StaffFactory())
    page = client.get(section.get_absolute_url()).text
    assert "stands in the report as you see it here" in page
    assert "hand in the section by" not in page and 'data-preview="fr"' not in page  # nothing was written in French


def test_a_preview_shows_the_text_and_saves_nothing(client, section, coordinator):
    text = "**{{ figures.members }}** cities"
    answer = client.post(section.get_absolute_url(), texts(section, text_en=text, action="preview"))

    assert "<strong>4</strong> cities" in answer.text
    section.refresh_from_db()
    assert not section.text_en


def test_a_stale_save_of_a_section_answers_409_with_both_texts(client, section, coordinator):
    client.post(section.get_absolute_url(), texts(section, text_en="Theirs"))

    answer = client.post(section.get_absolute_url(), texts(section, text_en="Mine"))

    assert answer.status_code == 409
    assert "Theirs" in answer.text and "Mine" in answer.text
    section.refresh_from_db()
    saved = client.post(section.get_absolute_url(), texts(section, text_en="Both"))
    assert saved.status_code == 302


def test_a_mistake_is_named_with_its_line_and_nothing_typed_is_lost(client, section, coordinator):
    answer = client.post(section.get_absolute_url(), texts(section, text_fr="Un\n{{ figures.membres }}"))

    assert "French. Line 2: “{{ figures.membres }}” is not known." in answer.text
    assert "{{ figures.membres }}</textarea>" in answer.text


def test_what_was_typed_when_the_session_had_ended_is_offered_after_logging_in(client, section):
    user = network_coordinator_of(section.network)
    client.post(section.get_absolute_url(), texts(section, text_en="Typed for an hour"))
    client.force_login(user)

    assert "Typed for an hour</textarea>" in client.get(section.get_absolute_url()).text
    section.refresh_from_db()
    assert not section.text_en


# The sheet of a city


@pytest.fixture
def check(client) -> CityCheck:
    """Oslo is asked; its coordinator is logged in."""
    cities = programme()
    client.force_login(official_of(cities["oslo"], name="Kari of Oslo"))
    report = quickly_compiled(frozen())
    services.open_round(report, until=timezone.localdate() + SOON, by=StaffFactory())
    return CityCheck.objects.get(city=cities["oslo"])


def official(check: CityCheck):
    return check.city.terms.get(office="coordinator").contact.user


def test_a_sheet_is_for_those_who_act_for_the_city_and_for_the_unit(client, check):
    pages = [check.get_absolute_url(), reverse("reports:sheet-pdf", args=[2020, "oslo"])]
    others = [reverse("reports:sheet", args=[2020, "lodz"]), reverse("reports:sheet-pdf", args=[2020, "lodz"])]

    assert [client.get(page).status_code for page in pages] == [200, 200]
    assert [client.get(page).status_code for page in others] == [404, 404]
    client.force_login(StaffFactory())
    assert [client.get(page).status_code for page in [*pages, *others]] == [200, 200, 200, 200]
    assert client.post(pages[0], {"action": "confirm"}).status_code == 403


def test_the_sheet_says_what_was_frozen(client, check):
    check.city.name = "Christiania"
    check.city.save()

    page = client.get(check.get_absolute_url()).text

    assert "Welcoming together" in page and "Study visit to Oslo" in page
    assert "Mayor’s Office, Oslo" in page


def test_an_official_confirms_the_sheet(client, check):
    assert titles(official(check)) == ["Verify the sheet of Oslo in the annual report 2020"]

    client.post(check.get_absolute_url(), {"action": "confirm", "seen": "waiting"})

    check.refresh_from_db()
    assert (check.state, check.said_by) == (CityCheck.State.CONFIRMED, official(check))
    assert titles(official(check)) == []
    page = client.get(check.get_absolute_url()).text
    assert "You can still ask for a correction until" in page and "The sheet is right" not in page


def test_an_official_asks_for_a_correction_which_becomes_a_task(client, check):
    empty = client.post(check.get_absolute_url(), {"action": "correct", "seen": "waiting", "request": ""})
    assert "What should be corrected" in empty.text and CityCheck.objects.get(pk=check.pk).state == "waiting"

    values = {"action": "correct", "seen": "waiting", "request": "We joined in 2008."}
    page = client.post(check.get_absolute_url(), values, follow=True)

    assert "We joined in 2008." in page.text
    assert "1 city asks to correct its sheet" in titles(StaffFactory())


def test_an_answer_on_a_page_that_is_out_of_date_shows_what_the_colleague_said(client, check):
    services.ask_correction(check, request="We joined in 2008.", by=official(check), seen="waiting")

    page = client.post(check.get_absolute_url(), {"action": "confirm", "seen": "waiting"})

    assert "A colleague has answered meanwhile" in page.text and "We joined in 2008." in page.text
    check.refresh_from_db()
    assert check.state == CityCheck.State.CORRECTION


def test_a_sheet_of_a_withdrawn_version_says_that_it_is_being_corrected(client, check):
    services.reopen(check.verification.snapshot.report, by=StaffFactory())

    assert "is being corrected" in client.get(check.get_absolute_url()).text
    assert titles(official(check)) == []


def test_a_sheet_takes_no_answers_after_the_approval(client, check):
    AnnualReport.objects.filter(pk=check.verification.snapshot.report_id).update(
        status="approved", approved_at=timezone.now(), approved_by=StaffFactory()
    )

    page = client.get(check.get_absolute_url())
    assert "The sheet is right" not in page.text
    client.post(check.get_absolute_url(), {"action": "confirm", "seen": "waiting"})
    check.refresh_from_db()
    assert check.state == CityCheck.State.WAITING

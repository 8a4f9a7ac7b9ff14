"""Networks write their section of the report, asked and reminded by a date."""

from datetime import UTC, date, datetime, timedelta

import pytest

from cities.models import NationalNetwork, Term
from common.exceptions import Refused, Stale
from mail.models import Message
from reports import services
from reports.models import NetworkSection
from reports.services.sections import remind
from tests.factories import ContactFactory, StaffFactory, network_coordinator_of
from tests.reports.factories import drafted, facts, programme

pytestmark = pytest.mark.django_db
Status = NetworkSection.Status
AT = datetime(2021, 1, 11, 9, tzinfo=UTC)
DUE = date(2021, 2, 15)


def asked(due_on: date = DUE) -> NetworkSection:
    """The Norwegian network is asked; its coordinator has an account."""
    programme()
    network = NationalNetwork.objects.get(code="NO")
    network_coordinator_of(network)
    return services.ask_networks(drafted(), [network], due_on=due_on, by=StaffFactory(), at=AT)[0]


def coordinator(section: NetworkSection):
    return Term.objects.get(network=section.network).contact.user


def days(section: NetworkSection) -> list[str]:
    """The occasions for which mails were queued."""
    keys = Message.objects.filter(key__startswith=f"reports/section/{section.pk}/").order_by("pk")
    return [key.split("/")[4] for key in keys.values_list("key", flat=True)]


def written(section: NetworkSection, **texts) -> NetworkSection:
    values = {"text_en": "We met in {{ year }}.", "text_fr": "", **texts}
    return services.save_section(section, version=section.version, by=coordinator(section), **values)


def frozen_now(report):
    services.freeze(report, by=StaffFactory())
    report.refresh_from_db()
    return report


def test_networks_to_ask_have_member_cities_and_have_not_handed_in():
    section = asked()
    NationalNetwork.objects.create(code="XX", name_en="Empty network")

    assert services.networks_to_ask(section.report) == [section.network]
    services.hand_in(written(section), by=coordinator(section))
    assert services.networks_to_ask(section.report) == []


def test_asking_writes_to_the_coordinator_once():
    section = asked()

    assert remind(AT) == 0
    message = Message.objects.get()
    assert message.to_address == coordinator(section).email
    assert f"/reports/sections/{section.pk}/" in message.body
    assert "15 February 2021" in message.body


@pytest.mark.parametrize(
    ("networks", "due_on", "sentence"), [([], DUE, "at least one"), (None, AT.date(), "after today")]
)
def test_asking_is_refused_without_networks_or_without_time(networks, due_on, sentence):
    programme()
    networks = list(NationalNetwork.objects.all()) if networks is None else networks

    with pytest.raises(Refused, match=sentence):
        services.ask_networks(drafted(), networks, due_on=due_on, by=StaffFactory(), at=AT)


def test_reminders_go_on_or_after_their_day_and_once_each():
    section = asked()

    for day in (date(2021, 1, 31), date(2021, 2, 1), date(2021, 2, 4), date(2021, 2, 16), date(2021, 3, 1)):
        remind(datetime(day.year, day.month, day.day, 9, tzinfo=UTC))

    assert days(section) == ["asked", "-14", "+1"]  # nobody looked on 12 February: that reminder has passed


def test_a_reminder_before_the_asking_is_left_out():
    section = asked(due_on=AT.date() + timedelta(days=5))

    remind(AT + timedelta(days=1))
    remind(AT + timedelta(days=2))

    assert days(section) == ["asked", "-3"]


def test_who_takes_over_the_network_hears_of_it_too():
    section = asked()
    old = Term.objects.get(network=section.network)
    Term.objects.filter(pk=old.pk).update(ended_on=AT.date())
    new = ContactFactory(email="new@network.example")
    Term.objects.create(contact=new, network=section.network, office=old.office, started_on=AT.date())

    assert remind(AT) == 1
    assert Message.objects.latest("pk").to_address == "new@network.example"


def test_nobody_is_reminded_after_handing_in():
    section = asked()
    services.hand_in(written(section), by=coordinator(section))

    assert remind(AT + timedelta(days=60)) == 0


def test_a_stale_save_gives_the_other_text():
    section = asked()
    written(section, text_en="Theirs")

    with pytest.raises(Stale) as stale:
        written(section, text_en="Mine")

    assert stale.value.current.text_en == "Theirs"


def test_a_section_names_figures_as_the_chapters_do():
    section = asked()

    with pytest.raises(
        Refused, match="Line 2: “{{ figures.membres }}” is not known. Did you mean “{{ figures.members }}”"
    ):
        written(section, text_fr="Un\n{{ figures.membres }}")


def test_hand_in_needs_a_text_in_one_language():
    section = asked()

    with pytest.raises(Refused, match="English or in French"):
        services.hand_in(section, by=coordinator(section))


def test_after_handing_in_only_the_unit_changes_the_text():
    section = written(asked())
    section = services.hand_in(section, by=coordinator(section), at=AT)

    with pytest.raises(Refused, match="handed in"):
        written(section)
    services.save_section(section, text_en="Shorter", text_fr="", version=section.version, by=StaffFactory())

    section.refresh_from_db()
    assert (section.text_en, section.status, section.handed_in_by) == (
        "Shorter", Status.HANDED_IN, coordinator(section),
    )  # fmt: skip


def test_a_returned_section_says_what_to_change_and_is_asked_again():
    section = written(asked())
    section = services.hand_in(section, by=coordinator(section), at=AT)

    later = date(2021, 2, 20)
    section = services.return_section(section, note="Name the cities.", due_on=later, by=StaffFactory(), at=AT)

    assert (section.status, section.due_on, section.handed_in_at) == (Status.ASKED, later, None)
    assert "> Name the cities." in Message.objects.latest("pk").body


def test_an_accepted_section_stands_in_the_facts_in_the_language_it_was_written_in():
    section = services.hand_in(written(asked()), by=StaffFactory())
    services.accept_section(section, by=StaffFactory())
    network = facts(frozen_now(section.report))["networks"][0]
    assert network["text"] == {"en": "We met in 2020.", "fr": "We met in 2020."}
    assert network["text_language"] == {"en": "en", "fr": "en"}


def test_a_section_of_a_small_network_stands_in_the_chapter_in_its_own_language(client):
    section = services.hand_in(written(asked()), by=StaffFactory())
    services.accept_section(section, by=StaffFactory())
    frozen_now(section.report)
    client.force_login(StaffFactory())

    page = client.get("/fr/reports/2020/").text

    assert "Réseau norvégien</h3>" in page
    assert '<div class="prose words" lang="en"><p>We met in 2020.</p>' in page


def test_a_section_that_was_not_accepted_is_left_out():
    section = services.hand_in(written(asked()), by=StaffFactory())

    assert facts(frozen_now(section.report))["networks"][0]["text"] is None
    with pytest.raises(Refused, match="frozen"):
        services.accept_section(section, by=StaffFactory())

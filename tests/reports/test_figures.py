"""Each figure counts rows that can be shown, on page, document and annex alike (R4)."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.urls import reverse

from activities.models import Activity, Registration
from correspondence.models import Exchange
from grants.models import Award
from reports import document, figures, services, snapshot
from reports.models import ManualFigure
from tests.factories import StaffFactory
from tests.reports.factories import drafted, facts, frozen, programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def everything() -> None:
    """A year of which every figure counts something."""
    cities = programme()
    visit = Activity.objects.get(kind=Activity.Kind.STUDY_VISIT)
    for n, slug in enumerate(("lodz", "lodz", "oslo")):
        Registration.objects.create(
            activity=visit,
            city=cities[slug],
            participant_name=f"Participant {n}",
            participant_email=f"p{n}@city.example",
            status=Registration.Status.ATTENDED,
            requested_at=visit.starts_at,
        )
    Exchange.objects.create(city=cities["oslo"], kind="call", on=date(2020, 5, 5), summary="Spoke about the Index")


def test_the_page_of_a_figure_lists_exactly_the_rows_that_it_counts(client, everything):
    report = drafted()
    client.force_login(StaffFactory())
    page = reverse("admin:reports_annualreport_figures", args=[report.pk])

    shown = {}
    for figure in figures.figures(date(2020, 12, 31)):
        answer = client.get(page, {"key": figure.key})
        assert answer.status_code == 200
        shown[figure.key] = answer.content.decode().count('<th scope="row"')

    values = {figure.key: figure.value for figure in figures.figures(date(2020, 12, 31))}
    assert values.pop("grants_total") == Decimal(10000)
    assert shown.pop("grants_total") == Award.objects.filter(amount__isnull=False).count() == 1
    assert shown == values
    assert {key for key, value in values.items() if not value} <= {"letters", "index_results", "expert_visits"}


def test_the_year_before_opens_its_own_rows(client, everything):
    report = drafted()
    client.force_login(StaffFactory())
    page = reverse("admin:reports_annualreport_figures", args=[report.pk])

    before = client.get(page, {"key": "members", "before": ""}).content.decode()

    assert before.count('<th scope="row"') == 3
    assert "Łódź" not in before


def test_a_figure_that_nobody_counts_is_404(client):
    report = drafted()
    client.force_login(StaffFactory())

    assert client.get(reverse("admin:reports_annualreport_figures", args=[report.pk]), {"key": "x"}).status_code == 404


def test_activities_are_told_apart_by_kind_with_cities_and_participants(everything):
    rows = {row["label"]["en"]: row for row in facts(frozen())["by_kind"]}

    visit = rows["Study visit"]
    assert (visit["count"], visit["cities"], visit["participants"]) == (1, 2, 3)
    assert (visit["previous"], visit["difference"]) == (None, None)  # nothing is known of 2019


def test_grants_are_told_apart_by_call(everything):
    assert facts(frozen())["grants_by_call"] == [
        {
            "label": {"en": "Call not recorded", "fr": "Appel non enregistré"},
            "count": 1,
            "cities": 2,
            "amount": "10000.00",
            "without_amount": 0,
        }
    ]


def test_a_running_year_counts_up_to_the_day(everything):
    report = drafted()

    data = snapshot.build(report, datetime(2020, 3, 1, 12, tzinfo=UTC))

    numbers = {row["key"]: row["value"] for row in data["figures"]}
    members = next(row for row in data["figures"] if row["key"] == "members")
    assert (members["value"], members["label"]["en"]) == ("3", "Member cities on 1 March 2020")
    assert len(data["members"]) == 3
    # Łódź is to join in May, the activities are announced for July and October.
    assert (numbers["new_members"], data["joined"]) == ("0", [])
    assert (numbers["activities"], data["activities"], data["by_kind"]) == ("0", [], [])
    assert data["cities"]["oslo"]["activities"] == []
    captions = [entry.caption for entry in document.report_context(data, "fr")["numbered"].values()]
    assert "Villes membres au 1er mars 2020 et ce à quoi elles ont participé" in captions
    assert [caption for caption in captions if "31 décembre" in caption] == []


def test_the_day_itself_is_counted_to_its_end(everything):
    evening = datetime(2020, 10, 12, 20, tzinfo=UTC)

    data = snapshot.build(drafted(), evening)

    assert [row["title"]["en"] for row in data["activities"]] == ["Webinar on systemic racism", "Study visit to Oslo"]


# Entered by hand


def test_a_figure_entered_by_hand_is_marked_and_can_be_named_in_a_text():
    programme()
    report = drafted()
    ManualFigure.objects.create(
        report=report, key="newsletters", label_en="Newsletters", label_fr="Lettres", value=12, previous=Decimal("10"),
        source="Mailing list",
    )  # fmt: skip
    chapter = report.chapters.get(kind="publications")
    services.save_chapter(
        chapter, text_en="{{ figures.newsletters }} newsletters", text_fr="", version=1, by=StaffFactory()
    )
    services.freeze(report, by=StaffFactory())
    report.refresh_from_db()

    data = facts(report)
    row = data["figures"][-1]
    assert (row["value"], row["previous"], row["difference"], row["is_manual"]) == ("12", "10", "2", True)
    assert row["note"]["en"] == "Entered by hand. Source: Mailing list"
    assert data["chapters"]["publications"]["text"]["en"] == "12 newsletters"


def test_figures_entered_by_hand_are_listed_as_the_report_writes_them(client):
    drafted()
    client.force_login(StaffFactory())

    page = client.get(reverse("admin:reports_manualfigure_changelist")).text

    assert "1,234" in page and "1,200" in page and "1234.00" not in page


def test_a_figure_entered_by_hand_cannot_take_a_name_that_the_portal_counts(client):
    report = drafted()
    client.force_login(StaffFactory())
    values = {"report": report.pk, "key": "members", "label_en": "M", "label_fr": "M", "value": "3", "source": "Me"}

    answer = client.post(reverse("admin:reports_manualfigure_add"), values)

    assert "counts a figure of this name itself" in answer.text
    assert not ManualFigure.objects.filter(key="members").exists()


def test_a_figure_entered_by_hand_stays_as_it_is_once_the_facts_are_frozen(client):
    programme()
    report = frozen()
    figure = ManualFigure.objects.create(report=report, key="news", label_en="News", label_fr="N", value=1, source="x")
    client.force_login(StaffFactory())

    assert client.post(reverse("admin:reports_manualfigure_change", args=[figure.pk]), {}).status_code == 403
    values = {"report": report.pk, "key": "more", "label_en": "M", "label_fr": "M", "value": "3", "source": "Me"}
    assert "is frozen" in client.post(reverse("admin:reports_manualfigure_add"), values).text

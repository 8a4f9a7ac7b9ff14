"""Cities verify their sheets before the approval."""

import threading
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection

from cities.models import City, Office
from common.exceptions import Refused, Stale
from mail.models import Message
from reports import services
from reports.models import AnnualReport, CityCheck, Verification
from reports.services.verification import remind, settle
from tests.factories import StaffFactory, official_of
from tests.reports.factories import frozen, programme, quickly_compiled

pytestmark = pytest.mark.django_db
State = CityCheck.State
AT = datetime(2021, 3, 2, 9, tzinfo=UTC)
UNTIL = date(2021, 3, 12)
AFTER = datetime(2021, 3, 12, 23, 0, tzinfo=UTC)  # midnight in Strasbourg


def opened() -> Verification:
    """Oslo and Łódź have coordinators, Saint-Denis and Kyōto have nobody."""
    cities = programme()
    official_of(cities["oslo"], email="oslo@city.example")
    official_of(cities["lodz"], email="lodz@city.example")
    report = quickly_compiled(frozen())
    return services.open_round(report, until=UNTIL, by=StaffFactory(), at=AT)


def check_of(found: Verification, slug: str = "oslo") -> CityCheck:
    return found.checks.get(city__slug=slug)


def states(found: Verification) -> dict[str, str]:
    return dict(found.checks.values_list("city__slug", "state"))


def official(slug: str = "oslo"):
    return City.objects.get(slug=slug).terms.get(office=Office.COORDINATOR).contact.user


def confirm(check: CityCheck, **values) -> CityCheck:
    return services.confirm_sheet(check, **{"by": official(check.city.slug), "seen": check.state, "at": AT, **values})


def ask(check: CityCheck, request: str = "We joined in 2008.", **values) -> CityCheck:
    values = {"by": official(check.city.slug), "seen": check.state, "at": AT, **values}
    return services.ask_correction(check, request=request, **values)


def next_version(report: AnnualReport, reason: str = "A date was wrong.") -> Verification:
    report = services.reopen(report, by=StaffFactory())
    services.freeze(report, by=StaffFactory(), reason=reason, at=AT + timedelta(days=5))
    report.refresh_from_db()
    quickly_compiled(report)
    return services.open_round(report, until=date(2021, 3, 20), by=StaffFactory(), at=AT + timedelta(days=5))


# The round


def test_a_round_asks_each_city_that_has_somebody_to_ask():
    found = opened()

    assert states(found) == {
        "oslo": State.WAITING, "lodz": State.WAITING, "saint-denis": State.UNREACHED, "kyoto": State.UNREACHED,
    }  # fmt: skip
    assert remind(AT) == 2
    assert remind(AT) == 0
    message = Message.objects.get(to_address="oslo@city.example")
    assert "12 March 2021" in message.body and "/reports/2020/sheet/oslo/" in message.body


def test_a_round_needs_the_finished_documents_and_time_to_answer():
    programme()
    report = frozen()

    with pytest.raises(Refused, match="Compile"):
        services.open_round(report, until=UNTIL, by=StaffFactory(), at=AT)
    with pytest.raises(Refused, match="after today"):
        services.open_round(quickly_compiled(report), until=AT.date(), by=StaffFactory(), at=AT)


def test_a_version_has_one_round():
    found = opened()

    with pytest.raises(Refused, match="asked about this version"):
        services.open_round(found.snapshot.report, until=UNTIL, by=StaffFactory(), at=AT)


def test_a_reminder_goes_to_those_who_have_not_answered():
    found = opened()
    remind(AT)
    confirm(check_of(found))

    assert remind(datetime(2021, 3, 8, 9, tzinfo=UTC)) == 0
    assert remind(datetime(2021, 3, 10, 9, tzinfo=UTC)) == 1
    assert Message.objects.latest("pk").to_address == "lodz@city.example"


# Answers


def test_a_city_confirms_its_sheet():
    check = confirm(check_of(opened()))

    assert (check.state, check.said_by, check.said_at) == (State.CONFIRMED, official(), AT)


def test_a_request_for_correction_says_what():
    check = check_of(opened())

    with pytest.raises(Refused, match="Say what should be corrected"):
        ask(check, request="  ")
    assert ask(check).request == "We joined in 2008."


def test_a_colleague_who_answered_meanwhile_is_not_overwritten():
    check = check_of(opened())
    ask(check)

    with pytest.raises(Stale) as stale:
        confirm(check)  # saw the page before

    assert stale.value.current.request == "We joined in 2008."


def test_an_answer_after_the_last_day_is_refused():
    check = check_of(opened())

    with pytest.raises(Refused, match="not open for answers"):
        confirm(check, at=AFTER)


def test_the_unit_answers_a_request_and_the_city_is_told():
    check = services.answer_request(ask(check_of(opened())), answer="Corrected.", by=StaffFactory(), at=AT)

    assert check.state == State.ANSWERED
    message = Message.objects.latest("pk")
    assert message.to_address == "oslo@city.example"
    assert "> We joined in 2008." in message.body and "> Corrected." in message.body
    with pytest.raises(Refused, match="does not ask"):
        services.answer_request(check, answer="Again.", by=StaffFactory())


# Silence


def test_silence_counts_as_agreed_once_the_last_day_has_passed():
    found = opened()
    confirm(check_of(found))

    assert settle(AFTER - timedelta(seconds=1)) == 0
    assert settle(AFTER) == 1
    assert settle(AFTER + timedelta(hours=1)) == 0

    found.refresh_from_db()
    silent = check_of(found, "lodz")
    assert (found.closed_at, silent.state, silent.said_at, silent.said_by) == (AFTER, State.SILENT, AFTER, None)
    assert check_of(found, "kyoto").state == State.UNREACHED


def test_a_withdrawn_version_makes_nobody_agree_by_silence():
    found = opened()
    services.reopen(found.snapshot.report, by=StaffFactory())

    assert settle(AFTER) == 0
    assert check_of(found, "lodz").state == State.WAITING


# Approval


def approve(report: AnnualReport, at: datetime = AT) -> AnnualReport:
    return services.approve(report, by=StaffFactory(), at=at)


def test_approval_waits_for_the_cities():
    programme()
    report = quickly_compiled(frozen())

    with pytest.raises(Refused, match="Ask the cities"):
        approve(report)


def test_approval_is_refused_while_cities_can_still_answer():
    found = opened()

    with pytest.raises(Refused, match="until 12 March 2021; 2 have not answered"):
        approve(found.snapshot.report)


def test_approval_is_refused_while_a_request_is_open_even_after_the_last_day():
    found = opened()
    check = ask(check_of(found))

    with pytest.raises(Refused, match="1 city asks for a correction: Oslo"):
        approve(found.snapshot.report, at=AFTER)

    services.answer_request(check, answer="The date is right: see the letter.", by=StaffFactory(), at=AFTER)
    assert approve(found.snapshot.report, at=AFTER).status == AnnualReport.Status.APPROVED
    assert check_of(found, "lodz").state == State.SILENT


def test_approval_follows_when_every_city_has_answered():
    found = opened()
    for slug in ("oslo", "lodz"):
        confirm(check_of(found, slug))

    assert approve(found.snapshot.report).status == AnnualReport.Status.APPROVED


def test_a_round_can_be_skipped_with_a_reason_that_stays():
    found = opened()
    ask(check_of(found))
    report, person = found.snapshot.report, StaffFactory()

    with pytest.raises(Refused, match="Say why"):
        services.skip_round(report, reason=" ", by=person)
    services.skip_round(report, reason="The mayors meet tomorrow.", by=person, at=AT)

    found.refresh_from_db()
    assert (found.skipped_reason, found.skipped_by, found.closed_at) == ("The mayors meet tomorrow.", person, AT)
    assert approve(report).status == AnnualReport.Status.APPROVED


# The next version


def test_a_sheet_that_did_not_change_keeps_its_answer_and_one_that_did_is_asked_again():
    found = opened()
    confirm(check_of(found))
    confirm(check_of(found, "lodz"))
    City.objects.filter(slug="lodz").update(region="Łódź Voivodeship")

    again = next_version(found.snapshot.report)

    oslo, lodz = check_of(again), check_of(again, "lodz")
    assert (oslo.state, oslo.said_by, oslo.kept_from) == (State.CONFIRMED, official(), 1)
    assert (lodz.state, lodz.said_by, lodz.kept_from) == (State.WAITING, None, None)
    assert remind(AT + timedelta(days=5)) == 1


def test_a_request_that_was_answered_is_asked_about_again():
    found = opened()
    services.answer_request(ask(check_of(found)), answer="No.", by=StaffFactory(), at=AT)

    assert check_of(next_version(found.snapshot.report)).state == State.WAITING


@pytest.mark.django_db(transaction=True)
def test_a_request_and_the_approval_at_once_do_not_both_win():
    """The approval would not have been given had it seen the request."""
    found = opened()
    confirm(check_of(found))
    confirm(check_of(found, "lodz"))
    check, report, approver = check_of(found), found.snapshot.report, StaffFactory()
    person, won = official(), []

    def attempt(name: str, act) -> None:
        try:
            act()
            won.append(name)
        except Refused:
            pass
        finally:
            connection.close()

    threads = [
        threading.Thread(target=attempt, args=["ask", lambda: ask(check, by=person)]),
        threading.Thread(target=attempt, args=["approve", lambda: services.approve(report, by=approver, at=AT)]),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1

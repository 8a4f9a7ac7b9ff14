import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from cities.models import Contact, MembershipStep, Term
from cities.models.membership import Step
from common.exceptions import Refused
from correspondence import links
from correspondence.models import Letter, LetterLink, Signatory
from mail.models import Message, State
from mail.tasks import send_batch
from reports import dispatch, render, services
from reports.models import AnnualReport, Rendition
from tests.factories import StaffFactory
from tests.reports.factories import FROZEN_AT, approved, compiled, frozen, programme

pytestmark = pytest.mark.django_db
AT = FROZEN_AT + timedelta(days=1)
Status = AnnualReport.Status


def prepared(signatory: Signatory | None = None) -> AnnualReport:
    report = approved()
    AnnualReport.objects.update(signatory=signatory)
    dispatch.prepare_dispatch(report, by=StaffFactory(), at=AT)
    report.refresh_from_db()
    return report


def test_each_mayor_gets_one_mail_or_a_reason(mail_sink):
    programme()
    report = dispatch.send(prepared(), by=StaffFactory(), at=AT)
    send_batch()

    assert report.status == Status.DISPATCHED
    assert sorted(received.recipients[0] for received in mail_sink.received) == [
        "maire@saint-denis.example",
        "mayor@lodz.example",
        "mayor@oslo.example",
    ]
    letters = Letter.objects.filter(mailing=report.mailing)
    assert [(letter.city.name, letter.skip_reason) for letter in letters if letter.skip_reason] == [
        ("Kyōto", Letter.Skip.NO_TERM)
    ]
    assert Message.objects.filter(mailing=report.mailing.key, state=State.SENT).count() == 3


def test_a_mail_carries_letter_and_report_in_the_language_of_the_contact(mail_sink):
    programme()
    report = dispatch.send(prepared(), by=StaffFactory(), at=AT)
    send_batch()

    (mail,) = mail_sink.to("maire@saint-denis.example")
    assert mail["Subject"] == "Cités interculturelles\u00a0: rapport annuel 2020"
    files = {part.get_filename(): part.get_content() for part in mail.iter_attachments()}
    assert list(files) == [
        "intercultural-cities-letter-2020-saint-denis.pdf",
        "intercultural-cities-annual-report-2020-fr.pdf",
    ]
    stored = report.snapshot().renditions.get(kind=Rendition.Kind.REPORT, language="fr")
    with stored.file.open() as file:
        assert files["intercultural-cities-annual-report-2020-fr.pdf"] == file.read()


def test_files_above_the_limit_are_on_the_page_of_the_office_instead(settings, mail_sink, client):
    settings.MAIL_MAX_BYTES = 1000
    programme()
    dispatch.send(prepared(), by=StaffFactory())
    send_batch()

    (mail,) = mail_sink.to("mayor@oslo.example")
    text = mail.get_body(("plain",)).get_content()
    assert list(mail.iter_attachments()) == []
    token = links.token(LetterLink.objects.get(letter__city__slug="oslo"))
    assert "too large for an e-mail" in text and token in text
    page = client.get(reverse("correspondence:office", args=[token])).content.decode()
    labels = ["Letter with the sheet “Your city in 2020”</a> <span", "Annual report 2020</a> <span"]
    first, second = (page.index(label) for label in labels)
    assert first < second and page.count("(PDF, ") == 2


def test_every_mail_to_a_mayor_has_the_link_of_its_office_and_where_to_read_the_report(mail_sink):
    programme()
    dispatch.send(prepared(), by=StaffFactory(), at=AT)
    send_batch()

    for slug, address in (("oslo", "mayor@oslo.example"), ("saint-denis", "maire@saint-denis.example")):
        (mail,) = mail_sink.to(address)
        text = mail.get_body(("plain",)).get_content()
        assert links.token(LetterLink.objects.get(letter__city__slug=slug)) in text
        assert "/reports/2020/" in text


def test_mail_closes_with_who_signs_the_letter(mail_sink):
    programme()
    signatory = Signatory.objects.create(
        name="Irina Exemple", title_en="Head of the unit", title_fr="Cheffe de l’unité"
    )
    dispatch.send(prepared(signatory=signatory), by=StaffFactory(), at=AT)
    send_batch()

    for address, title in (
        ("mayor@oslo.example", "Head of the unit"),
        ("maire@saint-denis.example", "Cheffe de l’unité"),
    ):
        (mail,) = mail_sink.to(address)
        assert f"Irina Exemple\r\n{title}\r\n" in mail.get_body(("plain",)).get_content()


# Scheduled -------------------------------------------------------------------------------------


def test_report_goes_by_itself_at_its_instant_once(mail_sink):
    programme()
    report = prepared()
    dispatch.schedule(report, send_at=AT + timedelta(hours=2), by=StaffFactory(), at=AT)

    dispatch.send_scheduled(AT + timedelta(hours=2, seconds=-1))
    report.refresh_from_db()
    assert report.status == Status.APPROVED
    dispatch.send_scheduled(AT + timedelta(hours=3))
    dispatch.send_scheduled(AT + timedelta(hours=3))

    report.refresh_from_db()
    assert report.status == Status.DISPATCHED
    assert Message.objects.filter(mailing=report.mailing.key).exclude(state=State.SKIPPED).count() == 3


def test_report_is_not_scheduled_by_the_person_who_prepared_it():
    programme()
    report, person = approved(), StaffFactory()
    dispatch.prepare_dispatch(report, by=person, at=AT)

    with pytest.raises(Refused, match="Another person"):
        dispatch.schedule(report, send_at=AT + timedelta(hours=2), by=person, at=AT)


@pytest.mark.parametrize("change", ["withdrawn", "new mayor", "document"])
def test_report_that_is_not_as_approved_when_its_instant_comes_goes_to_nobody_and_people_are_told(change, settings):
    cities = programme()
    report, second = prepared(), StaffFactory()
    dispatch.schedule(report, send_at=AT + timedelta(hours=2), by=second, at=AT)
    if change == "withdrawn":
        MembershipStep.objects.create(city=cities["oslo"], kind=Step.WITHDRAWN, on=AT.date())
    elif change == "new mayor":
        Contact.objects.filter(email="mayor@oslo.example").update(name="Somebody else")
    else:
        row = report.snapshot().renditions.get(city__slug="oslo")
        (settings.MEDIA_ROOT / row.file.name).write_bytes(b"%PDF-1.7 something else")

    dispatch.send_scheduled(AT + timedelta(hours=2))

    report.refresh_from_db()
    report.mailing.refresh_from_db()
    assert (report.status, report.mailing.send_at) == (Status.APPROVED, None)
    assert ("Oslo" in report.mailing.trouble) or "missing or altered" in report.mailing.trouble
    assert set(Message.objects.values_list("template", flat=True)) == {"correspondence/not_sent"}
    assert set(Message.objects.values_list("to_address", flat=True)) == {second.email, report.mailing.author.email}


def test_city_that_withdraws_between_preparing_and_sending_gets_nothing_and_is_named():
    cities = programme()
    report = prepared()
    MembershipStep.objects.create(city=cities["oslo"], kind=Step.WITHDRAWN, on=AT.date())

    with pytest.raises(Refused, match="Oslo would not get it any more: It is not a member city"):
        dispatch.send(report, by=StaffFactory(), at=AT)
    assert Message.objects.count() == 0

    dispatch.prepare_dispatch(report, by=StaffFactory(), at=AT)
    report = dispatch.send(report, by=StaffFactory(), at=AT)
    letter = report.mailing.letters.get(city=cities["oslo"])
    assert (letter.skip_reason, letter.message.state) == (Letter.Skip.NOT_MEMBER, State.SKIPPED)


def test_sending_twice_is_refused_and_sends_once(mail_sink):
    programme()
    report = prepared()
    dispatch.send(report, by=StaffFactory(), at=AT)

    with pytest.raises(Refused, match="on its way"):
        dispatch.send(report, by=StaffFactory(), at=AT)

    assert Message.objects.filter(mailing=report.mailing.key).exclude(state=State.SKIPPED).count() == 3


@pytest.mark.django_db(transaction=True)
def test_two_people_who_press_send_at_once_send_once():
    programme()
    report, people, refused = prepared(), [StaffFactory(), StaffFactory()], []

    def send(person) -> None:
        try:
            dispatch.send(report, by=person, at=AT)
        except Refused as refusal:
            refused.extend(refusal.messages)
        finally:
            connection.close()

    threads = [threading.Thread(target=send, args=[person]) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(refused) == 1
    assert Message.objects.filter(mailing=report.mailing.key).exclude(state=State.SKIPPED).count() == 3


def test_send_is_refused_for_the_person_who_prepared_it():
    programme()
    report, person = approved(), StaffFactory()
    dispatch.prepare_dispatch(report, by=person, at=AT)

    with pytest.raises(Refused, match="Another person"):
        dispatch.send(report, by=person, at=AT)

    report.refresh_from_db()
    assert (report.status, Message.objects.count()) == (Status.APPROVED, 0)


def test_prepare_needs_an_approved_report():
    programme()

    with pytest.raises(Refused, match="approved first"):
        dispatch.prepare_dispatch(compiled(), by=StaffFactory(), at=AT)


def test_send_needs_a_prepared_mailing():
    programme()

    with pytest.raises(Refused, match="Prepare"):
        dispatch.send(approved(), by=StaffFactory(), at=AT)


def test_send_is_refused_when_a_document_was_altered(settings):
    programme()
    report = prepared()
    row = report.snapshot().renditions.get(city__slug="oslo")
    (settings.MEDIA_ROOT / row.file.name).write_bytes(b"%PDF-1.7 something else")

    with pytest.raises(Refused, match="missing or altered"):
        dispatch.send(report, by=StaffFactory(), at=AT)


def test_a_mayor_who_came_after_the_freeze_is_skipped_and_named():
    cities = programme()
    report = approved()
    Term.objects.filter(city=cities["oslo"]).update(ended_on=AT.date())
    new = Contact.objects.create(name="New Mayor's Office, Oslo", email="new@oslo.example")
    Term.objects.create(city=cities["oslo"], office="mayor", contact=new, started_on=AT.date())

    dispatch.prepare_dispatch(report, by=StaffFactory(), at=AT)

    report.refresh_from_db()
    assert report.mailing.letters.get(city__slug="oslo").skip_reason == Letter.Skip.NO_DOCUMENT
    named = dict(dispatch.changed_offices(report.snapshot(), AT.date()))
    assert named["oslo"].startswith("Oslo: the mayor")


def test_reopening_cancels_the_prepared_mailing():
    programme()
    report = prepared()

    report = services.reopen(report, by=StaffFactory())

    assert (report.status, report.mailing) == (Status.DRAFTING, None)


def test_a_report_that_is_sent_is_not_reopened():
    programme()
    report = dispatch.send(prepared(), by=StaffFactory(), at=AT)

    with pytest.raises(Refused, match="cannot be reopened"):
        services.reopen(report, by=StaffFactory())


@pytest.mark.django_db(transaction=True)
def test_a_killed_worker_is_replaced_and_each_document_is_made_once(celery_worker_process):
    """R3: kill -9 while a worker renders; what it held comes back when its lease runs out."""
    import os
    import signal
    import time

    programme()
    report = frozen()
    worker = celery_worker_process(queues="render")
    services.compile(report, by=StaffFactory())
    rows = report.snapshot().renditions
    deadline = time.monotonic() + 90
    while not rows.filter(state=Rendition.State.RENDERING).exists():
        assert time.monotonic() < deadline, worker.log_path.read_text()
        time.sleep(0.02)
    os.killpg(worker.pid, signal.SIGKILL)
    worker.wait()
    held = list(rows.filter(state=Rendition.State.RENDERING).values_list("pk", flat=True))
    assert held
    rows.filter(pk__in=held).update(lease_until=timezone.now())  # as if their time had passed

    celery_worker_process(queues="render")
    deadline = time.monotonic() + 180
    while services.progress(report)["done"] < 8:
        assert time.monotonic() < deadline, services.progress(report)
        render.sweep(timezone.now())  # as beat does each minute
        time.sleep(0.2)

    while report.status == Status.FROZEN and time.monotonic() < deadline:
        time.sleep(0.1)
        report.refresh_from_db()
    assert report.status == Status.COMPILED
    assert set(rows.filter(pk__in=held).values_list("attempts", flat=True)) == {2}
    assert list(services.damaged(report.snapshot())) == []

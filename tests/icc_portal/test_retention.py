"""Each personal field has a rule, and the night does what the rules say."""

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone, translation

from accounts.models import Invitation, User
from activities.models import Registration
from cities.models import Contact
from correspondence.models import Exchange
from icc_portal.privacy import completeness, expire, table
from icc_portal.tasks import expire_personal_data
from mail.models import Attachment, Message, MessageAttachment
from tests.activities.factories import RegistrationFactory
from tests.factories import CityFactory, ContactFactory, StaffFactory, TermFactory, UserFactory, official_of

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def years_ago(years: float):
    return NOW - timedelta(days=365 * years)


def message(key: str, at, **fields) -> Message:
    values = {
        "template": "note",
        "to_name": "Anna",
        "to_address": "anna@city.example",
        "subject": "Hello",
        "body": "Text",
    }
    values |= {"message_id": f"<{key}@x>", "not_before": at, "state": "sent", "sent_at": at, **fields}
    row = Message.objects.create(key=key, **values)
    Message.objects.filter(pk=row.pk).update(queued_at=at)
    return row


# Completeness ----------------------------------------------------------------------------------


def test_every_field_that_can_hold_something_about_a_person_has_a_rule():
    assert "\n\n".join(completeness.problems()) == ""


def test_a_field_without_a_rule_is_named_with_what_to_do(monkeypatch):
    monkeypatch.setattr(completeness, "NOT_PERSONAL", completeness.NOT_PERSONAL | {"grants.Decision": ()})

    [problem] = [p for p in completeness.problems() if p.startswith("grants.")]

    assert problem.startswith("grants.Decision.reasons has no retention rule.")
    assert "icc_portal/privacy/" in problem


def test_a_rule_about_a_field_that_is_gone_is_found(monkeypatch):
    monkeypatch.setattr(completeness, "NOT_PERSONAL", completeness.NOT_PERSONAL | {"cities.Street": ("name",)})

    sentence = "There is a rule for cities.Street, which is no model any more. Take it out of icc_portal/privacy/."
    assert sentence in completeness.problems()


def test_each_rule_says_whose_why_and_how_long_in_both_languages():
    for language in ("en", "fr"):
        with translation.override(language):
            for rule in table.RULES:
                assert all(str(text) for text in (rule.whose.label, rule.what, rule.why, rule.period, rule.outcome)), (
                    rule
                )


def test_the_privacy_page_shows_each_rule(client):
    page = client.get("/en/privacy/")

    shown = [rule for _whose, part in page.context["groups"] for rule in part]
    assert sorted(shown, key=id) == sorted(table.RULES, key=id)
    assert "10 years after it was sent" in page.text


# The night -------------------------------------------------------------------------------------


def test_the_night_takes_each_row_whose_time_is_over_and_a_second_run_finds_nothing():
    city = CityFactory()
    old = RegistrationFactory(city=city, participant_name="Anna", needs="no nuts")
    old.activity.starts_at = old.activity.ends_at = years_ago(3)
    old.activity.save()
    fresh = RegistrationFactory(city=city, participant_name="Ben", needs="lift", participant_function="Planner")

    assert expire.expire(NOW)
    old.refresh_from_db()
    fresh.refresh_from_db()

    assert (old.participant_email, old.participant_function, old.needs) == (f"erased-{old.pk}@erased.invalid", "", "")
    assert (old.participant_name, fresh.participant_function, fresh.needs) == ("Anna", "Planner", "lift")
    assert expire.expire(NOW) == {}


def test_the_night_reaches_the_history_of_a_row():
    registration = RegistrationFactory(participant_name="Anna", participant_email="anna@city.example")
    registration.activity.starts_at = registration.activity.ends_at = years_ago(6)
    registration.activity.save()

    expire.expire(NOW)

    [row] = Registration.history.filter(id=registration.pk)
    assert row.participant_name == "A participant"
    assert row.participant_email.endswith("@erased.invalid")


def test_a_row_is_kept_to_the_last_moment_of_its_time():
    note = Exchange.objects.create(
        city=CityFactory(), kind="call", on=NOW.date() - timedelta(days=3649), summary="Agreed"
    )

    expire.expire(NOW)
    note.refresh_from_db()
    assert note.summary == "Agreed"

    expire.expire(NOW + timedelta(days=3))
    note.refresh_from_db()
    assert note.summary == "–"


def test_notices_go_after_two_years_and_letters_after_ten():
    notice, letter = message("n", years_ago(2.1)), message("l", years_ago(2.1), mailing="mailing/1")
    old_letter, waiting = message("o", years_ago(11), mailing="mailing/1"), message("w", years_ago(3), state="queued")

    expire.expire(NOW)

    bodies = {m.key: (m.to_name, m.body) for m in Message.objects.all()}
    assert bodies == {"n": ("", ""), "l": ("Anna", "Text"), "o": ("", ""), "w": ("Anna", "Text")}
    notice.refresh_from_db()
    assert (notice.to_address, notice.state) == (f"erased-{notice.pk}@erased.invalid", "sent")
    assert {letter.pk, old_letter.pk, waiting.pk} <= set(Message.objects.values_list("pk", flat=True))


def test_files_of_old_letters_are_deleted_from_the_storage_and_young_ones_stay(django_capture_on_commit_callbacks):
    files = {}
    for name, years in (("old", 11), ("young", 1)):
        file = Attachment(name=f"{name}.pdf", sha256=name, size=1)
        file.file.save(f"{name}.pdf", ContentFile(b"%PDF-"))
        MessageAttachment.objects.create(message=message(name, years_ago(years), mailing="m"), attachment=file)
        files[name] = file.file.name

    with django_capture_on_commit_callbacks(execute=True):
        expire.expire(NOW)

    assert {name: default_storage.exists(path) for name, path in files.items()} == {"old": False, "young": True}
    assert Attachment.objects.get(name="old.pdf").sha256 == "old"


def test_a_contact_goes_five_years_after_the_last_office_and_the_term_stays():
    gone, serving = ContactFactory(name="Anna", phone="123"), ContactFactory(name="Ben")
    term = TermFactory(contact=gone, started_on=years_ago(9).date(), ended_on=years_ago(6).date())
    TermFactory(contact=serving, started_on=years_ago(9).date())
    Contact.history.update(history_date=years_ago(6))

    expire.expire(NOW)
    gone.refresh_from_db()
    serving.refresh_from_db()
    term.refresh_from_db()

    assert (gone.name, gone.email, gone.phone) == ("Former holder of the office", "", "")
    assert serving.name == "Ben"
    assert (term.contact, term.started_on) == (gone, years_ago(9).date())
    assert set(Contact.history.filter(id=gone.pk).values_list("name", "email")) == {("Former holder of the office", "")}


def test_an_idle_account_is_closed_but_not_that_of_somebody_in_office_or_of_the_unit():
    idle, staff, official = UserFactory(name="Anna", language="fr"), StaffFactory(), official_of(CityFactory())
    User.objects.update(last_login=years_ago(4), date_joined=years_ago(5))

    expire.expire(NOW)
    idle.refresh_from_db()

    assert (idle.name, idle.is_active, idle.email) == (
        "Personne ayant exercé cette fonction", False, f"erased-{idle.pk}@erased.invalid",
    )  # fmt: skip
    assert not EmailAddress.objects.filter(user=idle).exists()
    assert User.objects.filter(pk__in=[staff.pk, official.pk], is_active=True).count() == 2


def test_sessions_invitations_and_the_log_are_cleared():
    user = StaffFactory()
    Session.objects.create(session_key="old", session_data="x", expire_date=NOW - timedelta(days=2))
    Session.objects.create(session_key="new", session_data="x", expire_date=NOW + timedelta(days=2))
    Invitation.objects.create(email="a@city.example", name="Anna", invited_by=user, expires_at=years_ago(1.1))
    kind = ContentType.objects.get_for_model(User)
    line = LogEntry.objects.create(user=user, content_type=kind, object_repr="Anna", action_flag=CHANGE)
    LogEntry.objects.update(action_time=years_ago(6))

    expire.expire(NOW)
    line.refresh_from_db()

    assert list(Session.objects.values_list("session_key", flat=True)) == ["new"]
    assert not Invitation.objects.exists()
    assert (line.object_repr, line.user) == ("–", user)


def test_the_night_works_in_batches(monkeypatch):
    monkeypatch.setattr(expire, "BATCH", 2)
    for number in range(5):
        message(f"n{number}", years_ago(3))

    assert expire.expire(NOW) == {"mail.Message": 5}


def test_the_task_of_the_night_is_on_the_timetable(settings):
    assert settings.CELERY_BEAT_SCHEDULE["expire-personal-data"]["task"] == expire_personal_data.name


def test_every_rule_with_an_end_can_be_executed_on_every_table():
    """Each query is built and run, on the history too; here there is nothing to do."""
    ends = [(rule, over) for rule in table.RULES if (over := rule.over_at(NOW)) is not None]

    assert sum(count for rule, over in ends for _model, count in expire.clear(rule, rule.rows & over)) == 0

"""Mail that comes back: read for what it is, matched with its message, noted once (M3)."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from common.exceptions import Refused
from mail import bounces, returned
from mail.bounces import Kind
from mail.mailboxes import CannotRead, Maildir, opened
from mail.models import Bounce, Message, State
from mail.tasks import claim, read_bounces, send_due
from mail.verp import message_of, return_address
from tests.factories import StaffFactory
from tests.imap_server import ImapServer
from tests.mail.factories import queued

CORPUS = Path(__file__).parent / "bounces"
HARD = ["postfix", "m365", "gmail", "qmail", "exim", "exchange-fr"]
ANSWERS = ["absence-de", "absence-fr", "read"]
AT = timezone.now()


def sent(**fields) -> Message:
    """A message that its server took."""
    (message,) = queued(1, **fields)
    Message.objects.filter(pk=message.pk).update(state=State.SENT, sent_at=AT)
    message.refresh_from_db()
    return message


def mail(name: str, message: Message, verp: str | None = None) -> bytes:
    """A mail of the corpus about `message`."""
    content = (CORPUS / f"{name}.eml").read_bytes()
    verp = return_address(message.pk) if verp is None else verp
    return content.replace(b"{id}", message.message_id.encode()).replace(b"{verp}", verp.encode())


def note(name: str, message: Message) -> Bounce | None:
    return returned.note(bounces.read(mail(name, message)), AT)


# What it says ----------------------------------------------------------------------------------


@pytest.mark.django_db
@pytest.mark.parametrize("name", HARD)
def test_address_that_does_not_exist_is_a_hard_bounce_of_its_message(name):
    queued(2)
    message = sent()

    bounce = note(name, message)

    message.refresh_from_db()
    assert (bounce.message, bounce.is_hard, bounce.is_open, bounce.excerpt) == (message, True, False, "")
    assert (message.state, message.server_reply) == (State.BOUNCED, bounce.diagnostic)
    assert "5.1.1" in bounce.diagnostic


@pytest.mark.django_db
def test_delay_is_noted_and_changes_nothing():
    message = sent()

    bounce = note("postfix-delayed", message)

    message.refresh_from_db()
    assert (bounce.is_hard, bounce.is_open, message.state) == (False, False, State.SENT)
    assert "Connection timed out" in bounce.diagnostic


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["mailbox-full", "policy"])
def test_message_that_did_not_arrive_though_its_address_is_right_is_no_hard_bounce(name):
    message = sent()

    bounce = note(name, message)

    message.refresh_from_db()
    assert (bounce.is_hard, message.state) == (False, State.BOUNCED)


@pytest.mark.django_db
@pytest.mark.parametrize("name", ANSWERS)
def test_answer_of_a_machine_is_no_bounce(name):
    message = sent()

    assert note(name, message) is None

    message.refresh_from_db()
    assert (message.state, Bounce.objects.count()) == (State.SENT, 0)


@pytest.mark.parametrize(
    "subject",
    [
        "Out of Office: letter", "Automatic reply: letter", "Réponse automatique : lettre", "Message d’absence : lettre",
        "Abwesenheitsnotiz: Brief", "Automatische Antwort: Brief", "Risposta automatica: lettera", "Fuori sede",
        "Respuesta automática: carta", "Fuera de la oficina", "Resposta automática: carta", "Fora do escritório",
    ],
)  # fmt: skip
def test_absence_is_told_by_its_subject_where_no_header_does(subject):
    content = f"From: a@city.example\nSubject: {subject}\nMessage-ID: <a@b.example>\n\nBack on 550 5.1.1.".encode()

    assert bounces.read(content).kind == Kind.ANSWER


@pytest.mark.parametrize(
    "header", ["Auto-Submitted: auto-replied", "X-Autoreply: yes", "Precedence: auto_reply", "X-Autorespond: x"]
)
def test_absence_is_told_by_its_headers(header):
    content = f"From: a@city.example\nSubject: Thank you\n{header}\n\nI shall answer soon.".encode()

    assert bounces.read(content).kind == Kind.ANSWER


@pytest.mark.django_db
def test_mail_of_a_person_is_kept_for_a_person():
    message = sent()

    bounce = note("person", message)

    message.refresh_from_db()
    assert (bounce.is_open, bounce.is_hard, message.state) == (True, False, State.SENT)
    assert "write to the new office" in bounce.excerpt


@pytest.mark.django_db
def test_malformed_mail_never_raises_and_is_kept_for_a_person():
    bounce = note("broken", sent())

    assert (bounce.message, bounce.is_open) == (None, True)
    for content in (b"", b"\x00" * 50, b"Content-Type: multipart/report; boundary=x\n\n--x\n", b"\xff" * 2000):
        assert bounces.read(content).kind in (Kind.UNCLEAR, Kind.FAILED)


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(path.stem for path in CORPUS.glob("*.eml")))
def test_every_mail_cut_anywhere_is_read_without_an_error(name):
    content = mail(name, sent())

    for end in range(0, len(content), 97):
        assert bounces.read(content[:end]).source


# Whose it is -----------------------------------------------------------------------------------


@pytest.mark.django_db
def test_return_address_names_the_message_and_cannot_be_forged():
    message = sent()
    address = return_address(message.pk)

    assert message_of(address.upper()) == message.pk
    assert message_of(address.replace(f"+{message.pk}.", f"+{message.pk + 1}.")) is None
    assert message_of("bounces+1.00000000000000000000@icc-portal.example") is None


@pytest.mark.django_db
def test_report_with_a_forged_return_address_touches_no_message():
    message = sent()
    forged = mail("policy", message, verp=f"bounces+{message.pk}.0123456789abcdef0123@icc-portal.example")

    bounce = returned.note(bounces.read(forged), AT)

    message.refresh_from_db()
    assert (message.state, bounce.message, bounce.is_open) == (State.SENT, None, True)


@pytest.mark.django_db
def test_envelope_carries_the_signed_address_only_where_bounces_are_read(mail_sink, settings):
    (first,) = queued(1)
    send_due(timezone.now() + timedelta(minutes=1))
    settings.BOUNCES_URL = ""
    queued(1)
    send_due(timezone.now() + timedelta(minutes=1))

    assert [mail.sender for mail in mail_sink.received] == [
        return_address_with(first, settings),
        "icc@icc-portal.example",
    ]


def return_address_with(message, settings) -> str:
    settings.BOUNCES_URL = "maildir:///somewhere"
    return return_address(message.pk)


@pytest.mark.django_db
def test_bounce_settles_what_nobody_knew():
    message = sent()
    Message.objects.update(state=State.UNCERTAIN)

    note("exim", message)

    message.refresh_from_db()
    assert message.state == State.BOUNCED


# Reading the mailbox ---------------------------------------------------------------------------


@pytest.fixture
def maildir(tmp_path, settings):
    for name in ("tmp", "new", "cur"):
        (tmp_path / name).mkdir()
    settings.BOUNCES_URL = f"maildir://{tmp_path}"
    return tmp_path


@pytest.mark.django_db
def test_same_bounce_read_twice_counts_once(maildir):
    message = sent()
    for name in ("1.a", "2.b"):
        (maildir / "new" / name).write_bytes(mail("postfix", message))

    read_bounces()
    read_bounces()

    assert (Bounce.objects.count(), list((maildir / "new").iterdir())) == (1, [])
    assert sorted(path.name for path in (maildir / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S"]


@pytest.mark.django_db
def test_mail_stays_new_when_its_row_could_not_be_committed(maildir, monkeypatch):
    (maildir / "new" / "1.a").write_bytes(mail("postfix", sent()))
    monkeypatch.setattr(returned.signals.moved, "send", lambda sender: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        read_bounces()
    assert (Bounce.objects.count(), len(list((maildir / "new").iterdir()))) == (0, 1)

    monkeypatch.undo()
    read_bounces()
    assert Bounce.objects.count() == 1


@pytest.mark.django_db
def test_bounce_that_overtakes_the_worker_waits_for_its_word(maildir):
    (message,) = queued(1)
    claim(message.pk, timezone.now())
    (maildir / "new" / "1.a").write_bytes(mail("postfix", message))

    read_bounces()
    assert (Bounce.objects.count(), len(list((maildir / "new").iterdir()))) == (0, 1)

    Message.objects.update(state=State.SENT, sent_at=AT, lease_until=None)
    read_bounces()
    message.refresh_from_db()
    assert message.state == State.BOUNCED


@pytest.mark.django_db
def test_bounces_are_read_over_imap_and_marked_as_seen(settings):
    message = sent()
    with ImapServer([mail("m365", message), mail("absence-de", message)], password="p@ss word") as server:
        settings.BOUNCES_URL = f"imap://bounces:p%40ss%20word@127.0.0.1:{server.port}/Returned"

        read_bounces()
        read_bounces()

        assert (server.seen, server.folder, server.fetches) == ({1, 2}, "Returned", 2)
    assert Bounce.objects.get().message == message


def test_mailbox_that_cannot_be_read_says_so(settings, caplog):
    with ImapServer([], password="right") as server:
        settings.BOUNCES_URL = f"imap://bounces:wrong@127.0.0.1:{server.port}/INBOX"
        read_bounces()
    assert "cannot be read" in caplog.text
    with pytest.raises(CannotRead, match="use maildir:// or imaps://"), opened("pop3://host"):
        pass
    assert list(Maildir(Path("/nowhere")).new()) == []


# What staff do ---------------------------------------------------------------------------------


@pytest.mark.django_db
def test_mail_that_matches_nothing_is_settled_by_a_person_once_and_forgotten():
    bounce, staff = note("broken", sent()), StaffFactory()

    settled = returned.settle_bounce(bounce, by=staff)

    assert (settled.is_open, settled.excerpt, settled.handled_by) == (False, "", staff)
    with pytest.raises(Refused, match="dealt with this mail already"):
        returned.settle_bounce(bounce, by=staff)


@pytest.mark.django_db
def test_unit_hears_of_mails_that_match_nothing():
    from mail.summary import needs_attention

    note("broken", sent())

    assert [item.title for item in needs_attention(StaffFactory(), AT, [])] == [
        "1 mail came back and matches no message"
    ]

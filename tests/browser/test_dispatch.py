"""The February letter in a real browser: two people of the unit send it, it comes back, goes again, and an office answers."""

import re
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import translation
from playwright.sync_api import expect

from accounts.groups import HEAD_OF_UNIT
from cities.models import ChangeRequest
from cities.services import accept_change
from correspondence.models import Mailing
from correspondence.tasks import render_letters
from mail.models import Message, State
from mail.tasks import read_bounces, send_batch
from mail.verp import return_address
from tests.access import staff_in
from tests.correspondence.factories import cities_with_mayors
from tests.factories import CityFactory

pytestmark = pytest.mark.django_db(transaction=True)
REPORT = Path(__file__).parent.parent / "mail" / "bounces" / "postfix.eml"


def bounce(message: Message, maildir: Path) -> None:
    """The server of the city sends the message back."""
    report = REPORT.read_bytes().replace(b"{id}", message.message_id.encode())
    (maildir / "new").mkdir(parents=True)
    (maildir / "new" / "1.a").write_bytes(report.replace(b"{verp}", return_address(message.pk).encode()))


def test_february_letter_from_first_word_to_the_answer_of_an_office(
    page, sign_in, mail_sink, settings, tmp_path, live_server, axe
):
    settings.BOUNCES_URL, settings.PORTAL_URL = f"maildir://{tmp_path}", live_server.url
    wrong, right = cities_with_mayors(2)
    vacant = CityFactory(name="Vacant")
    author, second = staff_in(HEAD_OF_UNIT), staff_in(HEAD_OF_UNIT)
    content = page.locator("#content")

    def choose(action: str) -> None:
        """Press the button above the form, then the one that answers the question."""
        page.get_by_role("link", name=action, exact=True).click()
        with page.expect_navigation():
            content.get_by_role("button", name=action, exact=True).click()

    with translation.override("en"):
        sign_in(author)
        page.goto(reverse("admin:correspondence_mailing_changelist"))
        page.get_by_role("link", name="Write the February letter").click()
        with page.expect_navigation():
            page.get_by_role("button", name="Save", exact=True).click()
        mailing = Mailing.objects.get()
        own, recipients = (
            reverse(f"admin:correspondence_mailing_{name}", args=[mailing.pk]) for name in ("change", "recipients")
        )

        page.goto(recipients)
        expect(content).to_contain_text("1 city gets nothing")
        expect(content.get_by_role("row").filter(has_text=vacant.name)).to_contain_text("Nobody holds the office")
        page.goto(own)
        choose("Test copy to me")
        send_batch()
        assert [m.recipients for m in mail_sink.received] == [[author.email]]

        page.goto(own)
        choose("Prepare")
        render_letters(mailing.pk)
        page.goto(own)
        choose("Approve")
        expect(page.locator("#main")).to_contain_text("Another person approves it")
        sign_in(second)
        page.goto(own)
        choose("Approve")
        choose("Send")
        send_batch()
        expect(content).to_contain_text("of 3 settled")

        bounce(Message.objects.get(city=wrong, mailing=mailing.key), tmp_path)
        read_bounces()
        page.goto(f"{recipients}?state=bounced")
        expect(content.get_by_role("row").filter(has_text=wrong.name)).to_contain_text("Bounced")
        expect(content).not_to_contain_text(right.name)
        expect(content).to_contain_text("Mail to this address comes back")

        accept_change(ChangeRequest.objects.get(), by=second, values={"email": "corrected@city.example"})
        page.reload()
        expect(content).to_contain_text("corrected, can be sent again to corrected@city.example")
        content.get_by_role("link", name="Send again to corrected offices").click()
        with page.expect_navigation():
            content.get_by_role("button", name="Send again to corrected offices").click()
        send_batch()

    (mail,) = mail_sink.to("corrected@city.example")
    assert [part.get_filename() for part in mail.iter_attachments()] == [f"letter-{wrong.slug}.pdf"]
    assert Message.objects.filter(city=wrong, mailing=mailing.key, state=State.BOUNCED).count() == 1

    page.context.clear_cookies()
    link = re.search(
        rf"{live_server.url}(/en/letters/[^>]+)", mail.get_body(["plain"]).get_content().replace("=\n", "")
    )
    page.goto(link[1])
    axe(page)
    page.get_by_role("button", name="We have received this letter").click()
    expect(page.locator("main")).to_contain_text("this letter has arrived. Thank you.")
    page.get_by_role("link", name="Tell us who the mayor is now").click()
    page.get_by_label("Name of the mayor").fill("Anna Nowak")
    page.get_by_role("button", name="Tell the unit").click()
    expect(page.get_by_label("Name of the mayor")).to_have_value("Anna Nowak")
    axe(page)
    page.get_by_label("E-mail address of the office").fill("anna@city.example")
    page.get_by_role("button", name="Tell the unit").click()
    expect(page.locator("main")).to_contain_text("Thank you. The unit checks what you wrote")
    assert ChangeRequest.objects.get(state="open").values["name"] == "Anna Nowak"

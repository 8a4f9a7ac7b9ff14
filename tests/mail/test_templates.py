"""Mail templates are Markdown; the values in them never are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from mail.services import Recipient, queue_message
from mail.tasks import send_due

pytestmark = pytest.mark.django_db


@pytest.fixture
def template(settings, tmp_path):
    """Writes `mail/note.md`, and `mail/part.md` that it may include."""
    (tmp_path / "mail").mkdir()
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, *settings.TEMPLATES[0]["DIRS"]]}]
    return lambda text, name="note": (tmp_path / "mail" / f"{name}.md").write_text(text)


def test_template_is_text_and_its_first_line_the_subject(template):
    template("Subject: For {{ to.name }}\n\nDear {{ to.name }}")

    message = queue_message("note", to=Recipient("a@city.example", "L'Île & Cie"), key="n")

    assert (message.subject, message.body) == ("For L'Île & Cie", "Dear L'Île & Cie")


NASTY = "[x](http://evil.example) *a* `b` <http://evil.example> ![i](http://evil.example/i.png)"


@pytest.mark.parametrize(
    "text",
    [
        "{{ to.name }}",
        "{{ name }}",
        "{% load i18n %}{% blocktranslate with n=to.name %}Dear {{ n }}{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate %}Dear {{ name }}{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate count c=2 with n=name %}{{ n }}{% plural %}{{ n }}, {{ c }}{% endblocktranslate %}",
        "{% load i18n %}{% blocktranslate asvar line %}Dear {{ name }}{% endblocktranslate %}{{ line }}",
        '{% include "mail/part.md" %}',
    ],
)
def test_value_in_a_template_is_shown_as_it_is_and_never_taken_for_markdown(template, mail_sink, text):
    template("Dear {{ to.name }}", "part")
    template("Subject: {{ name }}\n\n" + text)

    queue_message("note", to=Recipient("a@city.example", NASTY), key="n", context={"name": NASTY})
    send_due(timezone.now() + timedelta(minutes=1))

    mail = mail_sink.received[0].message
    assert NASTY in mail.get_body(["plain"]).get_content().replace("\r\n", "\n")
    html = mail.get_body(["html"]).get_content()
    assert 'href="http://evil' not in html and "<em>" not in html and "<code>" not in html
    assert mail["Subject"] == NASTY


def test_address_and_what_is_marked_safe_stay_markdown(template):
    template("Subject: x\n\n[Open]({{ url }}) <{{ url }}> {{ text|safe }}")
    url = "https://portal.example/a_/_b/?c=1#d"

    message = queue_message("note", to=Recipient("a@city.example"), key="n", context={"url": url, "text": "**bold**"})

    assert message.body == f"[Open]({url}) <{url}> **bold**"

"""The parts of the pages: what they say in both languages, and what ties them together for assistive technology."""

import zoneinfo
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django import forms
from django.core.paginator import Paginator
from django.db.models import TextChoices
from django.template import Context, Template
from django.test import RequestFactory
from django.utils import timezone, translation

from common import formats


def render(source: str, path: str = "/en/", **context) -> str:
    request = RequestFactory().get(path)
    return Template(source).render(Context({"request": request, **context}))


@pytest.fixture(autouse=True)
def english():
    with translation.override("en"):
        yield


@pytest.fixture
def french():
    with translation.override("fr"):
        yield


# Dates and times


@pytest.mark.parametrize(
    ("at", "shown"),
    [
        (datetime(2026, 4, 20, 18, 0, tzinfo=UTC), "20 April 2026, 20:00 Strasbourg time (UTC+2)"),
        (datetime(2026, 1, 20, 19, 0, tzinfo=UTC), "20 January 2026, 20:00 Strasbourg time (UTC+1)"),
        (datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC), "29 March 2026, 01:59 Strasbourg time (UTC+1)"),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), "29 March 2026, 03:00 Strasbourg time (UTC+2)"),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), "25 October 2026, 02:30 Strasbourg time (UTC+2)"),
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), "25 October 2026, 02:30 Strasbourg time (UTC+1)"),
    ],
)
def test_instant_is_strasbourg_time_with_its_offset_across_both_clock_changes(at, shown):
    assert formats.strasbourg_time(at) == shown


def test_instant_adds_the_readers_own_time_when_their_clock_differs():
    at = datetime(2026, 4, 20, 18, 0, tzinfo=UTC)

    with timezone.override(zoneinfo.ZoneInfo("Europe/Kyiv")):
        assert formats.own_time(at) == "21:00 your time (UTC+3)"
    with timezone.override(zoneinfo.ZoneInfo("Asia/Tokyo")):
        assert formats.own_time(at) == "21 April 2026, 03:00 your time (UTC+9)"
    with timezone.override(zoneinfo.ZoneInfo("America/St_Johns")):
        assert formats.own_time(at) == "15:30 your time (UTC\u22122:30)"


def test_instant_says_nothing_twice_to_a_reader_whose_clock_is_the_same():
    with timezone.override(zoneinfo.ZoneInfo("Europe/Oslo")):
        html = render("{{ at|instant }}", at=datetime(2026, 4, 20, 18, 0, tzinfo=UTC))

    assert html == ('<time datetime="2026-04-20T18:00:00Z">20 April 2026, 20:00 Strasbourg time (UTC+2)</time>')


def test_day_of_an_instant_is_its_day_in_strasbourg():
    assert formats.day(datetime(2026, 4, 20, 22, 30, tzinfo=UTC)) == "21 April 2026"


def test_day_in_french_counts_the_first(french):
    assert (formats.day(date(2026, 5, 1)), formats.day(date(2026, 5, 2))) == ("1er mai 2026", "2 mai 2026")


def test_missing_dates_and_amounts_show_nothing():
    assert render("{{ none|instant }}{{ none|day }}{{ none|euros }}", none=None) == ""


# Money


@pytest.mark.parametrize(
    ("amount", "english", "in_french"),
    [
        (Decimal("14900"), "€14,900.00", "14\u202f900,00\u00a0€"),
        (Decimal("0.005"), "€0.01", "0,01\u00a0€"),
        (Decimal("-1234567.5"), "\u2212€1,234,567.50", "\u22121\u202f234\u202f567,50\u00a0€"),
        (0, "€0.00", "0,00\u00a0€"),
    ],
)
def test_euros_in_both_languages(amount, english, in_french):
    assert formats.euros(amount) == english
    with translation.override("fr"):
        assert formats.euros(amount) == in_french


# Text


def test_markdown_keeps_no_script():
    html = render("{{ text|markdown }}", text="**Bold** <script>alert(1)</script>")

    assert "<strong>Bold</strong>" in html
    assert "<script>" not in html


# Statuses


class Document:
    class Status(TextChoices):
        SENT = "sent", "Sent"

        @property
        def tone(self) -> str:
            return "good"

    status = "sent"


def test_status_takes_words_and_colour_from_the_enum_of_the_model():
    assert render("{% status row %}", row=Document()) == '<strong class="badge badge--good">Sent</strong>'


def test_badge_of_an_unknown_tone_is_neutral():
    assert render('{% badge word "loud" %}', word="<b>") == '<strong class="badge badge--neutral">&lt;b&gt;</strong>'


def test_browser_is_named_in_words():
    firefox = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"

    assert render("{{ agent|browser }}", agent=firefox) == "Firefox, Windows"
    assert render("{{ agent|browser }}", agent="curl") == "Unknown browser"


# Lists


def test_pagination_keeps_the_rest_of_the_query_string():
    page = Paginator(range(30), 10).page(2)

    html = render("{% pagination page %}", path="/en/cities/?q=%C3%89vora&page=2&country=pt", page=page)

    assert 'rel="prev" href="?q=%C3%89vora&amp;page=1&amp;country=pt"' in html
    assert 'rel="next" href="?q=%C3%89vora&amp;page=3&amp;country=pt"' in html
    assert html.count('aria-current="page"') == 1


def test_pagination_of_one_page_is_nothing():
    assert render("{% pagination page %}", page=Paginator(range(3), 10).page(1)) == ""


# Forms


class Proposal(forms.Form):
    title = forms.CharField(help_text="In a few words.")
    theme = forms.ChoiceField(choices=[("a", "Anti-rumours"), ("p", "Participation")], widget=forms.RadioSelect)
    summary = forms.CharField(max_length=20, required=False, widget=forms.Textarea)
    starts_on = forms.DateField(widget=forms.DateInput, required=False)
    token = forms.CharField(widget=forms.HiddenInput, required=False)

    def clean(self):
        raise forms.ValidationError("This call is closed.")


def test_field_without_error_points_at_its_hint():
    html = render("{% field form.title %}", form=Proposal())

    assert 'aria-describedby="id_title_helptext"' in html
    assert '<div class="field__hint" id="id_title_helptext">In a few words.</div>' in html


def test_field_with_error_points_at_hint_and_error_and_says_what_to_do():
    html = render("{% field form.title %}", form=Proposal({}))

    assert 'aria-describedby="id_title_helptext id_title_error"' in html
    assert 'aria-invalid="true"' in html
    assert "Fill in “Title”." in html
    assert "This field is required" not in html


def test_choices_are_a_group_with_a_name_and_their_error():
    html = render("{% field form.theme %}", form=Proposal({}))

    assert '<fieldset class="field field--error" aria-describedby="id_theme_error">' in html
    assert html.count('type="radio"') == 2


def test_optional_fields_say_so_and_long_texts_count_without_cutting():
    html = render("{% field form.summary %}", form=Proposal({"summary": "x" * 25}))

    assert "(optional)" in html
    assert 'data-count="20"' in html
    assert "maxlength" not in html
    assert "x" * 25 in html


def test_date_field_uses_the_browsers_picker_in_french_too(french):
    html = render("{% field form.starts_on %}", form=Proposal(initial={"starts_on": date(2026, 5, 1)}))

    assert 'type="date"' in html
    assert 'value="2026-05-01"' in html


def test_error_summary_leads_to_each_field():
    html = render("{% error_summary form %}", form=Proposal({}))

    assert "<li>This call is closed.</li>" in html
    assert '<a href="#id_title">Fill in “Title”.</a>' in html
    assert '<a href="#id_theme_0">Choose an answer for “Theme”.</a>' in html


def test_error_summary_of_a_form_without_errors_is_nothing():
    assert render("{% error_summary form %}", form=Proposal()) == ""


# The frame


@pytest.mark.parametrize(
    ("path", "other"),
    [
        ("/en/?q=%C3%89vora", "/fr/?q=%C3%89vora"),
        ("/en/no/such/page/", "/fr/no/such/page/"),
        ("/en/account/login/", "/fr/account/login/"),
    ],
)
def test_language_switch_leads_to_the_same_page(path, other):
    assert render("{% other_language_url %}", path=path) == other.replace("&", "&amp;")


@pytest.mark.django_db
def test_title_of_a_page_with_errors_starts_with_error(client):
    page = client.post("/en/account/login/", {"login": "", "password": ""}).content.decode()

    assert "<title>Error: Log in – " in page
    assert 'href="#id_login"' in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_carry_no_inline_script_or_style(client, language):
    page = client.get(f"/{language}/account/login/").content.decode()

    assert f'<html lang="{language}">' in page
    assert " style=" not in page
    assert "<style" not in page
    assert "onclick" not in page

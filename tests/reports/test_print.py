"""The printed report and letters, read as their readers do: pages, tags, outline, alternative texts, both languages."""

import copy
import re
from functools import cache
from html import unescape

import pytest
from django.utils import translation
from django.utils.translation import trans_real

from common.pdf import render_pdf
from reports import charts, document
from reports.snapshot import canonical, digest, in_language
from tests import pdf_reading
from tests.reports.factories import facts, frozen, programme

pytestmark = pytest.mark.django_db

SCRIPTS = ["Łódź", "Київ", "Αθήνα", "თბილისი", "Երևան", "חיפה", "عمّان", "浜松市", "서울특별시"]
LONG = "Webinar on what a city can do about the discriminatory effects of artificial intelligence in its own services "


@pytest.fixture
def data() -> dict:
    programme()
    return facts(frozen())


def pdf(html: str, language: str, data: dict) -> bytes:
    return render_pdf(html, language=language, created_at=document.frozen_at(data)).content


def report(data: dict, language: str = "en") -> bytes:
    return pdf(document.report_html(data, language), language, data)


def letter(data: dict, slug: str, language: str = "en") -> bytes:
    return pdf(document.letter_html(data, slug, language), language, data)


def grown(data: dict) -> dict:
    """The same facts with a member list of several pages and names in nine scripts."""
    data = copy.deepcopy(data)
    row = data["members"][0]
    data["members"] += [{**row, "name": name, "slug": f"x{n}"} for n, name in enumerate(SCRIPTS * 20)]
    return data


def crowded(data: dict, slug: str, activities: int, grants: int, others: int, areas: int, title: str) -> dict:
    """The same facts with a city that did very much, or little, under long titles."""
    data = copy.deepcopy(data)
    city = data["cities"][slug]
    both = {"en": title, "fr": title}
    city |= {
        "name": "Unione dei Comuni Terre dei Castelli",
        "activities": [{"title": both, "on": both | {"en": "3 May 2020", "fr": "3 mai 2020"}, "kind_label": both,
                        "part": {"en": "Took part", "fr": "A participé"}}] * activities,
        "grants": [{"project": title, "theme": "", "part": {"en": "Lead city", "fr": "Chef de file"},
                    "partners": ["Donostia/San Sebastián", "Unione dei Comuni del Rubicone"] * 4,
                    "amount": "1234567.89"}] * grants,
        "practices": [{"title": title, "summary": ""}] * others,
        "publications": [{"title": title, "kind_label": {"en": "Policy brief", "fr": "Note"}}] * others,
    }  # fmt: skip
    if areas:
        area = {"en": "Neighbourhood and public space policy", "fr": "Politique du voisinage et de l’espace public"}
        city["index"] = {
            "on": {"en": "3 May 2019", "fr": "3 mai 2019"}, "overall": "67", "sample_size": 101, "version": "2",
            "scores": [{"area": area, "score": "55", "mean": "60"}] * areas,
        }  # fmt: skip
    return data


def marked_translation(monkeypatch) -> None:
    """Instead of French, every translated text says that it is one: «…»."""
    real = trans_real.DjangoTranslation.gettext
    plural = trans_real.DjangoTranslation.ngettext
    monkeypatch.setattr(
        trans_real.DjangoTranslation, "gettext", lambda self, text: f"«{real(self, text)}»" if text else ""
    )
    monkeypatch.setattr(
        trans_real.DjangoTranslation, "ngettext", lambda self, one, many, count: f"«{plural(self, one, many, count)}»"
    )


@pytest.mark.parametrize("language", ["en", "fr"])
def test_report_is_accessible_and_archivable(data, language):
    assert pdf_reading.accessibility_faults(report(grown(data), language)) == []


@pytest.mark.parametrize("language", ["en", "fr"])
def test_contents_give_the_pages_where_the_chapters_are(data, language):
    content = report(grown(data), language)

    pages = {title: page for _level, title, page in pdf_reading.outline(content)}
    contents = pdf_reading.texts(content)[1]
    entries = document.report_context(data, language)["chapter_list"]
    with translation.override(language):
        annexes = [translation.gettext(name) for name in ("Annex A. Member cities", "Annex B. Activities",
                   "Annex C. Documents and sources", "About this document")]  # fmt: skip
    names = [str(chapter["title"]) for chapter in entries] + annexes
    said = {name: int(re.search(re.escape(name) + r"\s+(\d+)", contents)[1]) for name in names}
    assert said == {name: pages[name] for name in names}
    assert len(set(said.values())) > 4
    texts = pdf_reading.texts(content)
    assert [name for name, page in said.items() if name not in " ".join(texts[page - 1].split())] == []


def test_pages_carry_the_title_the_chapter_and_their_number(data):
    pages = pdf_reading.texts(report(grown(data)))
    annex = next(page for page in pages[3:] if page.count("Oslo") == 0 and page.count(SCRIPTS[0]) > 3)

    assert "Annual report 2020" in annex
    assert "Annex A. Member cities" in annex
    assert re.search(rf"\d+ / {len(pages)}\b", annex)


def test_figures_have_alternative_texts_and_numbered_captions(data):
    content = report(data)
    tree = pdf_reading.structure(content)

    alternatives = [tag.alt for tag in tree.all("Figure")]
    assert alternatives and all(alternative.endswith(".") for alternative in alternatives)
    captions = [" ".join(tag.text.split()) for tag in tree.all("Caption")]
    numbered = [caption for caption in captions if re.match(r"(Figure|Table) \d+\. ", caption)]
    for kind in ("Figure", "Table"):
        numbers = [int(caption.split()[1].strip(".")) for caption in numbered if caption.startswith(kind)]
        assert numbers == list(range(1, len(numbers) + 1))
        assert numbers


def test_names_in_every_script_are_printed(data):
    data = grown(data)
    data["joined"] += [{**data["joined"][0], "name": name} for name in SCRIPTS]

    text = pdf_reading.text(report(data))

    assert [
        name for name in ("Łódź", "Київ", "Αθήνα", "თბილისი", "Երևան", "浜松市", "서울특별시") if name not in text
    ] == []


def test_same_facts_give_the_same_bytes(data):
    assert report(data) == report(copy.deepcopy(data))
    assert letter(data, "oslo") == letter(copy.deepcopy(data), "oslo")


def test_colophon_has_the_hash_of_the_facts(data):
    assert digest(canonical(data)) in pdf_reading.texts(report(data))[-1]


def test_report_names_the_licences(data):
    text = pdf_reading.text(report(data))

    assert "GeoNames (geonames.org), Creative Commons Attribution 4.0 (CC BY 4.0)" in text
    assert "Natural Earth (naturalearthdata.com), public domain" in text


def test_empty_chapters_say_so_in_a_sentence(data):
    data = copy.deepcopy(data)
    for kind in ("activities", "by_kind", "by_format", "grants", "networks", "publications", "practices", "joined"):
        data[kind] = []
    data["grants_without_amount"] = 0
    content = report(data)

    assert pdf_reading.accessibility_faults(content) == []
    text = pdf_reading.text(content)
    for sentence in (
        "No activity is recorded for 2020.",
        "No grant is recorded for 2020.",
        "No network is recorded.",
        "No publication is recorded for 2020.",
        "No good practice of 2020 is on record yet.",
        "No city is recorded as joining in 2020.",
    ):
        assert sentence in text


def test_headings_of_the_report_go_through_the_catalogue(data, monkeypatch):
    """Whatever the catalogue holds today: in French no fixed heading, caption or column name is left as it was typed."""
    frozen_texts = {
        re.sub(r"\d", "", str(chapter["title"])) for chapter in in_language(data["chapters"], "fr").values()
    }
    data["practices"] = []  # their titles are headings too, and facts
    marked_translation(monkeypatch)
    html = document.report_html(data, "fr")
    headings = re.findall(r"<(h[1-4]|th|caption|figcaption)\b([^>]*)>(.*?)</\1>", html, re.DOTALL)
    fixed = [
        re.sub(r"<[^>]+>|\d", "", unescape(text)).strip()
        for _tag, attributes, text in headings
        if "scope" not in attributes and "{" not in text
    ]
    assert [text for text in fixed if text and "«" not in text and text not in frozen_texts] == []


def test_letter_has_the_parts_of_a_letter_and_the_sheet(data):
    first, second = pdf_reading.texts(letter(data, "lodz"))

    for part in ("ICC/2020/lodz", "Strasbourg", "Mayor's Office, Łódź", "Subject:", "Yours sincerely",
                 "Head of the Intercultural Cities unit"):  # fmt: skip
        assert part in first
    assert "Your city in 2020" in second
    assert "Welcoming together" in second


@cache
def cases() -> list[tuple[int, int, int, int, str]]:
    return [(0, 0, 0, 0, "Short"), (40, 0, 0, 0, LONG * 2), (0, 20, 0, 0, LONG * 2), (0, 0, 40, 0, LONG),
            (30, 20, 20, 17, LONG), (3, 3, 3, 17, "Short"), (6, 2, 1, 0, "Short")]  # fmt: skip


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("case", cases())
def test_letter_and_sheet_are_two_pages_for_every_city(data, case, language):
    content = letter(crowded(data, "oslo", *case), "oslo", language)

    assert len(pdf_reading.texts(content)) == 2
    assert pdf_reading.accessibility_faults(content) == []


def test_sheet_says_how_many_rows_are_left_to_the_report(data):
    data = crowded(data, "oslo", 40, 0, 0, 0, LONG)
    shown = charts.sheet(in_language(data["cities"]["oslo"], "en"), data, "en")

    assert shown["activities_more"] == 40 - len(shown["activities"]) > 0
    assert f"and {shown['activities_more']} more, listed in the report" in pdf_reading.texts(letter(data, "oslo"))[1]

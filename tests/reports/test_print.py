"""The printed report, read as its readers do: pages, tags, outline, alternative texts, references, both languages."""

import copy
import re
from html import unescape
from itertools import groupby, pairwise

import pytest
from django.utils.translation import trans_real

from reports import annex, document, render
from reports.snapshot import canonical, digest, in_language
from reports.spreads import LISTED, documents, lengths, near_ones, told
from tests import pdf_reading

pytestmark = pytest.mark.django_db
SCRIPTS = ["Łódź", "Київ", "Αθήνα", "თბილისი", "Երևան", "חיפה", "عمّان", "浜松市", "서울특별시"]
RIGHT_TO_LEFT = ("חיפה", "عمّان")
LANGUAGES = ("en", "fr")
HEADINGS = ("H1", "H2", "H3", "H4")


@pytest.fixture(scope="module")
def full(data) -> dict:
    return grown(data)


@pytest.fixture(scope="module")
def english(full) -> bytes:
    return report(full)


@pytest.fixture(scope="module", params=LANGUAGES)
def printed(request, full, english) -> tuple[str, bytes]:
    """The whole report, once in each language."""
    return request.param, english if request.param == "en" else report(full, request.param)


def report(data: dict, language: str = "en") -> bytes:
    return render.make_report(data, language).content


def grown(data: dict) -> dict:
    """The same facts with a member list of several pages, names in nine scripts, a large network, results and rows enough
    to open every chapter."""
    data = copy.deepcopy(data) | {"version": 2, "reason": "The country of Łódź was wrong."}
    row = data["members"][0]
    data["members"] += [{**row, "name": f"{name} {n}", "slug": f"x{n}"} for n, name in enumerate(SCRIPTS * 14)]
    data["joined"] += [{**data["joined"][0], "name": name} for name in SCRIPTS]
    network, names = data["networks"][0], [member["name"] for member in data["members"][4:33]] + ["Oslo"]
    text = {"en": "We met in **Oslo**.", "fr": "Nous nous sommes réunis à **Oslo**."}
    data["networks"][0] = {**network, "members": len(names), "cities": names, "text": text}
    small = {"en": "A small network", "fr": "Un petit réseau"}
    data["networks"].append({**network, "name": small, "members": 5, "cities": names[:5]})
    told = {"en": "Our cities' officials met. " * 90, "fr": "Nos agents se sont réunis ; bravo ! " * 70}
    long = {"en": "A network with much to tell", "fr": "Un réseau qui a beaucoup à dire"}
    data["networks"].append({**network, "name": long, "members": 12, "cities": names[:12], "text": told})
    result = {"country_name": row["country_name"], "on": {"en": "3 May 2020", "fr": "3 mai 2020"}, "version": "2"}
    data["index"] = [{**result, "city": name, "overall": "61.5", "sample_size": 101} for name in names[:4]]
    data["activities"] = data["activities"] * 12
    data["activities"][0] = {**data["activities"][0], "cities": names[:12]}
    data["activities"][1:9] = [{**row, "cities": names[12:15]} for row in data["activities"][1:9]]
    data["grants"] = data["grants"] * 5
    return data


def captions(tree: pdf_reading.Tag) -> list[str]:
    return [" ".join(tag.text.split()) for tag in tree.all("Caption")]


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


def test_report_is_accessible_and_archivable(printed):
    language, content = printed

    assert pdf_reading.accessibility_faults(content) == []
    assert pdf_reading.catalog(content)["lang"] == language


def test_contents_give_the_pages_where_the_chapters_are(printed):
    _language, content = printed
    contents = pdf_reading.texts(content)[1]
    entries = [(title, page) for level, title, page in pdf_reading.outline(content) if level > 0 and page > 2]
    listed = [(title, page) for title, page in entries if re.search(re.escape(title) + r"\s+\d", contents)]
    texts = [" ".join(text.split()) for text in pdf_reading.texts(content)]

    assert (
        len([page for level, _title, page in pdf_reading.outline(content) if level == 1]) == 16
    )  # ten chapters, four annexes
    said = {title: int(re.search(re.escape(title) + r"\s+(\d+)", contents)[1]) for title, _page in listed}
    assert said == dict(listed)
    assert len(set(said.values())) > 8
    assert [title for title, page in listed if title not in texts[page - 1]] == []


def test_references_lead_to_the_page_they_name(printed):
    _language, content = printed
    texts = [" ".join(text.split()) for text in pdf_reading.texts(content)]
    references = re.findall(r"((?:Table|Tableau|Figure) \d+) \(p\. (\d+)\)", " ".join(texts))

    assert references
    assert [name for name, page in references if f"{name}." not in texts[int(page) - 1]] == []


def test_figures_have_alternative_texts_and_numbered_captions(printed):
    language, content = printed
    tree = pdf_reading.structure(content)

    alternatives = [tag.alt for tag in tree.all("Figure")]
    assert len(alternatives) >= 6 and all(alternative.endswith(".") for alternative in alternatives)
    for kind in ("Figure", {"en": "Table", "fr": "Tableau"}[language]):
        numbers = [int(found[1]) for text in captions(tree) if (found := re.match(rf"{kind} (\d+)\. ", text))]
        assert list(dict.fromkeys(numbers)) == list(range(1, len(set(numbers)) + 1))
        assert len(numbers) > 5


def test_left_pages_carry_the_title_and_right_pages_the_chapter(english):
    pages = pdf_reading.texts(english)
    outline = pdf_reading.outline(english)
    start = next(page for _level, title, page in outline if title == "Annex A. Member cities")
    left, right = sorted((start + 1, start + 2), key=lambda page: page % 2)

    assert "Annual report 2020" in pages[left - 1] and "Annex A. Member cities" not in pages[left - 1]
    assert "Annex A. Member cities" in pages[right - 1]
    for number in (left, right):
        assert str(number) in pages[number - 1].split()


def test_large_network_has_facing_pages_a_left_and_a_right_one(english):
    pages = [page for _level, title, page in pdf_reading.outline(english) if title == "Norwegian network"]
    texts = pdf_reading.texts(english)

    assert pages[0] % 2 == 0
    assert "We met in Oslo." in texts[pages[0] - 1]
    assert "Norwegian network: member cities" in " ".join(texts[pages[0]].split())


def test_network_with_much_to_tell_has_a_page_for_it_beside_the_map(printed):
    language, content = printed
    title = {"en": "A network with much to tell", "fr": "Un réseau qui a beaucoup à dire"}[language]
    word, set_well = {"en": ("officials", "cities’"), "fr": ("agents", "réunis\N{NO-BREAK SPACE};")}[language]
    [page] = [page for _level, found, page in pdf_reading.outline(content) if found == title]
    texts = pdf_reading.texts(content)

    assert page % 2 == 0
    assert [number for number, text in enumerate(texts, 1) if text.count(word) > 10] == [page + 1]
    assert set_well in texts[page]
    assert title in " ".join(texts[page + 1].split())


@pytest.mark.parametrize(
    ("words", "expected"), [(0, ""), (40, "told"), (200, "told much"), (250, "told much"), (300, "told long")]
)
def test_map_of_a_network_makes_room_for_what_it_tells(words, expected):
    assert told("words " * words) == expected


def test_lists_of_a_network_end_where_its_page_ends(english, full):
    pages = {title: page for _level, title, page in pdf_reading.outline(english)}
    spread = document.report_context(full, "en")["spreads"][0]

    assert pages["A small network"] == pages["Norwegian network"] + 2
    assert len(spread["activities"]) + spread["more"] == spread["held"] > len(spread["activities"]) > 0
    assert max(len(row["part"]) for row in spread["rows"]) == LISTED + 1  # with the sign that there are more


def test_world_stands_beside_a_short_foreword_and_with_the_members_after_a_long_one(english, full):
    foreword = next(page for _level, title, page in pdf_reading.outline(english) if title == "Foreword")
    long = copy.deepcopy(full)
    long["chapters"]["foreword"]["text"] = {"en": "Words. " * 200, "fr": "Mots. " * 200}
    html = document.report_html(long, "en")

    assert "Figure 1. Member cities in the world" in " ".join(pdf_reading.texts(english)[foreword - 1].split())
    assert html.index('id="members"') < html.index('id="figure-world"')
    assert document.report_context(long, "en")["numbered"]["europe"].number == 1


def test_colophon_is_the_back_of_the_last_leaf(printed):
    _language, content = printed
    *_others, (_level, title, page) = pdf_reading.outline(content)

    assert title in ("About this document", "À propos de ce document")
    assert page == len(pdf_reading.texts(content)) and page % 2 == 0


def test_network_names_the_grants_and_documents_of_its_cities(full):
    context = document.report_context(full, "en")
    spread = context["spreads"][0]
    lead = full["grants"][0]["lead"]
    [first, *_more] = documents({lead}, context)
    found = documents(set(full["networks"][0]["cities"]), context)
    assert found and found[: len(spread["documents"])] == spread["documents"]
    assert len(spread["documents"]) + spread["more_documents"] == len(found)
    assert (first["number"], first["title"], first["own"]) == ("C1", full["grants"][0]["project"], [lead])
    assert documents({"Nowhere"}, context) == []


@pytest.mark.parametrize(
    ("foreword", "expected"),
    [("", True), ("Words. " * 30, True), ("\n\n".join(["Words."] * 4), False), ("Words. " * 90, False)],
)
def test_world_stands_under_a_foreword_that_leaves_room_for_it(foreword, expected):
    assert document.leaves_room(foreword) == expected


@pytest.mark.parametrize(
    ("activities", "documents", "room", "expected"),
    [(3, 2, 100, (3, 2)), (40, 0, 200, (8, 0)), (40, 9, 62, (1, 1)), (40, 9, 45, (1, 0)), (0, 2, 60, (0, 2)),
     (0, 2, 30, (0, 0)), (5, 0, 1, (1, 0)), (0, 0, 1, (0, 0))],
)  # fmt: skip
def test_lists_of_a_network_are_as_long_as_the_room_below_its_table(activities, documents, room, expected):
    assert lengths(activities, documents, room) == expected


def test_map_of_a_network_is_of_europe_when_most_of_its_cities_are_there():
    oslo, madrid, kyoto, nowhere = (
        {"name": name, "latitude": latitude, "longitude": longitude}
        for name, latitude, longitude in (
            ("O", "59.9", "10.7"),
            ("M", "40.4", "-3.7"),
            ("K", "35.0", "135.8"),
            ("N", None, None),
        )
    )

    assert near_ones([oslo, madrid, kyoto, nowhere]) == [oslo, madrid]
    assert near_ones([oslo, kyoto]) == [oslo, kyoto]
    assert near_ones([nowhere]) == []


def test_list_by_country_is_cut_into_three_columns_of_about_the_same_length():
    def country(name, cities):
        return {"name": name, "cities": [{"name": "Santa Maria da Feira"}] * cities}

    assert document.column_breaks([country("A", 40), *(country(name, 1) for name in "BCDEFGHI"), country("J", 60)]) == {
        "B",
        "J",
    }
    assert document.column_breaks([country("A", 1), country("B", 1)]) == set()
    assert document.column_breaks([country(str(n), 5) for n in range(200)]) == set()


def test_no_heading_stands_alone_at_the_foot_of_a_page(printed):
    _language, content = printed
    parts = [
        tag for tag in pdf_reading.structure(content).all(*HEADINGS, "P", "Caption", "TR", "LI", "Figure") if tag.pages
    ]
    alone = [
        heading.text
        for heading, following in pairwise(parts)
        if heading.kind in HEADINGS and not heading.pages & following.pages
    ]
    assert len([tag for tag in parts if tag.kind in HEADINGS]) > 20
    assert [title for title in alone if "2020" not in title] == []  # the title of the cover


def test_no_row_is_split_between_pages_and_none_stands_alone(printed):
    _language, content = printed
    tables = pdf_reading.structure(content).all("Table")

    assert [row.text for table in tables for row in table.all("TR") if len(row.pages) > 1] == []
    parts = [list(part) for _head, part in groupby(tables, key=lambda table: table.all("TR")[0].text)]  # page by page
    assert len([part for part in parts if len(part) > 1]) > 2
    alone = [piece.text for part in parts if len(part) > 1 for piece in part if len(piece.all("TR")) < 3]
    assert alone == []


def test_names_in_every_script_are_printed(english):
    text = pdf_reading.text(english)

    assert [name for name in SCRIPTS if name not in RIGHT_TO_LEFT and name not in text] == []
    glyphs = {letter for name in RIGHT_TO_LEFT for letter in name}
    assert glyphs <= set("".join(cell.text for cell in pdf_reading.structure(english).all("TH")))


def test_same_facts_give_the_same_bytes(data):
    assert report(data) == report(copy.deepcopy(data))


def test_data_annex_lies_inside_the_file(printed, full):
    language, content = printed
    name = f"intercultural-cities-data-2020-{language}.xlsx"

    assert pdf_reading.attachments(content) == {name: annex.workbook(full, language)}
    [file] = pdf_reading.associated(content)
    assert (file["relationship"], file["names"]) == ("/Data", f"{name} {name}")
    assert file["kind"] == "/application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    assert file["modified"] == "D:20210301000000Z"


def test_colophon_has_version_and_hash_of_the_facts(english, full):
    colophon = pdf_reading.texts(english)[-1]

    assert digest(canonical(full)) in colophon
    assert "2 (The country of Łódź was wrong.) – facts in format 1" in " ".join(colophon.split())


def test_report_names_the_licences(english):
    text = pdf_reading.text(english)

    assert "GeoNames (geonames.org), Creative Commons Attribution 4.0 (CC BY 4.0)" in text
    assert "Natural Earth (naturalearthdata.com), public domain" in text


def test_annexes_refer_to_each_other_by_number(full):
    context = document.report_context(full, "en")
    member = next(row for row in context["member_rows"] if row["name"] == full["networks"][0]["cities"][0])

    assert context["activities"][0]["number"] == "B1"
    assert member["part"] == ["B1", "Index"]


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

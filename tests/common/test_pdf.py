"""PDFs: accessible, archivable, the same bytes each time, and refused with a sentence when they would not be."""

import base64
import hashlib
import io
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pikepdf
import pypdfium2
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.template import engines
from django.utils import translation

from common.charts import MapPoint, bar_chart, city_map
from common.pdf import AttachedFile, PdfRefused, problems, render_pdf
from tests import pdf_reading

ATTACHED = [AttachedFile("figures.csv", b"city,year\n", "The figures", "Data")]
DAY = datetime(2021, 3, 1, 9, 30, tzinfo=UTC)
NAMES = {
    "Latin": "Łódź, Évora, Örebro, Klaksvík, Țăndărei, Donostia/San Sebastián",
    "Cyrillic": "Київ, Мелітополь, Суботица",
    "Greek": "Αθήνα, Ιωάννινα, Λεμεσός",
    "Georgian": "თბილისი, ქუთაისი",
    "Armenian": "Երևան",
    "Hebrew": "חיפה",
    "Arabic": "عمّان، الدار البيضاء",
    "Japanese": "浜松市、神戸市",
    "Korean": "서울특별시 구로구",
}


def page(body: str, title: str = "A title", lang: str = "en", css: str = "") -> str:
    return f'<!doctype html><html lang="{lang}"><head><title>{title}</title><style>{css}</style></head><body>{body}</body></html>'


def drawing(inside: str) -> str:
    return f'<h1>A</h1><svg viewBox="0 0 9 9"><title>x</title>{inside}</svg>'


def render(html: str, **kwargs) -> bytes:
    return render_pdf(html, **{"language": "en", "created_at": DAY, **kwargs}).content


def lines(html: str, **kwargs) -> list[str]:
    with pytest.raises(PdfRefused) as refusal:
        render(html, **kwargs)
    return refusal.value.lines


def report(language: str = "en") -> str:
    """A small document with each construct of print.css."""
    source = """{% extends "pdf/base.html" %}{% block title %}Annual report 2020{% endblock %}{% block content %}
    <div class="cover"><p class="organisation">Council of Europe</p><div class="band"></div><h1>Annual report 2020</h1></div>
    <h2 id="contents">Contents</h2>
    <nav><ol class="contents"><li><a href="#year">The year in figures</a>
      <ol><li><a href="#where">Where the cities are</a></li></ol></li>
      <li><a href="#members">Members</a></li></ol></nav>
    <section class="chapter"><h2 id="year">The year in figures</h2>
      <ul class="rich figures"><li><p class="value">141</p><p class="name">member cities</p></li></ul>
      <p>See <a href="https://www.coe.int/interculturalcities">the pages of the programme</a>.</p>
      <ul><li>One<ul><li>inner</li></ul></li><li>Another <strong>strong</strong> one</li></ul>
      <div class="note"><p>Made up for the demonstration.</p></div>
      <blockquote><p>Diversity is an advantage.</p></blockquote>
      <h3 id="where">Where the cities are</h3><figure><figcaption>Two cities</figcaption>{{ map }}</figure>
      <figure><figcaption>Cities per country</figcaption>{{ bars }}</figure></section>
    <section class="chapter"><h2 id="members">Members</h2>
      <table><caption>Members by country</caption><thead><tr><th>City</th><th>Country</th><th class="number">Year</th></tr></thead>
      <tbody>{% for number in numbers %}<tr><th scope="row">City {{ number }}</th><td>Somewhere</td><td class="number">2010</td></tr>
      {% endfor %}</tbody></table></section>{% endblock %}"""
    context = {
        "map": city_map(
            [MapPoint(10.7, 59.9), MapPoint(-2.9, 43.3)], "europe", "Two cities, Oslo and Bilbao.", language=language
        ),
        "bars": bar_chart([("Italy", 32), ("Spain", 20)], "Italy has most cities, 32.", language=language),
        "numbers": range(1, 61),
    }
    with translation.override(language):
        return engines["django"].from_string(source).render(context)


@pytest.fixture(scope="module")
def written() -> bytes:
    return render(report(), attachments=ATTACHED)


def test_a_document_is_accessible_and_fit_for_the_archive(written):
    assert pdf_reading.accessibility_faults(written) == []
    assert pdf_reading.marks(written) == {"pdfaid:part": "3", "pdfaid:conformance": "A", "pdfuaid:part": "1"}
    assert all(pdf_reading.fonts(written).values())


def test_language_title_and_date_are_in_the_file(written):
    about = pdf_reading.catalog(written)

    assert (about["lang"], about["title"], about["created"]) == ("en", "Annual report 2020", "D:20210301093000Z")
    assert about["shows_title"] and about["tagged"]


def test_a_french_document_says_so():
    content = render(report("fr"), language="fr")

    assert pdf_reading.catalog(content)["lang"] == "fr"
    assert pdf_reading.accessibility_faults(content) == []


def test_headings_become_bookmarks_with_their_pages(written):
    assert pdf_reading.outline(written) == [
        (0, "Annual report 2020", 1),
        (1, "Contents", 2),
        (1, "The year in figures", 3),
        (2, "Where the cities are", 4),
        (1, "Members", 5),
    ]


def test_page_numbers_of_the_contents_are_those_of_the_pages(written):
    contents = [
        link for link in pdf_reading.structure(written).all("Link") if len(link.all("Link")) == 2
    ]  # a and ::after
    pages = {title: number for _, title, number in pdf_reading.outline(written)}

    assert [link.text for link in contents] == [
        f"{title}{pages[title]}" for title in ("The year in figures", "Where the cities are", "Members")
    ]


def test_each_picture_carries_its_finding(written):
    figures = pdf_reading.structure(written).all("Figure")

    assert [figure.alt for figure in figures] == ["Two cities, Oslo and Bilbao.", "Italy has most cities, 32."]


def test_each_data_cell_knows_its_headers_on_each_page(written):
    tables = pdf_reading.structure(written).all("Table")
    cells = [(table, cell) for table in tables for cell in table.all("TD")]
    names = [{cell.id: cell.text for cell in table.all("TH")} for table in tables]

    assert len(tables) > 1  # the table goes over a page break, with its header row
    assert len(cells) == 120
    for table, cell in cells:
        headers = {names[tables.index(table)][header] for header in cell.headers}
        assert headers & {"Country", "Year"} and any(header.startswith("City ") for header in headers)


def test_links_are_announced_by_their_words(written):
    with pikepdf.open(io.BytesIO(written)) as pdf:
        announced = [str(link.Contents) for page in pdf.pages for link in page.get("/Annots", [])]

    assert set(announced) == {"The year in figures", "Where the cities are", "Members", "the pages of the programme"}


def test_files_are_attached_to_the_document(written):
    assert pdf_reading.attachments(written) == {"figures.csv": b"city,year\n"}


def test_the_same_document_gives_the_same_bytes_in_another_process(written):
    script = (
        "import django, hashlib; django.setup()\n"
        "from tests.common.test_pdf import ATTACHED, render, report\n"
        "print(hashlib.sha256(render(report(), attachments=ATTACHED)).hexdigest())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7"}
    other = subprocess.run([sys.executable, "-c", script], env=environment, check=True, capture_output=True, text=True)

    assert other.stdout.splitlines()[-1] == hashlib.sha256(written).hexdigest()


def test_the_bytes_change_with_the_content_the_date_and_the_attachments():
    html = page("<h1>One</h1>")
    base = render(html)

    assert base == render(html, created_at=DAY.astimezone(timezone(timedelta(hours=9))))
    assert base != render(page("<h1>Two</h1>"))
    assert base != render(html, created_at=DAY + timedelta(days=1))
    assert base != render(html, attachments=[AttachedFile("a.csv", b"a", "A")])


def test_the_date_needs_a_time_zone():
    with pytest.raises(ValueError, match="time zone"):
        render(page("<h1>One</h1>"), created_at=datetime(2021, 3, 1))


@pytest.mark.parametrize("script", NAMES)
@pytest.mark.parametrize("tag", ["p", "h1"])
def test_names_in_nine_scripts_are_printed_and_can_be_copied(script, tag):
    css = engines["django"].from_string('{% include "pdf/print.css" %}').render()
    content = render(page(f"<h1>Names</h1><{tag}>{NAMES[script]}</{tag}>", css=css))

    tagged = "".join(text for text in (tag.text for tag in pdf_reading.structure(content).children))
    # Arabic and Hebrew are written from right to left, so their glyphs come in the other order.
    assert set(NAMES[script]) - set(" ") <= set(tagged), script
    assert any("Noto" in name for name in pdf_reading.fonts(content))


@pytest.mark.parametrize("character", ["\ue000", "\U000f0000", "\u0378"])
def test_a_character_that_no_font_may_have_is_refused_by_its_number(character):
    assert lines(page(f"<h1>Title</h1><p>City of {character}</p>")) == [
        f"The character U+{ord(character):04X} in “City of {character}” cannot be printed: type it again."
    ]


def test_a_character_without_a_glyph_is_refused():
    [line] = lines(page("<h1>Title</h1><p>\U0001f1eb\U000e0067\U00016fe4\U0001b170 \U00018b00</p>"))[:1]

    assert "glyph" in line


REFUSED = {
    "no language": ("<html><head><title>T</title></head><body><h1>A</h1></body></html>", "no language"),
    "language with underscore": (page("<h1>A</h1>", lang="en_GB"), "no language"),
    "another language": (page("<h1>A</h1>", lang="fr"), "its language is “fr”"),
    "no title": (page("<h1>A</h1>", title=" "), "no title"),
    "first heading h2": (page("<h2>A</h2>"), "The heading “A” is of level 2"),
    "skipped heading": (page("<h1>A</h1><h3>B</h3>"), "The heading “B” is of level 3"),
    "image without alt": (page('<h1>A</h1><img src="/static/a.png" alt="">'), "no alternative text"),
    "svg without title": (page("<h1>A</h1><svg viewBox='0 0 1 1'><g><title>x</title></g></svg>"), "has no title"),
    "svg with empty title": (page("<h1>A</h1><svg viewBox='0 0 1 1'><title> </title></svg>"), "has no title"),
    "transparent svg": (page("<h1>A</h1><svg opacity='.5'><title>x</title></svg>"), "transparent as a whole"),
    "element in link": (page('<h1>A</h1><p><a href="https://a.example"><b>x</b></a></p>'), "only plain text"),
    "empty link": (page('<h1>A</h1><p><a href="https://a.example"></a></p>'), "no text"),
    "block in item": (page("<h1>A</h1><ul><li><p>x</p></li></ul>"), "holds a block (p)"),
    "text in list": (page("<h1>A</h1><ul>x<li>y</li></ul>"), "not a list item"),
    "opacity": (page("<h1>A</h1>", css="p { opacity: .5 }"), "opacity"),
    "inline opacity": (page('<h1 style="opacity:.5">A</h1>'), "opacity"),
    "grid": (page("<h1>A</h1>", css=".x { display: grid }"), "display: grid"),
    "marker inside": (page("<h1>A</h1>", css="ul { list-style: square inside }"), "inside"),
    "picture as marker": (page("<h1>A</h1>", css="ul { LIST-STYLE-IMAGE: url(/static/pdf/mark.svg) }"), "list-style-image"),
    "picture as marker, in short": (page("<h1>A</h1>", css="ul { list-style: square url('/static/pdf/mark.svg') }"), "list-style-image"),
    "own marker": (page("<h1>A</h1>", css="li::marker { color: red; content: counter(list-item) }"), "::marker"),
    "colour of the press": (page("<h1>A</h1>", css="p { color: device-cmyk(0 .5 .5 0) }"), "device-cmyk"),
    "colour of the press, inline": (page('<h1 style="color: device-cmyk(0 1 1 0)">A</h1>'), "device-cmyk"),
    "drawn in the colour of the press": (page(drawing('<rect fill="device-cmyk(0 .5 .5 0)"/>')), "device-cmyk"),
    "styled in the colour of the press": (page(drawing("<style>rect { fill: device-cmyk(0 1 1 0) }</style><rect/>")), "device-cmyk"),
    "blurred picture in svg": (page(drawing('<image href="/static/pdf/mark.svg"/>')), "image-rendering"),
    "picture in svg that may be blurred": (page(drawing('<image image-rendering="auto" href="/static/pdf/mark.svg"/>')), "image-rendering"),
    "menu": (page("<h1>A</h1><menu><li>x</li></menu>"), "not as “menu”"),
    "file at a place": (page('<h1>A</h1><p><a rel="attachment" href="https://a.example/b">x</a></p>'), "attaches a file to a place"),
    "file at a place, and more": (page('<h1>A</h1><p><a rel="nofollow attachment" href="https://a.example/b">x</a></p>'), "attaches"),
    "row header without scope": (page("<h1>A</h1><table><thead><tr><th>A<th>B</thead><tbody><tr><th>a<td>b</table>"), "needs scope=row"),
    "heading not displayed": (page("<h1>A</h1><h2 class=x>B</h2><h2>C</h2>", css=".x { display: none }"), "The heading “B” is hidden"),
    "heading not visible": (page("<h1>A</h1><div style='visibility: hidden'><h2>B</h2></div>"), "The heading “B” is hidden"),
    "form field": (page("<h1>A</h1><input>"), "form field"),
    "corner cell": (page("<h1>A</h1><table><thead><tr><td></td><th>B</th></tr></thead><tbody><tr><th scope=row>a<td>b</table>"),
                    "each cell is a header"),
    "no header row": (page("<h1>A</h1><table><tr><td>b</td></tr></table>"), "needs one header row"),
    "no rows": (page("<h1>A</h1><table><thead><tr><th>B</th></tr></thead></table>"), "has no rows"),
    "uneven rows": (page("<h1>A</h1><table><thead><tr><th>A<th>B</tr></thead><tbody><tr><td>b</table>"), "same number of cells"),
    "rowspan": (page("<h1>A</h1><table><thead><tr><th>A</thead><tbody><tr><td rowspan=2>b</table>"), "joins cells"),
    "repeated totals": (page("<h1>A</h1><table><thead><tr><th>A</thead><tbody><tr><td>b</tbody><tfoot><tr><td>c</table>"),
                        "repeated on each page"),
    "missing anchor": (page('<h1>A</h1><p><a href="#nowhere">x</a></p>'), "nowhere"),
    "unknown style": (page("<h1>A</h1>", css="p { colour: red }"), "colour"),
    "missing picture": (page('<h1>A</h1><img src="/static/nothing.png" alt="x">'), "nothing.png"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_a_reader_would_miss_is_refused_with_a_sentence(case):
    html, sentence = REFUSED[case]

    assert any(sentence in line for line in lines(html)), lines(html)


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ('<text x="1" y="9">Kraków</text>', 1),
        ('<text x="1" y="9" text-anchor="middle" dx="2">Neumarkt in der Oberpfalz</text>', 1),
        ('<text x="1 9 17" y="9">abc</text>', 3),
        ('<text y="9" letter-spacing="2">abc</text>', 3),
        ('<text y="9" rotate="10">abc</text>', 3),
    ],
)
def test_words_in_a_drawing_are_set_in_one_piece_unless_their_letters_have_places(text, pieces):
    with pikepdf.open(io.BytesIO(render(page(drawing(text))))) as pdf:
        operators = [str(operator) for _operands, operator in pikepdf.parse_content_stream(pdf.pages[0])]

    assert operators.count("TJ") == 1 + pieces  # the heading comes first
    assert "Do" not in operators


def test_words_in_a_drawing_stand_where_their_anchor_says():
    def edges(anchor: str) -> tuple[float, float]:
        text = f'<text x="200" y="20" text-anchor="{anchor}">Oslo</text>'
        drawn = f'<svg width="400" height="40" viewBox="0 0 400 40"><title>x</title>{text}</svg>'
        with pypdfium2.PdfDocument(render(page(f"<h1>A</h1>{drawn}"))) as document:
            letters = document[0].get_textpage()
            first = letters.get_text_range().index("Oslo")
            return letters.get_charbox(first)[0], letters.get_charbox(first + 3)[2]

    (start, _), (middle, _), (end, right) = map(edges, ("start", "middle", "end"))
    assert middle == pytest.approx((start + end) / 2, abs=0.1)
    assert right == pytest.approx(start, abs=1.5)  # but for the air around the letters


def test_letters_of_a_drawing_are_joined_as_their_script_asks():
    """Beh at the end of a word is another glyph than beh alone."""
    alone, word = (
        render(page(drawing(f'<text y="9" font-family="Noto Sans Arabic">{text}</text>'))) for text in ("ب ب", "بب")
    )

    assert glyphs(alone) != glyphs(word)


def glyphs(content: bytes) -> set[bytes]:
    """The codes of what stands in the last text of the first page."""
    with pikepdf.open(io.BytesIO(content)) as pdf:
        shown = [
            operands[0] for operands, operator in pikepdf.parse_content_stream(pdf.pages[0]) if str(operator) == "TJ"
        ]
    raw = b"".join(bytes(piece) for piece in shown[-1] if isinstance(piece, pikepdf.String))
    return {raw[place : place + 2] for place in range(0, len(raw), 2)}


def test_problems_are_all_told_at_once():
    found = list(problems(page("<h2>A</h2><img src='x.png'>", title="")))

    assert len(found) == 3


def test_a_good_document_has_no_problems():
    assert list(problems(report(), "en")) == []


@pytest.mark.parametrize(
    ("body", "css"),
    [
        ("<ul><li>x</li></ul>", "li::marker { color: red } li::marker { content: none } ul { list-style: square }"),
        (
            '<svg viewBox="0 0 9 9"><title>device-cmyk()</title><image image-rendering="pixelated" href="data:,"/></svg>',
            "",
        ),
        ('<p><a rel="nofollow" href="https://a.example/attachment">x</a></p>', ""),
        ('<h2 style="position: absolute">B</h2>', "h2 { display: inline-block }"),
    ],
)
def test_what_comes_near_a_fault_is_none(body, css):
    html = page(f"<h1>A</h1>{body}", css=css)

    assert list(problems(html, "en")) == []
    if "image" not in body:
        assert render(html)


@pytest.mark.parametrize(
    "address",
    [
        "http://127.0.0.1:9/a.png",
        "https://icc.example/a.png",
        "file:///etc/passwd",
        "/static/../manage.py",
        "media:../x",
    ],
)
def test_nothing_is_fetched_but_the_portal_s_own_files(address):
    assert any("Failed to load" in line for line in lines(page(f'<h1>A</h1><img src="{address}" alt="x">')))


def test_pictures_come_from_the_storage():
    png = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    )
    name = default_storage.save("tests/dot.png", ContentFile(png))
    try:
        content = render(
            page(f'<h1>A</h1><img src="media:{name}" alt="A dot">', css="html { image-rendering: crisp-edges }")
        )
    finally:
        default_storage.delete(name)

    assert [figure.alt for figure in pdf_reading.structure(content).all("Figure")] == ["A dot"]


def test_links_without_a_host_lead_to_the_portal(settings):
    settings.PORTAL_URL = "https://portal.example"

    assert b"https://portal.example/en/reports/" in _uncompressed(
        render(page('<h1>A</h1><p><a href="/en/reports/">x</a></p>'))
    )


def test_file_is_sound_and_its_identifier_follows_its_content():
    content = render(page("<h1>A</h1><p>" + "Text. " * 500 + "</p>"), identifier="the same")
    other = render(page("<h1>B</h1>"), identifier="the same")

    with pikepdf.open(io.BytesIO(content)) as pdf:
        assert pdf.check_pdf_syntax() == []
    (first, second), (third, fourth) = pdf_reading.catalog(content)["id"], pdf_reading.catalog(other)["id"]
    assert (first, third) == (b"the same", b"the same")
    assert second != fourth


def _uncompressed(content: bytes) -> bytes:
    with pikepdf.open(io.BytesIO(content)) as pdf:
        return b"\n".join(bytes(link.A.URI) for page in pdf.pages for link in page.Annots)

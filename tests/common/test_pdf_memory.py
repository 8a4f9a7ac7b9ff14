"""WeasyPrint with a memory that lets go (docs/adr/0007): the files are the same bytes as without."""

import gc
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest
import weasyprint
from weasyprint.formatting_structure.boxes import Box, ParentBox

from common import pdf_memory, pdf_speed
from common.charts import bar_chart
from tests.common.test_pdf import page, render, report

# The same rules in other places, and what WeasyPrint itself writes into styles: notes, markers, overflow, cut lines.
PLACES = """
<div class="box"><p class="part">A part.</p><ul><li>One<ul><li>inner</li></ul></li></ul></div>
<div class="flex"><div class="box"><p class="part">A part.</p></div><div class="box">Beside it.</div></div>
<table><thead><tr><th>City</th><th>Year</th></tr></thead><tbody><tr><th scope="row">Oslo</th><td>2010</td></tr></tbody></table>
<table class="joined"><thead><tr><th>City</th></tr></thead><tbody><tr><td>Oslo</td></tr></tbody></table>
<p>Text<span class="note">First.</span> and text<span class="note">Second.</span></p>
<p class="cut">A line that is too long for its place, and is cut.</p><p class="line">A line that is too long for its place, and is cut.</p>
<p id="here" class="half">Here.</p><p id="there" class="half"><a href="#here">There</a></p>"""
PLACES_CSS = """
@page { @bottom-right { content: counter(page) } @top-left { content: string(head); width: 30% } }
h1 { string-set: head content(text) } .wide { overflow: hidden; width: 150mm }
.box { padding: 5%; width: 50%; border: 1pt solid; box-sizing: border-box } .box .part { width: 50%; margin-left: 10% }
.flex { display: flex } .flex .box { width: 30% } td, th { padding: 1%; width: 40% } .joined { border-collapse: collapse }
.note { float: footnote } .cut, .line { width: 3cm; white-space: nowrap } .cut { overflow: hidden; text-overflow: ellipsis }
.half { width: 50%; hyphens: manual } li::marker { color: #b4500f } .box::before { content: "–"; margin-right: 5% }"""


def test_the_collector_works_again_after_a_document_and_has_taken_its_tree():
    gc.collect()  # what is left of documents that other tests saw refused

    render(page("<h1>A</h1>"))

    assert gc.isenabled()
    assert [item for item in gc.get_objects() if type(item) is weasyprint.Document] == []


def test_what_is_remembered_of_one_document_changes_nothing_in_the_next(monkeypatch):
    """Styles, lines and paths from memory: in other places, widths, sizes and languages none is mistaken for another."""
    text = "Interkulturelle Städte&shy;partnerschaften, l’intercultu&shy;ralité et la participation citoyenne. " * 3
    outline = "M0,0 " + " ".join(f"L{n},{n * n % 97}" for n in range(200)) + "Z"
    drawing = f'<svg viewBox="0 0 200 100"><title>Land.</title><path fill="#123456" d="{outline}"/></svg>'
    styles = ["", "width: 3cm", "font-size: 8pt", "letter-spacing: .1em", "word-spacing: 1em", "text-align: justify",
              "font-weight: bold", "font-style: italic", "hyphens: none", "white-space: nowrap", "text-decoration: underline",
              "overflow-wrap: anywhere", "hyphenate-limit-chars: 12", "line-height: 3", "font-family: Noto Serif"]  # fmt: skip
    body = "<h1>A</h1>" + "".join(f'<p style="{style}">{text}</p>' for style in styles) + drawing * 2 + PLACES
    html = page(body, css=f"p {{ hyphens: auto; width: 2cm }} {PLACES_CSS}")

    first, second = render(html), render(html)
    french = render(html.replace('lang="en"', 'lang="fr"'), language="fr")
    wide = render(html.replace("<body>", '<body class="wide">'))

    monkeypatch.setattr(pdf_speed, "remembered", nullcontext)
    assert first == second == render(html)
    assert french == render(html.replace('lang="en"', 'lang="fr"'), language="fr")
    assert wide == render(html.replace("<body>", '<body class="wide">'))


def test_threads_that_render_at_once_make_the_same_files():
    pages = [page(f"<h1>A</h1><p>Text {number}.</p>" * 10 + PLACES, css=PLACES_CSS) for number in range(4)]

    with ThreadPoolExecutor(4) as threads:
        at_once = list(threads.map(render, pages))

    assert at_once == [render(html) for html in pages]


def test_sizes_that_depend_on_the_page_are_those_of_each_document(monkeypatch):
    css = "@page small { size: A6 } .half { width: 50vw; border: 1pt solid }"
    pages = [page(f'<h1 style="page: {name}">A</h1><p class="half">Half.</p>', css=css) for name in ("auto", "small")]

    remembered = [render(html) for html in pages]

    monkeypatch.setattr(pdf_speed, "remembered", nullcontext)
    assert remembered == [render(html) for html in pages]


def as_weasyprint_has_it(monkeypatch) -> None:
    """Nothing of a document is let go before its end but the boxes of a page whose tags are written."""
    for ours, theirs in (
        ("own_sheets", pdf_memory._sheets),
        ("iter_subtree", pdf_memory._iter_subtree),
        ("make_all_pages", pdf_memory._make_all_pages),
        ("layout_backgrounds", pdf_memory._layout_backgrounds),
        ("draw_page", pdf_memory._draw_page),
        ("box", Box.__init__),
        ("reset_spacing", ParentBox._reset_spacing),
        ("copy_with_children", ParentBox.copy_with_children),
    ):
        monkeypatch.setattr(pdf_memory, ours, theirs)


# Tables over pages with borders in common and borders in their cells, parts of boxes at page breaks, round corners.
LONG = """<table class="joined"><thead><tr><th>City</th><th>Text</th></tr></thead><tbody>{rows}</tbody></table>
<div class="round"><p class="framed">{text}</p></div><p class="tall">Text. <span class="framed">{text}</span></p><ol><li>One</li></ol>"""
LONG_CSS = """
@page { size: A6 } .joined { border-collapse: collapse; border: 2pt solid } td { border: 1pt solid red }
.framed { border: 3pt double; margin: 4pt; padding: 2pt } .round { border: 1pt solid; border-radius: 3mm; background: #eee }
.tall { min-height: 3cm; text-indent: 1cm; border-radius: 50% } tr { vertical-align: middle }"""


def long(rows: int) -> str:
    row = '<tr><th scope="row">City {}</th><td><p class="framed">Some words.</p>{}</td></tr>'
    drawn = bar_chart([("Italy", 32)], "Italy has most cities, 32.")
    body = LONG.format(rows="".join(row.format(n, "<br>" * (n % 3)) for n in range(rows)), text="Some words. " * 150)
    return page(f"<h1>A</h1>{drawn}{body}{drawn}", css=LONG_CSS)


@pytest.mark.parametrize("html", [report(), long(30), page("<h1>A</h1>" + PLACES, css=PLACES_CSS)])
def test_what_is_let_go_of_a_document_changes_nothing(html, monkeypatch):
    ours = render(html)

    as_weasyprint_has_it(monkeypatch)
    assert ours == render(html)


def test_a_long_document_takes_less_memory_at_its_most(monkeypatch):
    def most(html: str) -> int:
        tracemalloc.start()
        try:
            render(html)
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    render(long(2))  # fonts and style sheets
    ours = most(long(300))

    as_weasyprint_has_it(monkeypatch)
    assert ours < most(long(300)) * 0.85

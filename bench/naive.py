"""The naive way: for each mayor the charts are drawn, the report and the letter rendered, by WeasyPrint as it comes."""

import os
import resource
import statistics
import sys
import time


def cost_per_mayor(data: dict, mayors: int) -> tuple[float, float]:
    """CPU seconds for a mayor (the median of a few) and the peak in kilobytes, in a process of its own."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.close(reading)
            spent = in_this_process(data, mayors)
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            os.write(writing, repr((statistics.median(spent), peak)).encode())
            code = 0
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as answer:
        said = answer.read()
    _pid, status = os.waitpid(child, 0)
    if status:
        sys.exit("The naive way failed.")
    per_mayor, peak = said.strip("()").split(",")
    return float(per_mayor), float(peak)


def in_this_process(data: dict, mayors: int) -> list[float]:
    from django.test import override_settings

    from reports import document

    spent = []
    with override_settings(CACHES={"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}):
        for slug in list(data["cities"])[:mayors]:
            before = time.process_time()
            plain_pdf(document.report_html(data, "en"))
            plain_pdf(document.letter_html(data, slug, "en"))
            spent.append(time.process_time() - before)
    return spent


def plain_pdf(html: str) -> bytes:
    """The same kind of file, written in one line."""
    import weasyprint

    from common.pdf import OwnFiles, base_url

    return weasyprint.HTML(string=html, base_url=base_url(), url_fetcher=OwnFiles()).write_pdf(pdf_variant="pdf/a-3a")

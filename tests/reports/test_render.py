import pytest

from reports.models import AnnualReport, Rendition
from tests.reports.factories import compiled, programme

pytestmark = pytest.mark.django_db


def test_compile_makes_every_document_once():
    programme()
    report = compiled()

    rows = report.snapshot().renditions
    assert [(r.kind, r.language, r.state, r.error) for r in rows.all() if r.state != "done"] == []
    assert report.status == AnnualReport.Status.COMPILED
    assert rows.filter(kind=Rendition.Kind.LETTER).count() == 4
    assert {r.pages for r in rows.filter(kind=Rendition.Kind.LETTER)} == {2}

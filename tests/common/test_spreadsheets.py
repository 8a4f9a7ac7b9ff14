"""Tables out of and into the administration: nothing runs as a formula, and a file is taken whole or not at all."""

import csv
import io

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.timezone import now

from cities.models import NationalNetwork
from common.spreadsheets import PortalResource, neutralise, restore
from tests.access import sign_in
from tests.factories import NetworkFactory, StaffFactory


class NetworkResource(PortalResource):
    class Meta(PortalResource.Meta):
        model = NationalNetwork
        fields = ("code", "name_en", "name_fr", "website")
        import_id_fields = ("code",)


@pytest.mark.parametrize(
    "cell", ["=1+1", "+33 3 88", "-2", "@SUM(A1)", "\tx", "'=1", "''=1", "'tis", "plain", "", None, -2, 1.5]
)
def test_reading_undoes_writing(cell):
    assert restore(neutralise(cell)) == cell


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@A1", "\tx", "\rx", "'=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell):
    assert neutralise(cell) == "'" + cell


@pytest.mark.django_db
def test_an_export_is_neutral_and_its_import_changes_nothing():
    NetworkFactory(code="n1", name_en="=cmd()", name_fr="@réseau")

    table = NetworkResource().export()
    result = NetworkResource().import_data(table)

    assert table.dict == [{"code": "n1", "name_en": "'=cmd()", "name_fr": "'@réseau", "website": ""}]
    assert result.totals["skip"] == 1
    assert NationalNetwork.objects.get().name_en == "=cmd()"


@pytest.mark.django_db
def test_one_wrong_row_and_nothing_is_written():
    import tablib

    rows = tablib.Dataset(
        ("n1", "One", "Un", ""), ("n2", "Two", "Deux", "no address"), headers=NetworkResource.Meta.fields
    )

    result = NetworkResource().import_data(rows, rollback_on_validation_errors=True)

    assert [(row.number, list(row.error_dict)) for row in result.invalid_rows] == [(2, ["website"])]
    assert NationalNetwork.objects.count() == 0


@pytest.mark.django_db
def test_a_column_nobody_knows_is_named():
    import tablib

    result = NetworkResource().import_data(tablib.Dataset(("n1", "x"), headers=("code", "nmae")))

    assert "nmae" in result.base_errors[0].error.messages[0]


@pytest.mark.django_db
def test_an_export_from_the_administration_is_written_down(client):
    staff = StaffFactory()
    sign_in(client, staff)
    url = reverse("admin:accounts_user_export")

    response = client.post(url, {"format": "0", "resource": "0", "userresource_email": "on"})

    rows = list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))
    assert rows == [{"email": staff.email}]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (staff, "Exported 1 rows as csv.")


def test_dates_are_written_the_british_way():
    assert date_format(now(), "DATE_FORMAT") == f"{now():%-d %B %Y}"

"""The permission groups of the unit: the table, and that it is what the database holds."""

import pytest
from django.apps import apps
from django.contrib.auth.models import Group

from accounts import groups

pytestmark = pytest.mark.django_db

APPS = ("accounts", "cities", "correspondence", "activities", "grants", "library", "reports", "mail")


def held(name: str) -> set[str]:
    permissions = Group.objects.get(name=name).permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{code}" for app, code in permissions}


def test_every_group_of_the_table_exists_after_migrating():
    assert set(Group.objects.values_list("name", flat=True)) == set(groups.TABLE)


@pytest.mark.parametrize("app", APPS)
@pytest.mark.parametrize("name", list(groups.TABLE))
def test_a_group_holds_exactly_what_the_table_says(name, app):
    assert {p for p in held(name) if p.startswith(f"{app}.")} == {
        f"{app}.{p.codename}" for p in groups.granted(name, app)
    }


@pytest.mark.parametrize(
    ("name", "may", "may_not"),
    [
        (
            groups.HEAD_OF_UNIT,
            {"accounts.change_user", "reports.delete_annualreport", "mail.change_message"},
            {"auth.change_group"},
        ),
        (
            groups.PROGRAMME,
            {"cities.change_city", "accounts.add_invitation", "grants.change_call"},
            {"accounts.change_user"},
        ),
        (
            groups.COMMUNICATION,
            {"library.add_publication", "correspondence.add_mailing"},
            {"cities.change_city", "grants.change_call"},
        ),
        (
            groups.FINANCE,
            {"cities.change_contribution", "grants.change_award"},
            {"cities.change_city", "library.add_publication"},
        ),
        (
            groups.READER,
            {"cities.view_city", "reports.view_annualreport"},
            {"accounts.view_user", "cities.change_city"},
        ),
    ],
)
def test_what_a_group_is_for(name, may, may_not):
    assert (may - held(name), may_not & held(name)) == (set(), set())


def test_a_reader_may_only_look():
    assert {code for code in held(groups.READER) if ".view_" not in code} == set()


def test_writing_the_table_again_takes_back_what_somebody_added_by_hand():
    reader = Group.objects.get(name=groups.READER)
    extra = next(groups.granted(groups.HEAD_OF_UNIT, "accounts"))
    reader.permissions.add(extra)

    groups.sync(apps.get_app_config("accounts"))

    assert not reader.permissions.filter(pk=extra.pk).exists()


def test_the_rule_for_a_model_goes_before_the_rule_for_its_app():
    rules = {"grants.*": "view", "grants.award": "*"}

    assert groups.allows(rules, "grants", "award", "delete_award")
    assert not groups.allows(rules, "grants", "call", "change_call")
    assert not groups.allows(rules, "library", "publication", "view_publication")

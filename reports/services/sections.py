"""The networks' sections: the unit asks by a date, the coordinator writes and hands in, the unit accepts."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from cities.models import NationalNetwork, Term
from common.exceptions import Refused, Stale

from .. import figures, occasions
from ..models import AnnualReport, NetworkSection
from .writing import both_mistakes, known_keys, locked

Status = NetworkSection.Status
REMIND_BEFORE, REMIND_AFTER = (14, 3), (1,)  # days from the date


def networks_to_ask(report: AnnualReport) -> list[NationalNetwork]:
    """Networks with member cities at the end of the year that have not handed in yet."""
    done = set(report.sections.exclude(status=Status.ASKED).values_list("network_id", flat=True))
    found = figures.networks(figures.last_day(report.year, timezone.localdate()))
    return sorted((network for network, _cities in found if network.pk not in done), key=lambda network: network.name)


@transaction.atomic
def ask_networks(
    report: AnnualReport, networks: Iterable[NationalNetwork], *, due_on: date, by: User, at: datetime | None = None
) -> list[NetworkSection]:
    """Ask the coordinators for their sections; who was asked already gets the new date, what was handed in stays."""
    at = at or timezone.now()
    report = locked(report)
    networks = list(networks)
    if report.status != AnnualReport.Status.DRAFTING:
        raise Refused([_("The report is frozen. Reopen it to ask the networks for their sections.")])
    if not networks:
        raise Refused([_("Choose at least one network.")])
    if due_on <= timezone.localdate(at):
        raise Refused([_("Choose a date after today, so that the coordinators have time to write.")])
    for network in networks:
        values = {"due_on": due_on, "asked_at": at, "asked_by": by}
        section, created = NetworkSection.objects.get_or_create(report=report, network=network, defaults=values)
        if not created and section.status == Status.ASKED:
            for name, value in values.items():
                setattr(section, name, value)
            section._history_user = by  # type: ignore[attr-defined]
            section.save(update_fields=list(values))
    remind(at)
    return list(report.sections.filter(network__in=networks))


def remind(at: datetime) -> int:
    """Write to the coordinators who have not handed in, each occasion once. Gives the number of new mails."""
    today = timezone.localdate(at)
    calls = []
    asked = NetworkSection.objects.filter(status=Status.ASKED, report__status=AnnualReport.Status.DRAFTING)
    for section in asked.select_related("report", "network"):
        begun = timezone.localdate(section.asked_at)
        occasion = occasions.occasion(begun, section.due_on, today, REMIND_BEFORE, REMIND_AFTER)
        calls += [
            occasions.Call(f"reports/section/{section.pk}/{section.due_on}", occasion, contact, {"section": section})
            for contact in occasions.reachable(coordinators(section.network, today))
        ]
    return occasions.send("reports/section", calls)


def coordinators(network: NationalNetwork, on: date) -> list[Term]:
    return list(Term.objects.open(on).filter(network=network).select_related("contact"))


@transaction.atomic
def save_section(
    section: NetworkSection, *, text_en: str, text_fr: str, version: int, by: User, at: datetime | None = None
) -> NetworkSection:
    """Save what was written; both languages are optional. Raises Stale when another version was saved since."""
    section = _changeable(section)
    if section.status != Status.ASKED and not by.is_staff:
        raise Refused([_("This section is handed in. Ask the unit to return it if something has to change.")])
    if section.version != version:
        raise Stale(section)
    if problems := both_mistakes({"en": text_en, "fr": text_fr}, keys=known_keys(section.report)):
        raise Refused(problems)
    section.text_en, section.text_fr, section.version = text_en, text_fr, version + 1
    return _saved(section, by, "text_en", "text_fr", "version")


@transaction.atomic
def hand_in(section: NetworkSection, *, by: User, at: datetime | None = None) -> NetworkSection:
    section = _changeable(section)
    if section.status != Status.ASKED:
        raise Refused([_("This section is handed in already.")])
    if not is_written(section):
        raise Refused([_("Write the section in English or in French, save it, then hand it in.")])
    section.status, section.handed_in_at, section.handed_in_by = Status.HANDED_IN, at or timezone.now(), by
    section.note = ""
    return _saved(section, by, "status", "handed_in_at", "handed_in_by", "note")


@transaction.atomic
def accept_section(section: NetworkSection, *, by: User, at: datetime | None = None) -> NetworkSection:
    """The section stands in the report as it is."""
    section = _changeable(section)
    if section.status == Status.ACCEPTED:
        raise Refused([_("This section is accepted already.")])
    if not is_written(section):
        raise Refused([_("This section has no text yet.")])
    section.status, section.accepted_at, section.accepted_by = Status.ACCEPTED, at or timezone.now(), by
    return _saved(section, by, "status", "accepted_at", "accepted_by")


@transaction.atomic
def return_section(
    section: NetworkSection, *, note: str, due_on: date, by: User, at: datetime | None = None
) -> NetworkSection:
    """Ask the coordinator to change something, by a date."""
    at = at or timezone.now()
    section = _changeable(section)
    if section.status == Status.ASKED:
        raise Refused([_("This section is not handed in; the coordinator can still change it.")])
    if due_on <= timezone.localdate(at):
        raise Refused([_("Choose a date after today, so that the coordinators have time to write.")])
    section.status, section.note, section.due_on = Status.ASKED, note.strip(), due_on
    section.asked_at, section.asked_by = at, by
    section.handed_in_at = section.handed_in_by = section.accepted_at = section.accepted_by = None
    _saved(
        section, by, "status", "note", "due_on", "asked_at", "asked_by", "handed_in_at", "handed_in_by",
        "accepted_at", "accepted_by",
    )  # fmt: skip
    remind(at)
    return section


def is_written(section: NetworkSection) -> bool:
    return bool((section.text_en or "").strip() or (section.text_fr or "").strip())


def _changeable(section: NetworkSection) -> NetworkSection:
    report = locked(section.report)
    if report.status != AnnualReport.Status.DRAFTING:
        raise Refused([_("The report is frozen; its texts cannot change any more.")])
    section = NetworkSection.objects.select_for_update(of=("self",)).select_related("network").get(pk=section.pk)
    section.report = report
    return section


def _saved(section: NetworkSection, by: User, *names: str) -> NetworkSection:
    section._history_user = by  # type: ignore[attr-defined]
    section.save(update_fields=names)
    return section

"""Who changed what of a city, and when: for its officials and the unit."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from common import formats

from .models import ChangeRequest, City, Contact, Term

NEWEST = 200  # rows read of each kind
SILENT = {"version", "search", "slug"}
LONG = 120  # a text above this is named, not shown


@dataclass(frozen=True)
class Change:
    at: datetime
    by: str
    what: str
    details: list[tuple[str, str, str]] = field(default_factory=list)  # label, before, after
    note: str = ""


def of_city(city: City) -> list[Change]:
    """The newest changes first."""
    changes = [*_profile(city), *_terms(city), *_details(city), *_requests(city)]
    return sorted(changes, key=lambda change: change.at, reverse=True)[:NEWEST]


def _profile(city: City) -> Iterator[Change]:
    for new, old in _pairs(city.history):
        if old is None:
            if new.history_type == "+":
                yield Change(new.history_date, _who(new), _("The city was entered"))
        elif differences := list(_differences(City, old, new)):
            yield Change(new.history_date, _who(new), _("Profile and facts"), differences)


def _terms(city: City) -> Iterator[Change]:
    rows = Term.history.filter(city=city.pk).select_related("contact")
    for new, old in _pairs(rows):
        words = {"office": new.get_office_display(), "name": new.contact.name, "day": formats.day(new.started_on)}
        if new.history_type == "-":
            yield Change(new.history_date, _who(new), _("%(office)s: %(name)s, cancelled") % words, note=new.end_reason)
        elif new.history_type == "+":
            yield Change(new.history_date, _who(new), _("%(office)s: %(name)s, from %(day)s") % words)
        elif old and (differences := list(_differences(Term, old, new))):
            yield Change(new.history_date, _who(new), _("%(office)s: %(name)s") % words, differences)


def _details(city: City) -> Iterator[Change]:
    """Of people only that, and by whom, something was changed: addresses are no history for everybody."""
    held = Term.objects.filter(city=city).values("contact")
    for new, old in _pairs(Contact.history.filter(id__in=held)):
        if old and (labels := [label for label, _old, _new in _differences(Contact, old, new)]):
            what = _("Details of %(name)s: %(fields)s") % {"name": new.name, "fields": ", ".join(labels)}
            yield Change(new.history_date, _who(new), what)


def _requests(city: City) -> Iterator[Change]:
    for request in city.change_requests.select_related("requested_by", "decided_by")[:NEWEST]:
        asked = [(label, "", value) for label, value in request.asked()]
        what = _("Asked the unit: %(what)s") % {"what": request.get_kind_display()}
        by = str(request.requested_by or request.get_via_display())
        yield Change(request.requested_at, by, what, asked, request.note)
        if request.state in (ChangeRequest.State.ACCEPTED, ChangeRequest.State.DECLINED):
            what = f"{request.get_kind_display()}: {request.get_state_display()}"
            yield Change(request.decided_at, str(request.decided_by or "–"), what, note=request.reason)


def _pairs(rows: Any) -> Iterator[tuple[Any, Any]]:
    """Each row of a history with the one before it, if that was read too."""
    newest = rows.select_related("history_user").order_by("id", "-history_date", "-history_id")
    kept = rows.order_by("-history_date").values("history_id")[:NEWEST]
    for _id, group in groupby(newest.filter(history_id__in=kept), key=lambda row: row.id):
        of_one = list(group)
        yield from zip(of_one, [*of_one[1:], None], strict=True)


def _who(row: Any) -> str:
    return str(row.history_user) if row.history_user else _("the portal")


def _differences(model: type[models.Model], old: Any, new: Any) -> Iterator[tuple[str, str, str]]:
    for one in model._meta.concrete_fields:
        if one.name in SILENT or one.primary_key or not hasattr(new, one.attname):
            continue
        before, after = getattr(old, one.attname), getattr(new, one.attname)
        if before != after:
            yield str(one.verbose_name), *_shown(one, before, after)


def _shown(one: models.Field, before: Any, after: Any) -> tuple[str, str]:
    if one.is_relation or any(len(str(value)) > LONG for value in (before, after)):
        return "", ""
    return _value(one, before), _value(one, after)


def _value(one: models.Field, value: Any) -> str:
    if value in (None, "", []):
        return "–"
    if isinstance(value, date):
        return formats.day(value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    return str(dict(one.flatchoices).get(value, value)) if one.choices else str(value)

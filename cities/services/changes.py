"""Changes that the unit decides: asked for by officials, by the page of a mayor, or by mail that came back."""

from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from common import formats
from common.exceptions import Refused
from mail.services import queue_message

from ..models import ChangeRequest, City, Contact, Office, Term
from .people import change_office, save_contact

Kind, State = ChangeRequest.Kind, ChangeRequest.State


@transaction.atomic
def request_change(
    city: City, kind: str, *, values: dict[str, str], note: str = "", by: User | None = None, via: str
) -> ChangeRequest:
    """Ask the unit for a change; what `values` hold, and `office` among them, is said at `ChangeRequest`.

    The same request again gives the one that is open; another of its kind replaces it. Raises Refused.
    """
    city = City.objects.select_for_update().get(pk=city.pk)
    values = {key: value.strip() for key, value in values.items()}
    office = values.pop("office", Office.MAYOR if kind in (Kind.MAYOR, Kind.ADDRESS) else "")
    if kind == Kind.NAME:
        _check_name(city, values["name"])
    elif kind == Kind.STATUS and values["kind"] == city.kind:
        raise Refused([_("This is the legal status that the portal shows already.")])
    waiting = ChangeRequest.objects.filter(city=city, kind=kind, office=office, state=State.OPEN)
    if running := waiting.first():
        if (running.values, running.note) == (values, note):
            return running
        _decide(running, State.REPLACED, by)
    request = ChangeRequest(city=city, kind=kind, office=office, values=values, note=note, requested_by=by, via=via)
    request._history_user = by  # type: ignore[attr-defined]
    request.save()
    return request


@transaction.atomic
def accept_change(request: ChangeRequest, *, by: User, values: dict[str, str] | None = None) -> ChangeRequest:
    """Do what was asked, with `values` where the unit corrects it, and tell who asked. Raises Refused."""
    request = _open_request(request)
    request.values |= {key: value for key, value in (values or {}).items() if value}
    _decide(request, State.ACCEPTED, by)
    _WRITE[Kind(request.kind)](request, by)  # refuses all of it when it cannot be done
    return request


@transaction.atomic
def decline_change(request: ChangeRequest, *, by: User, reason: str) -> ChangeRequest:
    """Leave everything as it is, and tell who asked why. Raises Refused."""
    request = _open_request(request)
    if not reason.strip():
        raise Refused([_("Write the reason: whoever asked reads it.")])
    _decide(request, State.DECLINED, by, reason.strip())
    return request


def _open_request(request: ChangeRequest) -> ChangeRequest:
    City.objects.select_for_update().get(pk=request.city_id)  # the lock of everything that changes a city's offices
    request = ChangeRequest.objects.select_for_update(of=("self",)).select_related("city").get(pk=request.pk)
    if request.decided_at:
        raise Refused(
            [
                _("This request was decided on %(day)s: %(state)s. Load the page again.")
                % {"day": formats.day(timezone.localdate(request.decided_at)), "state": request.get_state_display()}
            ]
        )
    return request


def _decide(request: ChangeRequest, state: str, by: User | None, reason: str = "") -> None:
    request.state, request.decided_by, request.decided_at, request.reason = state, by, timezone.now(), reason
    request._history_user = by  # type: ignore[attr-defined]
    request.save()
    if request.requested_by and state in (State.ACCEPTED, State.DECLINED):
        queue_message(
            "cities/change_decided",
            to=request.requested_by,
            key=f"cities/change_decided/{request.pk}",
            context={"request": request, "is_accepted": state == State.ACCEPTED},
            city=request.city,
        )


# What accepting does ---------------------------------------------------------------------------


def _check_name(city: City, name: str) -> None:
    if not name:
        raise Refused([_("Write the name.")])
    if name == city.name:
        raise Refused([_("This is the name that the portal shows already.")])
    if City.objects.filter(name=name, country=city.country).exclude(pk=city.pk).exists():
        raise Refused([_("There is already a city %(name)s in this country.") % {"name": name}])


def _write_name(request: ChangeRequest, by: User) -> None:
    """The old name stays among the other names, so that the search finds it; the address of the page stays too."""
    city, name = request.city, request.values["name"]
    _check_name(city, name)
    others = ", ".join([*filter(None, [city.other_names]), city.name])
    city.name = name
    if len(others) <= (City._meta.get_field("other_names").max_length or 0):
        city.other_names = others
    _save_city(city, by, ["name", "other_names"])


def _write_status(request: ChangeRequest, by: User) -> None:
    request.city.kind = request.values["kind"]
    _save_city(request.city, by, ["kind"])


def _save_city(city: City, by: User, fields: list[str]) -> None:
    city._history_user = by  # type: ignore[attr-defined]
    city.save(update_fields=fields)


def _write_mayor(request: ChangeRequest, by: User) -> None:
    values: dict[str, Any] = dict(request.values)
    day = values.pop("started_on", "")
    on = date.fromisoformat(day) if day else timezone.localdate()
    before = Term.objects.open(on).filter(city=request.city, office=Office.MAYOR).select_related("contact").first()
    if before and before.contact.has_office_address:
        for name in ("email", "salutation", "phone"):
            values[name] = values.get(name) or getattr(before.contact, name)
    change_office(request.city, Office.MAYOR, on=on, by=by, **values)


def _write_address(request: ChangeRequest, by: User) -> None:
    term = Term.objects.open(timezone.localdate()).filter(city=request.city, office=request.office).first()
    if term is None:
        raise Refused([_("Nobody is entered for this office. Enter who holds it, then decline this request.")])
    if not request.values.get("email"):
        raise Refused([_("Write the address that letters shall reach.")])
    save_contact(Contact.objects.get(pk=term.contact_id), by=by, email=request.values["email"].lower())


_WRITE = {Kind.NAME: _write_name, Kind.STATUS: _write_status, Kind.MAYOR: _write_mayor, Kind.ADDRESS: _write_address}

"""The path of a city: each step once, in an order that makes sense."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from accounts.models import User
from common import formats
from common.dates import Precision
from common.exceptions import Refused, Stale
from common.uploads import check_upload

from ..models import City, MembershipStep
from ..models.membership import Step

STEP_FIELDS = ["kind", "on", "precision", "ordinal", "source", "note"]

# What stands before a step that changes the status; None is a city that never joined.
AFTER: dict[str, set[str | None]] = {
    Step.INTENT: {None, Step.WITHDRAWN},
    Step.SUSPENDED: {Step.INTENT, Step.REINSTATED},
    Step.REINSTATED: {Step.SUSPENDED},
    Step.WITHDRAWN: {Step.INTENT, Step.REINSTATED, Step.SUSPENDED},
}


def next_ordinal() -> int:
    """The number of the next city that joins: one more than the highest known."""
    return (MembershipStep.objects.aggregate(last=Max("ordinal"))["last"] or 0) + 1


def take_step(
    city: City, kind: str, *, by: User, document: UploadedFile | None = None, **values: Any
) -> MembershipStep:
    """Record a step of the path: `on`, `precision`, `ordinal`, `source`, `note`. Raises Refused with every obstacle."""
    return save_step(MembershipStep(city=city, kind=kind), by=by, document=document, **values)


def sign_statement(city: City, on: date, *, by: User, **values: Any) -> MembershipStep:
    """The city becomes a member; without an `ordinal` it gets the next one."""
    return take_step(city, Step.INTENT, by=by, on=on, **{"ordinal": next_ordinal(), **values})


def suspend(city: City, on: date, *, by: User, **values: Any) -> MembershipStep:
    return take_step(city, Step.SUSPENDED, by=by, on=on, **values)


def reinstate(city: City, on: date, *, by: User, **values: Any) -> MembershipStep:
    return take_step(city, Step.REINSTATED, by=by, on=on, **values)


def withdraw(city: City, on: date, *, by: User, **values: Any) -> MembershipStep:
    return take_step(city, Step.WITHDRAWN, by=by, on=on, **values)


@transaction.atomic
def save_step(
    step: MembershipStep,
    *,
    by: User,
    version: int | None = None,
    document: UploadedFile | None = None,
    removes_document: bool = False,
    **values: Any,
) -> MembershipStep:
    """Write the `STEP_FIELDS` given. Raises Refused, or Stale when the step was read at another `version`."""
    City.objects.select_for_update().get(pk=step.city_id)
    if step.pk:
        step = MembershipStep.objects.select_related("city").get(pk=step.pk)
        if version is not None and step.version != version:
            raise Stale(step)
        step.version += 1
    for name, value in values.items():
        if name not in STEP_FIELDS:
            raise TypeError(f"A step has no {name}.")
        setattr(step, name, value)
    if problems := [*obstacles(step)]:
        raise Refused(problems)
    try:
        step.full_clean()
    except ValidationError as error:
        raise Refused(error.messages) from None
    if document:
        document.name = f"document{check_upload(document)}"
        step.document = document
    elif removes_document:
        step.document = ""
    step._history_user = by  # type: ignore[attr-defined]
    step.save()
    return step


@transaction.atomic
def remove_step(step: MembershipStep, *, by: User) -> None:
    """Take back a step that was entered by mistake; the history keeps it. Raises Refused when a later step needs it."""
    City.objects.select_for_update().get(pk=step.city_id)
    step = MembershipStep.objects.select_related("city").get(pk=step.pk)
    others = step.city.steps.exclude(pk=step.pk)
    if problems := [*_out_of_order(step.city, list(others))]:
        raise Refused(problems)
    step._history_user = by  # type: ignore[attr-defined]
    step.delete()


def obstacles(step: MembershipStep) -> Iterator[str]:
    """Why the step cannot stand as it is; nothing means it can."""
    others = list(step.city.steps.exclude(pk=step.pk))
    if step.ordinal is not None:
        taken = MembershipStep.objects.filter(ordinal=step.ordinal).exclude(pk=step.pk).select_related("city").first()
        if taken:
            yield _("%(city)s is member number %(ordinal)s. The next free number is %(next)s.") % {
                "city": taken.city.name,
                "ordinal": step.ordinal,
                "next": next_ordinal(),
            }
    if step.kind == Step.INTENT or (step.kind in Step.status_changing() and step.on):
        yield from _out_of_order(step.city, [*others, step], new=step)


def _out_of_order(city: City, steps: list[MembershipStep], new: MembershipStep | None = None) -> Iterator[str]:
    """The first change of status that cannot follow what stands before it, in a sentence."""
    changes = [step for step in steps if step.kind in Step.status_changing()]
    before: MembershipStep | None = None
    for step in sorted(changes, key=lambda step: (step.on or date.min, step.pk or float("inf"))):
        if (before.kind if before else None) not in AFTER[step.kind]:
            yield (
                _impossible(city, step, before)
                if step is new
                else _("The later step “%(step)s” would no longer make sense. Correct that one first.") % {"step": step}
            )
            return
        before = step


def _impossible(city: City, step: MembershipStep, before: MembershipStep | None) -> str:
    names = {"city": city.name, "day": _day(step), "before": before}
    if step.kind == Step.INTENT:
        return _("%(city)s is a member already (%(before)s). Correct that step, or enter its withdrawal first.") % names
    if before is None or before.kind == Step.WITHDRAWN:
        return _("%(city)s is not a member on %(day)s. Enter its statement of intent first.") % names
    if step.kind == Step.SUSPENDED:
        return _("%(city)s is suspended already (%(before)s).") % names
    return _("%(city)s is not suspended on %(day)s (%(before)s), so there is nothing to reinstate.") % names


def _day(step: MembershipStep) -> str:
    return formats.day(step.on) if step.on and step.precision == Precision.DAY else step.shown_date

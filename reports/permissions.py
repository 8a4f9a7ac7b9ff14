"""Who may do what with an annual report. Four eyes (approver ≠ who froze) is a rule of the service, not a permission."""

from datetime import date, datetime

from django.contrib.auth.models import AnonymousUser
from django.utils.timezone import localdate

from accounts.models import User
from cities.models import City

from .models import AnnualReport, NetworkSection


def may_edit(user: User, report: AnnualReport) -> bool:
    return user.is_staff and user.has_perm("reports.change_annualreport")


def may_freeze(user: User, report: AnnualReport) -> bool:
    return user.is_staff and user.has_perm("reports.freeze_annualreport")


def may_compile(user: User, report: AnnualReport) -> bool:
    return user.is_staff and user.has_perm("reports.compile_annualreport")


def may_approve(user: User, report: AnnualReport) -> bool:
    return user.is_staff and user.has_perm("reports.approve_annualreport")


def may_send(user: User, report: AnnualReport) -> bool:
    return user.is_staff and user.has_perm("reports.send_annualreport")


def may_preview(user: User, report: AnnualReport) -> bool:
    """Documents that are not public yet, letters to single cities among them."""
    return user.is_staff and user.has_perm("reports.view_annualreport")


def may_verify(user: User, city: City, on: date) -> bool:
    """Whoever acts for the city says whether its sheet is right."""
    return City.objects.of_official(user, on).filter(pk=city.pk).exists()


def may_write_section(user: User, section: NetworkSection, at: datetime) -> bool:
    """The network's coordinator, until the section is handed in or the report is frozen."""
    is_open = section.status == NetworkSection.Status.ASKED and section.report.status == AnnualReport.Status.DRAFTING
    mine = NetworkSection.objects.of_coordinator(user, localdate(at)).filter(pk=section.pk)
    return is_open and mine.exists()


def may_download(user: User | AnonymousUser, report: AnnualReport) -> bool:
    """The report and its annex: everybody once approved, staff before."""
    return report.is_public or (isinstance(user, User) and may_preview(user, report))

"""Who may do what with an annual report. Four eyes (approver ≠ who froze) is a rule of the service, not a permission."""

from django.contrib.auth.models import AnonymousUser

from accounts.models import User

from .models import AnnualReport


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


def may_download(user: User | AnonymousUser, report: AnnualReport) -> bool:
    """The report and its annex: everybody once approved, staff before."""
    return report.is_public or (isinstance(user, User) and may_preview(user, report))

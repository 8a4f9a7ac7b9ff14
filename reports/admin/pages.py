"""Addresses of the pages of a report in the administration, and how they link."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html

from ..models import AnnualReport


def action_url(name: str, report: AnnualReport) -> str:
    return reverse(f"admin:reports_annualreport_{name}", args=[report.pk])


def ledger_url(report: AnnualReport) -> str:
    """The messages of the report's mailing in the ledger."""
    return reverse("admin:mail_message_changelist") + f"?mailing={report.mailing.key}"


def link(address: str, words: Any) -> str:
    return format_html('<a class="text-primary-600 underline dark:text-primary-500" href="{}">{}</a>', address, words)

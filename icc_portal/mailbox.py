"""The mails in the sink, as pages: only where there is a sink, so never on a public server."""

import email
import email.policy
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from functools import lru_cache, wraps
from pathlib import Path

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp_replace
from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext_lazy as _
from django.views.decorators.clickjacking import xframe_options_sameorigin

from common.text import fold
from icc_portal import embedded

NAME = re.compile(r"\d{20}\.P\d+Q\d+\.icc")
HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)
PAGE = 25


@dataclass(frozen=True)
class Mail:
    """One line of the list; `size` in bytes, as it travelled."""

    name: str
    at: datetime
    sender: str
    recipients: str
    subject: str
    size: int


@dataclass(frozen=True)
class Attachment:
    number: int
    name: str
    type: str
    size: int

    @property
    def short_type(self) -> str:
        return Path(self.name).suffix.lstrip(".") or self.type


class SearchForm(forms.Form):
    q = forms.CharField(label=_("Recipient or subject"), required=False, max_length=200)


def newest_first() -> list[Path]:
    """The files of the Maildir; their names begin with the instant of arrival."""
    paths = [path for folder in ("new", "cur") for path in (embedded.MAILBOX / folder).glob("*.icc")]
    return sorted((path for path in paths if NAME.fullmatch(path.name)), key=lambda path: path.name, reverse=True)


@lru_cache(maxsize=20_000)
def headers(path: Path) -> Mail:
    """The head of a mail; a mail never changes, so it is read once."""
    lines = []
    with path.open("rb") as file:
        for line in file:
            if not line.strip():
                break
            lines.append(line)
    message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
    return Mail(
        name=path.name,
        at=datetime.fromtimestamp(int(path.name[:20]) / 1e9, UTC),
        sender=header(message, "From"),
        recipients=header(message, "X-RcptTo"),
        subject=header(message, "Subject"),
        size=path.stat().st_size,
    )


def header(message: EmailMessage, name: str) -> str:
    try:
        return str(message[name] or "")
    except (ValueError, IndexError, TypeError, AttributeError):  # the parser gives up on some broken headers
        return ""


def find(name: str) -> tuple[Path, EmailMessage]:
    """The whole mail of this name, or 404."""
    if NAME.fullmatch(name):
        for folder in ("new", "cur"):
            path = embedded.MAILBOX / folder / name
            if path.exists():
                return path, email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    raise Http404


def attachments(message: EmailMessage) -> list[Attachment]:
    return [
        Attachment(number, part.get_filename() or f"{number}", part.get_content_type(), len(content(part)))
        for number, part in enumerate(message.iter_attachments())
    ]


def content(part: EmailMessage) -> bytes:
    return part.get_payload(decode=True) or bytes(part)  # a message inside a message has no payload of its own


def text_of(message: EmailMessage, kind: str) -> str:
    """The body as "plain" or "html", "" where it has none."""
    part = message.get_body(preferencelist=(kind,))
    if part is None:
        return ""
    try:
        return part.get_content()
    except (LookupError, UnicodeError):
        return content(part).decode("utf-8", "replace")


def where_there_is_a_sink(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    @login_not_required
    @wraps(view)
    def inner(request: HttpRequest, *args, **kwargs) -> HttpResponse:
        if settings.PRODUCTION and not settings.DEMO:
            raise Http404
        return view(request, *args, **kwargs)

    return inner


@where_there_is_a_sink
def mailbox(request: HttpRequest) -> HttpResponse:
    form = SearchForm(request.GET or None)
    sought = fold(form.cleaned_data["q"]) if form.is_valid() else ""
    paths = newest_first()
    if sought:
        mails = [headers(path) for path in paths]
        paths = [
            path
            for path, mail in zip(paths, mails, strict=True)
            if sought in fold(mail.recipients) or sought in fold(mail.subject)
        ]
    page = Paginator(paths, PAGE).get_page(request.GET.get("page"))
    page.object_list = [headers(path) for path in page.object_list]
    context = {"page": page, "filter_form": form, "is_search": bool(sought)}
    return render(request, "icc_portal/mailbox_list.html", context)


@where_there_is_a_sink
def mail(request: HttpRequest, name: str) -> HttpResponse:
    path, message = find(name)
    context = {
        "mail": headers(path),
        "to": header(message, "To"),
        "reply_to": header(message, "Reply-To"),
        "text": text_of(message, "plain"),
        "has_html": message.get_body(preferencelist=("html",)) is not None,
        "attachments": attachments(message),
    }
    return render(request, "icc_portal/mailbox_detail.html", context)


@where_there_is_a_sink
@xframe_options_sameorigin
@csp_replace(
    {
        "default-src": [NONE],
        "script-src": [NONE],
        "style-src": [UNSAFE_INLINE],
        "img-src": ["data:"],
        "form-action": [NONE],
        "frame-ancestors": [SELF],
    }
)
def mail_html(request: HttpRequest, name: str) -> HttpResponse:
    """The HTML body as it came, for the frame that lets it do nothing; its links open beside the portal."""
    html = text_of(find(name)[1], "html")
    if not html:
        raise Http404
    head = HEAD.search(html)
    start = head.end() if head else 0
    return HttpResponse(html[:start] + '<base target="_blank">' + html[start:])


@where_there_is_a_sink
def mail_attachment(request: HttpRequest, name: str, number: int) -> HttpResponse:
    parts = list(find(name)[1].iter_attachments())
    if number >= len(parts):
        raise Http404
    part = parts[number]
    response = HttpResponse(content(part), content_type=part.get_content_type())
    response.headers["Content-Disposition"] = content_disposition_header(True, part.get_filename() or f"{number}")
    response.headers["Content-Security-Policy"] = "sandbox"
    return response

"""The signed links of offices: what stands in the address, and the paragraph that brings it to the reader."""

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from cities.models import Office
from common import formats

from .models import Letter, LetterLink

SALT = "correspondence.letterlink"


def token(link: LetterLink) -> str:
    return signing.Signer(salt=SALT, sep=".").sign(link.pk)


def link_of(token: str) -> LetterLink | None:
    """The link that was signed, whether or not it still opens; None for a forged one."""
    try:
        pk = int(signing.Signer(salt=SALT, sep=".").unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return LetterLink.objects.select_related("letter__mailing", "letter__city", "letter__message").filter(pk=pk).first()


def address(link: LetterLink) -> str:
    """The absolute address of the page of the office, in the language in force."""
    return settings.PORTAL_URL.rstrip("/") + reverse("correspondence:office", args=[token(link)])


def paragraph(link: LetterLink, letter: Letter, office: str, *, is_too_large: bool) -> str:
    """What the mail says about the page (Markdown), in the language of the letter; nothing where nobody needs it."""
    with translation.override(letter.language):
        values = {"url": address(link), "day": formats.day(link.expires_at)}
        sentences = []
        if is_too_large:
            sentences.append(
                _("The documents are too large for an e-mail. They are on the [page of your office](%(url)s).") % values
            )
        if office == Office.MAYOR:
            sentences.append(
                _(
                    "The [page of your office](%(url)s) keeps this letter and its documents until %(day)s. There, without "
                    "an account, your office can tell us that they have arrived, or that the mayor has changed."
                )
                % values
            )
        return " ".join(sentences)


def test_paragraph(letter: Letter, office: str) -> str:
    """What stands in a test copy instead: nobody but the office gets its link."""
    if office != Office.MAYOR:
        return ""
    with translation.override(letter.language):
        return "*" + _("Here the mail to the office has a paragraph with the link to its own page.") + "*"

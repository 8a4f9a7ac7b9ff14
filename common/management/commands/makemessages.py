from typing import Any

from django.core.management.commands import makemessages


class Command(makemessages.Command):
    """As Django's, and the texts of mails too: they are templates in Markdown."""

    def handle(self, *args: Any, **options: Any) -> None:
        options["extensions"] = options["extensions"] or ["html", "txt", "py", "md"]
        options["ignore_patterns"] = [*options["ignore_patterns"], "docs", "README.md"]
        super().handle(*args, **options)

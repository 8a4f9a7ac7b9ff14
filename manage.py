#!/usr/bin/env python
"""Run a management command; where no server is configured, the embedded ones start first."""

import os
import sys

NEEDS_NO_SERVER = {
    "demo",
    "help",
    "--help",
    "-h",
    "--version",
    "version",
    "collectstatic",
    "makemessages",
    "compilemessages",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "icc_portal.settings")
    from django.core.management import execute_from_command_line

    if not NEEDS_NO_SERVER.intersection(sys.argv[1:2]):
        from icc_portal import embedded

        embedded.start_missing()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()

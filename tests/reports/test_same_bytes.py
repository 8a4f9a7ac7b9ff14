"""The same facts give the same documents, whichever process makes them (R2)."""

import hashlib
import json
import os
import subprocess
import sys

import pytest

from reports import render
from tests.reports.factories import facts, frozen, programme

pytestmark = pytest.mark.django_db

MAKERS = [("make_report", "en", ""), ("make_letter", "fr", "oslo"), ("make_annex", "en", "")]
SCRIPT = """
import json, sys
import django
django.setup()
from django.test import override_settings
from tests.reports.test_same_bytes import hashes
nothing_kept = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
with override_settings(CACHES=nothing_kept):  # the charts are drawn anew, too
    print(json.dumps(hashes(json.load(sys.stdin))))
"""


def hashes(data: dict) -> list[str]:
    return [
        hashlib.sha256(getattr(render, name)(data, language, slug).content).hexdigest()
        for name, language, slug in MAKERS
    ]


def test_report_letter_and_annex_are_the_same_bytes_in_another_process():
    programme()
    data = facts(frozen())
    seed = "7" if os.environ.get("PYTHONHASHSEED") != "7" else "8"
    environment = {**os.environ, "PYTHONHASHSEED": seed}

    other = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        input=json.dumps(data),
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )

    assert json.loads(other.stdout.splitlines()[-1]) == hashes(data)

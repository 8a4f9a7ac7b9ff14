"""The French catalogue has every sentence of the portal, translated, with its placeholders."""

import os
import re
import shutil
import subprocess
import sys

import polib
import pytest

from icc_portal.embedded import REPO

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
CATALOGUE = REPO / "locale" / "fr" / "LC_MESSAGES" / "django.po"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory) -> polib.POFile:
    """What makemessages finds now, in a copy of the sources."""
    copy = tmp_path_factory.mktemp("sources") / "portal"
    ignored = shutil.ignore_patterns(".git", ".venv", "var", "node_modules", "data", "tests", "*.mo", "__pycache__")
    shutil.copytree(REPO, copy, ignore=ignored, symlinks=True)
    (copy / "locale").mkdir(exist_ok=True)
    done = subprocess.run(
        [sys.executable, "manage.py", "makemessages", "--locale=fr", "--no-obsolete", "--ignore=bench"],
        cwd=copy,
        env={**os.environ, "ICC_VAR": str(copy / "var")},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return polib.pofile(str(copy / "locale" / "fr" / "LC_MESSAGES" / "django.po"))


@pytest.fixture(scope="module")
def catalogue() -> polib.POFile:
    assert CATALOGUE.exists(), "There is no French catalogue yet: python manage.py makemessages --locale=fr"
    return polib.pofile(str(CATALOGUE))


def key(entry: polib.POEntry) -> tuple[str | None, str]:
    return entry.msgctxt, entry.msgid


def listed(entries) -> str:
    lines = [f"  {entry.msgid!r}  {entry.occurrences[:1]}" for entry in entries]
    return f"{len(lines)}:\n" + "\n".join(lines[:40])


def test_catalogue_holds_every_sentence_of_the_sources(extracted, catalogue):
    held = {key(entry) for entry in catalogue if not entry.obsolete}

    missing = [entry for entry in extracted if not entry.obsolete and key(entry) not in held]

    assert not missing, f"Run makemessages and translate, {listed(missing)}"


def test_every_sentence_is_translated(catalogue):
    left = [*catalogue.untranslated_entries(), *catalogue.fuzzy_entries()]

    assert not left, f"Untranslated or fuzzy, {listed(left)}"


def test_translations_keep_the_placeholders(catalogue):
    def differs(entry: polib.POEntry) -> bool:
        wanted = set(PLACEHOLDER.findall(entry.msgid)) | set(PLACEHOLDER.findall(entry.msgid_plural or ""))
        texts = list(entry.msgstr_plural.values()) or [entry.msgstr]
        found = [set(PLACEHOLDER.findall(text)) for text in texts]
        return any(names - wanted for names in found) or found[-1] != set(
            PLACEHOLDER.findall(entry.msgid_plural or entry.msgid)
        )

    wrong = [entry for entry in catalogue.translated_entries() if differs(entry)]

    assert not wrong, f"Placeholders differ, {listed(wrong)}"


def test_no_name_stands_where_french_would_elide_the_word_before_it(catalogue):
    """“de Agadir” would be wrong, and “d’Oslo” cannot be known before the name is: the sentence avoids both."""
    named = re.compile(r"\b(?:de|que|jusque|lorsque|puisque) %\((?:city|name|user|person|network|official)\)s")

    wrong = [e for e in catalogue if any(named.search(text) for text in [e.msgstr, *e.msgstr_plural.values()])]

    assert not wrong, f"Reword in French, {listed(wrong)}"


def test_catalogue_compiles():
    assert CATALOGUE.exists(), "There is no French catalogue yet: python manage.py makemessages --locale=fr"
    done = subprocess.run(
        ["msgfmt", "--check-format", "--check-header", "--output-file=/dev/null", str(CATALOGUE)],
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stderr

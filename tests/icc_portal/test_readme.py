"""What the README says of settings and commands is what the code has."""

import re

from icc_portal.embedded import REPO

README = (REPO / "README.md").read_text()
SETTINGS = (REPO / "icc_portal" / "settings.py").read_text()


def test_the_settings_table_names_every_variable():
    read = set(re.findall(r'(?:env(?:\.\w+)?|required)\("([A-Z0-9_]+)"', SETTINGS)) | {"ICC_VAR"}
    told = {
        name for row in re.findall(r"^\| (`.*?) \|", README, re.M) for name in re.findall(r"`([A-Z0-9_]{4,})`", row)
    }

    assert read - told == set()


def test_the_commands_and_folders_it_names_exist():
    for name in re.findall(r"`?(bin/\w+|docs/screenshots/\w+\.png)", README):
        assert (REPO / name).exists(), name
    for folder in re.findall(r"`(\w+)/`", README):
        assert (REPO / folder).is_dir() or folder == "var", folder

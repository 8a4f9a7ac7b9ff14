"""How long a chapter takes to be shown while it is written: `python -m bench.preview`.

In a database of its own on the embedded servers, with the data of the demonstration and a long chapter that names every
figure: the request that the page sends while somebody types (preview in both languages, mistakes, the draft kept, who
else is writing), with the whole middleware, without the network.
"""

import os
import statistics
import sys
import time

NAME = "icc_bench_preview"
YEAR = 2020
TIMES = 25
AIM = 0.3  # seconds


def main() -> None:
    from icc_portal import embedded

    embedded.start_missing()
    os.environ |= {
        "DATABASE_URL": embedded.database_url(NAME),
        "REDIS_URL": embedded.redis_url(db=61),
        "EMAIL_URL": embedded.email_url(),
        "DJANGO_SETTINGS_MODULE": "icc_portal.settings",
        "LOG_LEVEL": "ERROR",
    }
    from bench.report import execute

    execute(embedded, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
    execute(embedded, f"CREATE DATABASE {NAME}")
    try:
        measure()
    finally:
        execute(embedded, f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def measure() -> None:
    import django

    django.setup()
    from django.core.management import call_command
    from django.test import Client
    from django.urls import reverse

    from accounts.models import User
    from accounts.services import add_totp
    from reports import figures, services

    call_command("migrate", verbosity=0)
    with open(os.devnull, "w") as silent:
        call_command("load_data", stdout=silent)
    author = User.objects.create(email="author@unit.example", name="Author", is_staff=True, is_superuser=True)
    add_totp(author, "JBSWY3DPEHPK3PXP")
    report = services.create_report(YEAR, by=author)
    chapter = report.chapters.get(kind="activities")
    named = "\n".join(f"- {{{{ figures.{key} }}}} in {{{{ year }}}}" for key in figures.known_keys())
    text = "\n\n".join(["## A year of work", *[f"Paragraph {n} with **bold** words. " * 12 for n in range(25)], named])
    client = Client(headers={"host": "localhost"})
    client.force_login(author, backend="allauth.account.auth_backends.AuthenticationBackend")
    url = reverse("admin:reports_chapter_live", args=[chapter.pk])
    times, work = [], time.process_time()
    for _n in range(TIMES):
        begun = time.perf_counter()
        answer = client.post(url, {"text_en": text, "text_fr": text, "opened": chapter.version})
        times.append(time.perf_counter() - begun)
        if answer.status_code != 200 or "<h3>" not in answer.json()["preview"]["en"]["html"]:
            sys.exit(f"No preview: {answer.status_code}")
    work = time.process_time() - work
    times.sort()
    print(
        f"A chapter of {len(text)} characters in each language, {len(figures.known_keys())} figures named, {TIMES} previews:"
    )
    print(
        f"median {statistics.median(times):.3f} s, slowest {times[-1]:.3f} s, {work / TIMES:.3f} s of CPU each in the web process; the aim is {AIM} s."
    )


if __name__ == "__main__":
    main()

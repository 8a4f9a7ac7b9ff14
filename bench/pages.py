"""How long the pages of an official take: `python -m bench.pages --sizes 150,1500,15000`.

In a database of its own on the embedded servers. Server time is that of the whole request in this process (middleware,
session, queries, template), the median of many, as a ratio to the floor: an empty page of the same layout for the same
logged-in user, asked for in turn with the others. More cities than there are, are copies of the real ones.
"""

import argparse
import statistics
import time

from bench.database import load, own_database

NAME = "icc_bench_pages"
REDIS = 61
FLOOR = "floor"
PAGES = {
    FLOOR: "/en/floor/",
    "directory": "/en/cities/",
    "directory, searched": "/en/cities/?q=lodz",
    "directory, filtered": "/en/cities/?country=IT",
    "city": "/en/cities/bilbao/",
    "home": "/en/",
}
AIM, GROWTH = 2.5, 1.5


def main() -> None:
    options = arguments()
    with own_database(NAME, REDIS):
        load()
        run(options)


def arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return sorted({int(part) for part in text.split(",")})

    parser = argparse.ArgumentParser(description="How long the pages of an official take.")
    parser.add_argument("--sizes", type=numbers, default=[150, 1500, 15000], help="default: 150,1500,15000")
    parser.add_argument("--rounds", type=int, default=30, help="how often each page is asked for (default: 30)")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    from django.db import connection
    from django.test import override_settings

    from bench import programme

    official = programme.official_of("bilbao")
    found = {}
    for size in options.sizes:
        programme.grow(size)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        with override_settings(ROOT_URLCONF="bench.floor"):
            found[size] = measure(official, options.rounds)
        show(size, found[size])
    first, last = options.sizes[0], options.sizes[-1]
    print(f"\n{'page':<22}{f'× floor at {first:,}':>18}{f'× {first:,} at {last:,}':>20}")
    for name in PAGES:
        if name != FLOOR:
            ratio = found[first][name][0] / found[first][FLOOR][0]
            growth = found[last][name][0] / found[first][name][0] * found[first][FLOOR][0] / found[last][FLOOR][0]
            print(f"{name:<22}{ratio:>18.2f}{growth:>20.2f}")
    print(f"aims{'':<18}{f'≤ {AIM}':>18}{f'≤ {GROWTH}':>20}")


def measure(official, rounds: int) -> dict[str, tuple[float, int]]:
    """By page: the median in milliseconds, and the number of queries."""
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client = Client(SERVER_NAME="127.0.0.1")
    client.force_login(official, backend=settings.AUTHENTICATION_BACKENDS[0])
    times: dict[str, list[float]] = {name: [] for name in PAGES}
    for round_number in range(-3, rounds):  # the first three warm the caches up
        for name, address in PAGES.items():
            begin = time.perf_counter()
            response = client.get(address)
            took = time.perf_counter() - begin
            assert response.status_code == 200, f"{address} answered {response.status_code}"
            if round_number >= 0:
                times[name].append(took * 1000)
    queries = {}
    for name, address in PAGES.items():
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        queries[name] = len(captured)
    return {name: (statistics.median(times[name]), queries[name]) for name in PAGES}


def show(size: int, found: dict[str, tuple[float, int]]) -> None:
    print(f"\n{f'{size:,} cities':<22}{'ms':>8}{'× floor':>10}{'queries':>10}")
    for name, (milliseconds, queries) in found.items():
        print(f"{name:<22}{milliseconds:>8.1f}{milliseconds / found[FLOOR][0]:>10.2f}{queries:>10}", flush=True)


if __name__ == "__main__":
    main()

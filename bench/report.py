"""How much work the annual report is: `python -m bench.report --sizes 150,600 --workers 1,2`.

In a database of its own on the embedded servers, with real worker processes and the local mail sink: load the data,
freeze 2020, compile it in both languages with a letter and sheet for every member, once with each number of workers,
send everything. Then the same the naive way, the whole report drawn and rendered again for each mayor, extrapolated
from a few, in the same run. More cities than there are, are copies of the real ones.
CPU seconds are those of all processes that did the stage, from the kernel's accounting.
"""

import argparse
import itertools
import sys
from dataclasses import dataclass, field

from bench.database import load, own_database
from bench.processes import Cost, measured, start, tree_cpu, wait

NAME = "icc_bench"
REDIS = 60  # the numbered database of the bench
YEAR = 2020
RENDER = ["-Q", "render", "--max-tasks-per-child", "20"]
MAIL = ["-Q", "default,mail", "--concurrency", "1"]
SINK_MESSAGES = 60  # to find out what the sink takes
AIMS = {150: 45, 600: 90}  # times less CPU than the naive way, by the number of cities


@dataclass
class Size:
    """What was measured with so many cities."""

    cities: int
    stages: list[tuple[str, int, Cost, float]] = field(default_factory=list)  # name, workers, cost, peak in MB
    compiling: dict[int, Cost] = field(default_factory=dict)  # by number of workers
    per_mayor: float = 0
    naive_peak: float = 0
    notes: list[str] = field(default_factory=list)
    aims: list[tuple[str, str, str]] = field(default_factory=list)

    def add(self, name: str, cost: Cost, workers: int = 0, peak: float = 0) -> None:
        self.stages.append((name, workers, cost, peak))
        line(self.cities, name, workers, cost, peak)


def main() -> None:
    options = arguments()
    with own_database(NAME, REDIS):
        run(options)


def arguments() -> argparse.Namespace:
    def numbers(text: str) -> list[int]:
        return sorted({int(part) for part in text.split(",")})

    parser = argparse.ArgumentParser(description="How much work the annual report is.")
    parser.add_argument("--sizes", type=numbers, default=[150], help="numbers of cities (default: 150)")
    parser.add_argument("--workers", type=numbers, default=[1, 2], help="render processes (default: 1,2)")
    parser.add_argument("--naive", type=int, default=3, help="mayors that the naive way is tried with (default: 3)")
    parser.add_argument("--no-send", action="store_true", help="compile only")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    print(f"{'cities':>6}  {'stage':<34}{'wall s':>9}{'CPU s':>9}{'servers':>9}{'peak MB':>9}")
    with measured() as loading:
        load()
    line(0, "load the data", 0, loading)
    from bench import programme

    author, approver = programme.two_of_the_unit()
    sizes = []
    for number in options.sizes:
        programme.grow(number)
        sizes.append(measure(Size(number), options, author, approver))
    summary(sizes)


def measure(size: Size, options: argparse.Namespace, author, approver) -> Size:
    from reports import services
    from reports.models import AnnualReport

    report = AnnualReport.objects.filter(year=YEAR).first()
    with measured() as cost:
        if report is None:
            report = services.create_report(YEAR, by=author)
            size.aims.append(("s for the preview of a chapter, both languages", "≤ 0.3", f"{preview(report):.2f}"))
        else:  # of fewer cities: this is its next version
            AnnualReport.objects.filter(pk=report.pk).update(
                status="drafting", frozen_by=None, mailing=None, approved_at=None, approved_by=None, approved_sha256=""
            )
        frozen = services.freeze(report, by=author, reason="More cities.")
    size.add("freeze", cost)
    report.refresh_from_db()
    hashes: set[tuple] = set()
    for workers in options.workers:
        compile_with(size, workers, report, frozen, author)
        hashes.add(tuple(frozen.renditions.order_by("pk").values_list("sha256", flat=True)))
    size.notes.append(describe(frozen))
    if len(options.workers) > 1:
        size.notes.append("The documents are the same bytes each time." if len(hashes) == 1 else "THE BYTES DIFFER.")
    if not options.no_send:
        send(size, report, author, approver)
    if options.naive:
        naively(size, frozen, options.naive)
    return size


def preview(report) -> float:
    """Seconds for the slowest of the chapters, each with a few figures more than it has."""
    from django.utils import timezone

    from reports import live, services

    slowest = 0.0
    for chapter in report.chapters.all():
        figures = (
            "\n\nMembers: {{ figures.members }}, grants: {{ figures.grants }}, activities: {{ figures.activities }}."
        )
        texts = {code: (getattr(chapter, f"text_{code}") or "") + figures for code in ("en", "fr")}
        with measured() as cost:
            live.preview(report, texts, timezone.now(), names=services.chapter_names(chapter))
        slowest = max(slowest, cost.wall)
    return slowest


def compile_with(size: Size, workers: int, report, frozen, author) -> None:
    """From frozen to compiled, with so many render processes that have done nothing yet."""
    from django.core.cache import cache
    from django.utils import timezone

    from reports import render, services
    from reports.models import AnnualReport

    frozen.renditions.update(state="pending", attempts=0, file="", sha256="", size=None, pages=None, finished_at=None)
    AnnualReport.objects.filter(pk=report.pk).update(status="frozen", compiling_since=None)
    report.refresh_from_db()
    cache.clear()  # the charts are drawn again
    with measured() as cost:
        worker = start(f"render-{size.cities}-{workers}", [*RENDER, "--concurrency", str(workers)])
    cost.cpu += tree_cpu(worker.pid)
    size.add("start a worker, which rehearses", cost, workers)
    try:
        with measured(worker) as cost:
            services.compile(report, by=author)
            wait(
                cost,
                lambda: not AnnualReport.objects.filter(pk=report.pk, compiling_since__isnull=False).exists(),
                lambda: services.progress(report),
                lambda: render.sweep(timezone.now()),
            )
    finally:
        worker.end()
    report.refresh_from_db()
    if report.status != "compiled":
        sys.exit(f"Not compiled: {services.progress(report)}\n{worker.log.read_text()[-3000:]}")
    size.compiling[workers] = cost
    size.add(f"compile, {workers} worker{'s' if workers > 1 else ''}", cost, workers, worker.peak / 1024)


def describe(frozen) -> str:
    from reports.models import Rendition

    done = {
        (row.kind, row.language): (row.pages, row.size)
        for row in frozen.renditions.exclude(kind=Rendition.Kind.LETTER).exclude(pages=None)
    }
    letters = frozen.renditions.filter(kind=Rendition.Kind.LETTER)
    reports = ", ".join(
        f"{language} {pages} pages {size / 1e6:.2f} MB" for (_kind, language), (pages, size) in sorted(done.items())
    )
    return f"{letters.count()} letters with sheets; report: {reports}."


def send(size: Size, report, author, approver) -> None:
    """The mailing as it is, then a megabyte for each mayor, then what the sink takes at most."""
    from bench import sending
    from mail.models import Message
    from reports import dispatch, services

    services.skip_round(report, reason="A measurement: no city is asked.", by=author)
    services.approve(report, by=approver)
    with measured() as cost:
        dispatch.prepare_dispatch(report, by=author)
    size.add("prepare the mailing", cost)
    mailer = start(f"mail-{size.cities}", MAIL)
    try:
        with measured(mailer) as cost:
            dispatch.send(report, by=approver)
            report.refresh_from_db()
            mails = Message.objects.filter(mailing=report.mailing.key)
            wait(cost, lambda: not mails.unsettled().exists(), lambda: list(mails.values_list("state", "reason")[:3]))
        sent = mails.filter(state="sent").count()
        megabytes = sending.a_megabyte_each(size.cities, mailer)
    finally:
        mailer.end()
    size.add(f"send {sent} mails", cost, 0, mailer.peak / 1024)
    size.add("send with 1 MB each", megabytes, 0, mailer.peak / 1024)
    sink, rate = sending.ceiling(SINK_MESSAGES), size.cities / megabytes.wall
    size.notes.append(
        f"Sending: {sent / cost.wall:.1f} mails a second, with 1 MB each {rate:.1f}; bare SMTP to the same sink {sink:.1f}."
    )
    size.aims.append(("mails a second, 1 MB attached", "≥ 15", f"{rate:.1f}"))


def naively(size: Size, frozen, mayors: int) -> None:
    from bench.naive import cost_per_mayor
    from reports import render

    size.per_mayor, peak = cost_per_mayor(render.frozen_data(frozen.pk), mayors)
    size.naive_peak = peak / 1024
    whole = size.per_mayor * size.cities
    size.notes.append(
        f"The naive way: {size.per_mayor:.2f} s of CPU for each mayor (median of {mayors}), {whole:.0f} s for all; "
        f"its process grows to {size.naive_peak:.0f} MB."
    )
    for workers, cost in size.compiling.items():
        aim = f"≥ {AIMS[size.cities]}" if size.cities in AIMS else ""
        name = f"times less CPU than the naive way, {workers} worker{'s' if workers > 1 else ''}"
        size.aims.append((name, aim, f"{whole / cost.cpu:.1f}"))


def line(cities: int, name: str, workers: int, cost: Cost, peak: float = 0) -> None:
    memory = f"{peak:.0f}" if peak else ""
    print(
        f"{cities or '':>6}  {name:<34}{cost.wall:>9.1f}{cost.cpu:>9.1f}{cost.servers:>9.1f}{memory:>9}",
        flush=True,
    )


def summary(sizes: list[Size]) -> None:
    print()
    for size in sizes:
        for note in size.notes:
            print(f"{size.cities:>6}  {note}")
    print(f"\n{'cities':>6}  {'measure':<50}{'aim':>10}{'measured':>12}")

    def row(cities: object, name: str, aim: str, value: str) -> None:
        print(f"{cities:>6}  {name:<50}{aim:>10}{value:>12}")

    for size in sizes:
        for name, aim, value in size.aims:
            row(size.cities, name, aim, value)
        if {1, 2} <= size.compiling.keys():
            faster = size.compiling[1].wall / size.compiling[2].wall
            row(size.cities, "times faster with two workers than with one", "≥ 1.8", f"{faster:.2f}")
        peak = max((peak for _name, _workers, _cost, peak in size.stages), default=0)
        row(size.cities, "MB in the largest process", "≤ 350", f"{peak:.0f}")
    for small, large in itertools.pairwise(sizes):
        name = f"times the CPU of compiling {small.cities} cities"
        row(large.cities, name, f"≤ {large.cities / small.cities:.1f}", f"{dearest(large) / dearest(small):.1f}")


def dearest(size: Size) -> float:
    return max(cost.cpu for cost in size.compiling.values())


# The database ----------------------------------------------------------------------------------


if __name__ == "__main__":
    main()

"""One plan in process: the protocol is read once, then planned from one start after another.

Beside it stands what someone might write by hand for the same visits: a loop that adds days to the start. The loop
knows no rules, no windows that bind, no periods and no lookbacks; it shows what all of that costs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter

from trialcal.files.library import bundled, folders, read_file
from trialcal.plan import plan
from trialcal.protocol import Protocol
from trialcal.subject import Dated, Subject

STARTS = 1461
LIMIT = 0.3
ROWS = [  # visit, days from dose-1, days of its window before and after
    ("screening", -31, 0, 27),
    ("priming", -3, 0, 0),
    ("safety-check", -1, 0, 0),
    *((f"dose-{number}", day - 1, 1, 1) for number, day in enumerate((1, 4, 8, 11, 15, 18, 22, 25), 1)),
]


def report() -> list[tuple[str, str]]:
    """Time the first plan, one plan after another, and the loop; give a name and a line."""
    here = Path.cwd()

    def read() -> Protocol:
        protocol, problems = read_file(bundled() / "cc312.yaml", folders(here), here)
        assert protocol is not None, problems
        return protocol

    protocol = read()
    days = [date(2025, 3, 1) + timedelta(days=number) for number in range(STARTS)]

    def planned(day: date) -> object:
        return plan(protocol, Subject("", {"dose-1": Dated(day)}))

    first = milliseconds(planned, days[:1])
    mine, loop = milliseconds(planned, days), milliseconds(by_hand, days)
    verdict = "ok" if mine <= LIMIT else "TOO SLOW"
    reading = milliseconds(lambda _: read(), days[:15])
    return [
        (
            f"one plan of cc312, median of {STARTS} starts",
            f"{mine:.3f} ms (limit {LIMIT} ms) {verdict}; a loop by hand {loop:.4f} ms: {mine / loop:.0f} times",
        ),
        ("the first plan of cc312, which builds its network", f"{first:.2f} ms"),
        ("reading cc312", f"{reading:.1f} ms"),
    ]


def by_hand(start: date) -> object:
    """The dates and windows of the same visits, as a loop."""
    rows = []
    for name, offset, before, after in ROWS:
        day = start + timedelta(days=offset)
        rows.append((name, day, day - timedelta(days=before), day + timedelta(days=after)))
    return rows


def milliseconds(run: Callable[[date], object], days: list[date]) -> float:
    """The median time of one call, over all days."""
    gc.collect()
    spent = []
    for day in days:
        begun = perf_counter()
        run(day)
        spent.append(perf_counter() - begun)
    return median(spent) * 1000


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

"""10,000 simulated escalations of CC312 at a site with closed weekends and German holidays.

Beside them stands a loop in plain Python with the same chances and the 3+3 table, and no calendar: every candidate is
dosed on the day of eligibility or of the decision, and nobody asks whether a visit can be on that day.
"""

from __future__ import annotations

import os
from datetime import date
from math import log
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from trialcal.cli.simulations import simulation
from trialcal.days import Duration
from trialcal.files.library import folders, load
from trialcal.files.sites import load_site
from trialcal.protocol import Protocol
from trialcal.simulated import Given, Rate
from trialcal.site import Site

RUNS, SECONDS, CORES = 10_000, 5.0, 2
OVERLAY = """\
extends: cc312
id: cc312-site
periods: {dlt: {name: DLT observation, from: priming, until: 28 d after priming}}
escalation: {dlt_period: dlt, complete: the day after}
"""
SITE = """\
name: Ward, Site 01
time_zone: Europe/Berlin
holidays: {country: DE, subdivision: BE}
closed:
  - {on: weekends, reason: weekend}
"""
GIVEN = Given(
    date(2026, 1, 5),
    Rate(2, "month"),
    Duration(14, "days"),
    0.3,
    {"group-1": 0.1, "group-2": 0.2, "group-3": 0.3},
    runs=RUNS,
)


def report() -> list[tuple[str, str]]:
    """Time both; give a name and a line for each."""
    lines, plain = [], timed_plain()
    for jobs in dict.fromkeys((1, min(CORES, os.cpu_count() or 1))):
        protocol, site = made()  # a site of its own: nothing that is kept for one helps the other
        begun = perf_counter()
        found = simulation(protocol, site, GIVEN, jobs)
        spent = perf_counter() - begun
        verdict = "ok" if spent <= SECONDS else "TOO SLOW"
        lines.append(
            (
                f"{RUNS:,} escalations of cc312 with a site's calendar, {jobs} process{'es' if jobs > 1 else ''}",
                f"{spent:.2f} s (limit {SECONDS:.0f} s on {CORES} cores) {verdict}; "
                f"{spent / RUNS * 1e6:.0f} µs a run; plain loop without calendars {plain:.2f} s: "
                f"{spent / plain:.1f} times; half of them end by {found.ends[2]}",
            )
        )
    return lines


def made() -> tuple[Protocol, Site]:
    """Read the protocol and the site from files as a user writes them."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "site.yaml").write_text(SITE, encoding="utf-8")
        (here / "cc312-site.yaml").write_text(OVERLAY, encoding="utf-8")
        protocol, _, _ = load(str(here / "cc312-site.yaml"), folders(here), here)
        site, _ = load_site(str(here / "site.yaml"), here)
    assert protocol is not None
    assert site is not None
    return protocol, site


def timed_plain() -> float:
    begun = perf_counter()
    for number in range(RUNS):
        plain_run(Random(f"1/{number}"))
    return perf_counter() - begun


def plain_run(dice: Random) -> int:
    """A 3+3 escalation as a loop would do it: days counted from 0; gives the day on which it ends."""
    a_day, now, opens = GIVEN.arrival.a_day, 0.0, 0
    for dlt in GIVEN.dlt.values():
        dlts = size = 0
        while size < 6:
            last = 0
            for _ in range(3):
                while True:
                    now -= log(1 - dice.random()) / a_day
                    if dice.random() >= GIVEN.screen_failure:
                        break
                last = max(int(now) + 14, opens)
                dlts += dice.random() < dlt
            size, opens = size + 3, last + 29
            if dlts != 1:
                break
        if dlts > 1:
            break
    return opens


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

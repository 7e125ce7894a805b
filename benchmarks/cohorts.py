"""A cohort of 18 subjects of CC312, 9 of whom are dosed: its files read, each planned, the rest planned ahead.

Beside it stands the time for planning the same subjects one by one, without anything that binds them to each other.
Every round has a site of its own, so that nothing that is kept for a site helps the next round.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from trialcal.cohort import Cohort, Member
from trialcal.cohort_plan import cohort_plan
from trialcal.files.cohorts import CohortFile, load_cohort
from trialcal.plan import plan
from trialcal.site import Closure, Site, Weekend

SUBJECTS, DOSED, ROUNDS, LIMIT = 18, 9, 21, 50.0
TODAY = date(2025, 4, 20)
OVERLAY = """\
extends: cc312
id: cc312-site
periods: {dlt: {name: DLT observation, from: priming, until: 28 d after priming}}
escalation: {dlt_period: dlt, complete: the day after}
staggers: {sentinel: {subject: 2, after: first, at_least: 7 d, opens: the day after}}
reviews: {board: {after: 3, opens: the day after, meets: Wed}}
gates: {fourth: {subject: 4 and on, waits_for: board}}
"""


def report() -> list[tuple[str, str]]:
    """Time the cohort; give names and lines."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        write_cohort(here)
        before = Path.cwd()
        os.chdir(here)
        try:
            read = _timed(lambda: load_cohort(here, here, TODAY))
            found = load_cohort(here, here, TODAY).found
        finally:
            os.chdir(before)
    assert found is not None
    together = _timed(lambda: _planned(found))
    alone = _timed(lambda: _alone(found))
    verdict = "ok" if together <= LIMIT else "TOO SLOW"
    return [
        (
            f"trialcal cohort, {SUBJECTS} subjects of cc312 in process, {DOSED} dosed and {SUBJECTS - DOSED} to come",
            f"{together:.1f} ms (limit {LIMIT:.0f} ms) {verdict}; their plans one by one {alone:.1f} ms: "
            f"{together / alone:.1f} times; reading their files {read:.1f} ms",
        )
    ]


def write_cohort(here: Path) -> None:
    """Write the files: three dose groups, the first subjects dosed a week apart."""
    (here / "cc312-site.yaml").write_text(OVERLAY, encoding="utf-8")
    names = [f"C-{number:03}" for number in range(1, SUBJECTS + 1)]
    text = f"cohort: benchmark\nprotocol: cc312-site.yaml\nsubjects: [{', '.join(names)}]\n"
    (here / "cohort.yaml").write_text(text, encoding="utf-8")
    for number, name in enumerate(names):
        lines = [f"subject: {name}", "protocol: cc312-site.yaml"]
        if number < DOSED:
            day = date(2024, 9, 2) + timedelta(weeks=2 * number + 4 * (number // 3))
            lines += [f"dose_group: group-{number // 3 + 1}", "visits:", f"  priming: {{actual: {day}}}"]
            if day + timedelta(days=29) <= TODAY:
                lines.append(f"dlt: {{outcome: none, on: {day + timedelta(days=29)}, by: PI}}")
        (here / f"{name}.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _planned(found: CohortFile) -> object:
    site = Site(closures=(Closure((Weekend(),), "weekend"),))
    members = tuple(Member(plan(each.protocol, each.subject, site), each.file) for each in found.subjects)
    return cohort_plan(Cohort(found.protocol, site, members, is_ordered=True), TODAY)


def _alone(found: CohortFile) -> object:
    site = Site(closures=(Closure((Weekend(),), "weekend"),))
    return [plan(each.protocol, each.subject, site) for each in found.subjects]


def _timed(work: Callable[[], object]) -> float:
    """Give the median of some rounds in milliseconds; the first one is not counted."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        start = perf_counter()
        work()
        rounds.append((perf_counter() - start) * 1000)
    return median(rounds)

"""A site's real days: start dates, a plan with closures, and "why not", in process and as a whole command.

Beside them stands what someone might write by hand: a loop over start dates that adds days and asks whether each is
on a weekday. It knows no windows, no rules and no holidays, and moves nothing; it shows what all of that costs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.planning import ROWS
from trialcal.files.library import bundled, folders, read_file
from trialcal.files.sites import quick_site
from trialcal.plan import plan
from trialcal.site import Site
from trialcal.starts import starts_of
from trialcal.subject import Dated, Subject
from trialcal.why import why

FIRST = date(2025, 1, 1)
STARTS = [FIRST + timedelta(days=number) for number in range(365)]
ROUNDS = 5
PER_START, ONE_WHY, ONE_PLAN, COMMAND = 0.3, 100.0, 3.0, 1000.0  # milliseconds
SITES: tuple[tuple[str, list[str]], ...] = (
    ("China's holidays", []),
    ("China's holidays and weekends", ["--closed", "weekends"]),
)


def report() -> list[tuple[str, str]]:
    """Time starts, a plan with closures, and why; give a name and a line for each."""
    here = Path.cwd()
    protocol, problems = read_file(bundled() / "cc312.yaml", folders(here), here)
    assert protocol is not None, problems
    lines = []
    loop = _best(lambda: [by_hand(day) for day in STARTS]) / len(STARTS)
    for name, words in SITES:
        site, wrong = quick_site(words[1:], "CN", None)
        assert site is not None, wrong

        def looked_at(site: Site = site) -> object:
            return list(starts_of(protocol, Subject(), site, "dose-1", STARTS))

        looked_at()
        mine = _best(looked_at) / len(STARTS)
        told = f"{_judged(mine, PER_START)}; a loop over weekdays by hand {loop:.4f} ms: {mine / loop:.0f} times"
        lines.append((f"one start of cc312 with {name}, of 365", told))
        command = ["starts", "--protocol", "cc312", "--from", "2025-01-01", "--to", "2025-12-31", "--holidays", "CN"]
        whole = _best(partial(_run, [*command, *words]))
        nothing = _best(lambda: _run(["--version"]))
        told = f"{_judged(whole, COMMAND)}; --version {nothing:.0f} ms: {whole / nothing:.1f} times"
        lines.append((f"trialcal starts, 365 days of cc312 with {name}", told))
    site, _ = quick_site(["weekends"], "CN", None)
    assert site is not None
    subjects = [Subject("", {"dose-1": Dated(day)}) for day in STARTS]
    first = _timed(partial(plan, protocol, subjects[0], site))  # works out which days of some years are open
    spent = [_timed(partial(plan, protocol, subject, site)) for subject in subjects]
    lines.append(("one plan of cc312 with closures, median of 365 starts", _judged(median(spent), ONE_PLAN)))
    lines.append(("the first of them, which works out the open days", f"{first:.3g} ms"))
    asked = [
        _timed(partial(why, protocol, subjects[58], site, visit.id, STARTS[58] + timedelta(days=days)))
        for visit in protocol.visits
        for days in range(-7, 35)
    ]
    lines.append((f"why, median of {len(asked)} questions", _judged(median(asked), ONE_WHY)))
    lines.append(("the slowest of them", _judged(max(asked), ONE_WHY)))
    return lines


def by_hand(start: date) -> bool:
    """Tell whether all visits of cc312 are on weekdays, as a loop."""
    return all((start + timedelta(days=offset)).weekday() < 5 for _, offset, _, _ in ROWS)


def _judged(spent: float, limit: float) -> str:
    return f"{spent:.3g} ms (limit {limit:g} ms) {'ok' if spent <= limit else 'TOO SLOW'}"


def _best(run: Callable[[], object]) -> float:
    return min(_timed(run) for _ in range(ROUNDS))


def _timed(run: Callable[[], object]) -> float:
    begun = perf_counter()
    run()
    return (perf_counter() - begun) * 1000


def _run(arguments: list[str]) -> None:
    subprocess.run([sys.executable, "-m", "trialcal", *arguments], check=False, capture_output=True)


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

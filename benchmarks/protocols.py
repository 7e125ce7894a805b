"""Every bundled protocol written out, with ten cycles where there are cycles, and planned, subject after subject.

Nothing is kept between two subjects here: each is written out anew, and its network made anew, although in use equal
choices share both. Beside it stands the reading of the file, which every command does once.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from datetime import date
from pathlib import Path
from statistics import median
from time import perf_counter

from trialcal.expanding import expand
from trialcal.files.library import bundled, folders, read_file
from trialcal.naming import Unseen
from trialcal.plan import plan
from trialcal.problems import Report
from trialcal.protocol import Choices, Protocol
from trialcal.subject import Dated, Subject

LIMIT = 10.0  # ms
CYCLES = 10
ROUNDS = 31


def report() -> list[tuple[str, str]]:
    """Time each protocol; give a name and a line."""
    return [(path.stem, _line(path)) for path in sorted(bundled().glob("*.yaml"))]


def _line(path: Path) -> str:
    here = Path.cwd()

    def read() -> Protocol:
        protocol, problems = read_file(path, folders(here), here)
        assert protocol is not None, problems
        return protocol

    protocol = read()
    counts = tuple((cycles.id, min(CYCLES, cycles.most_count or CYCLES)) for cycles in protocol.cycles)
    choices = Choices(counts=tuple(sorted(counts)))

    def written_out() -> Protocol:
        assert protocol.written is not None
        return expand(protocol.written, choices, Unseen(), Report())

    def both() -> object:
        one = written_out()
        return plan(one, Subject("", {one.start: Dated(date(2025, 3, 3))}))

    visits, expanding, whole, reading = len(written_out().visits), _time(written_out), _time(both), _time(read, 3)
    verdict = "ok" if whole <= LIMIT else "TOO SLOW"
    return (
        f"{visits} visits: {whole:.2f} ms (limit {LIMIT:.0f} ms) {verdict}, of which writing out {expanding:.2f} ms; "
        f"reading the file {reading:.0f} ms, {reading / whole:.1f} times"
    )


def _time(work: Callable[[], object], rounds: int = ROUNDS) -> float:
    """Give the median time of one call in milliseconds."""
    work()
    times = []
    gc.disable()
    for _ in range(rounds):
        begun = perf_counter()
        work()
        times.append(perf_counter() - begun)
    gc.enable()
    return 1000 * median(times)

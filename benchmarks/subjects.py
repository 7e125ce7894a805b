"""Many subjects: a roster of 100,000 as a whole process, from the table to CSV on the disk.

Beside it stands a loop that reads the same table and writes as many bytes, of which it makes nothing new: less than
that nobody can need.
"""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

SUBJECTS = 100_000
STARTS = 730
ROUNDS = 3
SECONDS, MEGABYTES = 3.0, 100
WHOLE = """
import pathlib, re, resource, sys
from trialcal.cli import main

sys.argv = ["trialcal", *sys.argv[1:]]
try:
    main()
finally:
    status = pathlib.Path("/proc/self/status")  # Linux: of this process alone, not of the one that it was made from
    own = re.search("VmHWM:\\s*([0-9]+)", status.read_text()) if status.exists() else None
    unit = 1 << 20 if sys.platform == "darwin" else 1 << 10
    print(int(own[1]) >> 10 if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit)
"""


def report() -> list[tuple[str, str]]:
    """Time the roster; give a name and a line."""
    with TemporaryDirectory() as folder:
        here = Path(folder)
        write_roster(here / "starts.csv")
        runs = [whole(here) for _ in range(ROUNDS)]
        seconds, megabytes = median(run[0] for run in runs), max(run[1] for run in runs)
        size = (here / "out.csv").stat().st_size
        copied = copy(here / "starts.csv", here / "copy.csv", size)
    verdict = "ok" if seconds <= SECONDS and megabytes <= MEGABYTES else "TOO MUCH"
    return [
        (
            f"trialcal plan --roster, {SUBJECTS:,} subjects of cc312 with {STARTS} different starts",
            f"{seconds:.2f} s, {megabytes} MB (limits {SECONDS:.0f} s, {MEGABYTES} MB) {verdict}; "
            f"{size / 1e6:.0f} MB of CSV; reading the table and writing as many bytes {copied:.2f} s",
        )
    ]


def write_roster(path: Path) -> None:
    """A table of subjects whose starts are spread over all days."""
    first = date(2025, 1, 1)
    with path.open("w", encoding="utf-8") as file:
        file.write("subject,start\n")
        file.writelines(f"S-{n:06},{first + timedelta(days=n * 7919 % STARTS)}\n" for n in range(SUBJECTS))


def whole(here: Path) -> tuple[float, int]:
    """Seconds and megabytes of the whole command."""
    command = [sys.executable, "-c", WHOLE, "plan", "--roster", "starts.csv", "-p", "cc312", "-o", "out.csv"]
    begun = perf_counter()
    done = subprocess.run(command, cwd=here, check=True, capture_output=True, text=True)
    return perf_counter() - begun, int(done.stdout)


def copy(source: Path, target: Path, size: int) -> float:
    """Seconds to read the table as CSV and to write as many bytes for each row, and wait for the disk."""
    begun = perf_counter()
    piece = b"x" * (size // SUBJECTS)
    with source.open(encoding="utf-8", newline="") as table, target.open("wb", buffering=1 << 19) as file:
        for _ in csv.reader(table):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    return perf_counter() - begun


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

"""Findings of tables of visits: the whole process, beside `trialcal --version`, and the time for each row.

The table is that of the CDISC pilot study (153 subjects, 1,824 rows), where its data lie beside the project; else one
of as many rows that is made here. The large table is that one, again and again, with new subjects.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

DATA = Path(__file__).parent.parent.parent / "shared" / "data" / "lzzt" / "visits.csv"
HEAD = ("USUBJID", "VISITNUM", "SVSTDTC")
ROWS = 1_824
LIMIT = 1.0  # seconds for these
MANY = 100_000
ROUNDS = 9
WEEKS = {"3": 0, "4": 2, "5": 4, "7": 6, "8": 8, "9": 12, "10": 16, "11": 20, "12": 24, "13": 26}

Table = list[tuple[str, str, str]]


def report() -> list[tuple[str, str]]:
    """Time both tables; give a name and a line for each."""
    table = real() if DATA.is_file() else made(ROWS)
    what = "the CDISC pilot study" if DATA.is_file() else "a table made here"
    with TemporaryDirectory() as folder:
        small, large = Path(folder) / "small.csv", Path(folder) / "large.csv"
        write(small, table)
        write(large, repeated(table, MANY))
        version = timed(["--version"], ROUNDS)
        few = timed(looking_at(small), ROUNDS)
        many = timed(looking_at(large), 1)
    verdict = "ok" if few <= LIMIT else "TOO SLOW"
    return [
        (
            f"deviations over {len(table):,} rows of {what}, whole process",
            f"{few * 1000:.0f} ms, --version {version * 1000:.0f} ms: {few / version:.1f} times "
            f"(limit {LIMIT:.0f} s) {verdict}",
        ),
        (
            f"deviations over {MANY:,} rows, whole process",
            f"{many:.1f} s: {many / few:.1f} times the above for {MANY / len(table):.1f} times the rows, "
            f"{many / MANY * 1e6:.0f} µs a row",
        ),
    ]


def real() -> Table:
    with DATA.open(encoding="utf-8", newline="") as file:
        return [(row["USUBJID"], row["VISITNUM"], row["SVSTDTC"]) for row in csv.DictReader(file)]


def made(count: int) -> Table:
    """Make rows of visits, each on its target or some days off it."""
    found: Table = []
    for n in range(count):
        subject, visit = divmod(n, len(WEEKS))
        number, weeks = list(WEEKS.items())[visit]
        off = (n * 7919) % 9 - 4 if weeks else 0
        day = date(2013, 1, 7) + timedelta(days=subject % 365, weeks=weeks) + timedelta(days=off)
        found.append((f"S-{subject:04}", number, day.isoformat()))
    return found


def repeated(table: Table, count: int) -> Table:
    return [(f"{table[n % len(table)][0]}-{n // len(table)}", *table[n % len(table)][1:]) for n in range(count)]


def write(path: Path, table: Table) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEAD)
        writer.writerows(table)


def looking_at(path: Path) -> list[str]:
    return ["deviations", "--visits", str(path), "--protocol", "lzzt", "--today", "2014-07-01", "--format", "csv"]


def timed(arguments: list[str], rounds: int) -> float:
    """Give the median time of a whole process, in seconds; once before, where it is timed more than once."""
    spent = []
    for _ in range(rounds + (rounds > 1)):
        begun = perf_counter()
        subprocess.run(
            [sys.executable, "-c", "from trialcal.cli import main; main()", *arguments],
            check=False,  # 1 where there are findings
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        spent.append(perf_counter() - begun)
    return median(spent[-rounds:])


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

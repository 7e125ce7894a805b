"""The dates of NCT01847274 (niraparib, main study), worked from its tables with datetime.date; prints the CSV.

The first dose is on 2025-03-03, a Monday; the last dose on 2025-10-10, a Friday. Columns: visit, target,
window_start, window_end. Cycles of 28 days are fixed: Cycle 8 begins on 2025-09-15, Cycle 9 after the last dose.
"""

from datetime import date, timedelta

FIRST_DOSE = date(2025, 3, 3)
LAST_DOSE = date(2025, 10, 10)
PENDING = [
    "early-brca",
    "brca-tested",
    "hematologic-toxicity",
    "toxicity-resolved",
    "ca125-progression",
    "ca125-confirmation",
    "study-end",
]
PENDING += [f"{entry}-{number}" for entry in ("weekly-cbc", "cbc-after") for number in (1, 2, 3, 4)]


def row(visit: str, target: date | str = "", start: date | str = "", end: date | str = "") -> None:
    """Print one line."""
    print(visit, target, start, end, sep=",")


def around(visit: str, target: date, days: int) -> None:
    """Print one line with so many days before and after the target."""
    row(visit, target, target - timedelta(days), target + timedelta(days))


print("visit,target,window_start,window_end")
for pending in PENDING:
    row(pending)

# Days -28 to -1, and 72 hours before the first dose: three dates back
row("screening", "", FIRST_DOSE - timedelta(28), FIRST_DOSE - timedelta(1))
row("randomization", "", FIRST_DOSE - timedelta(3), FIRST_DOSE)
row("first-dose", FIRST_DOSE)

# Cycle 1 has Days 1, 8, 15 and 21; the other cycles have Day 1
for day in (1, 8, 15, 21):
    row(f"c1d{day}", FIRST_DOSE + timedelta(day - 1))
for cycle in range(2, 9):
    row(f"c{cycle}d1", FIRST_DOSE + timedelta(28 * (cycle - 1)))
for cycle in (4, 7):
    row(f"pregnancy-test-c{cycle}", FIRST_DOSE + timedelta(28 * (cycle - 1)))

# Every 8 weeks while on treatment: week 32 would be 2025-10-13, after the last dose
for entry in ("tumor-assessment", "questionnaires"):
    for number in (1, 2, 3):
        target = FIRST_DOSE + timedelta(weeks=8 * number)
        if entry == "tumor-assessment":
            around(f"{entry}-{number}", target, 7)
        else:
            row(f"{entry}-{number}", target)

# After treatment: a visit within 7 days, questionnaires 8 weeks later, then every 90 days, shown for a year
row("last-dose")  # given as it happens: the tables state no target for it
row("discontinuation", "", LAST_DOSE, LAST_DOSE + timedelta(7))
around("questionnaires-after", LAST_DOSE + timedelta(weeks=8), 14)
for number in (1, 2, 3, 4):
    row(f"post-treatment-{number}", LAST_DOSE + timedelta(90 * number))

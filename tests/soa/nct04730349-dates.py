"""The dates of CA045020 (NCT04730349), worked from the tables alone with datetime.date; prints the CSV.

Cycle 1 Day 1 is 2025-03-03, a Monday; six cycles of 3 weeks; a participant of Part B. "Within 14 days prior" and the
like run up to and including the day of the first dose. Columns: visit, target, window_start, window_end.
"""

from datetime import date, timedelta

START = date(2025, 3, 3)
PENDING = [
    "consent",
    "treatment-assignment",
    "discontinuation",
    "progression",
    "end-of-study",
    "imaging-end",
    "echocardiogram",
]


def row(visit: str, target: date | str = "", start: date | str = "", end: date | str = "") -> None:
    """Print one line."""
    print(visit, target, start, end, sep=",")


def around(visit: str, target: date, before: int, after: int) -> None:
    """Print one line with so many days before and after the target."""
    row(visit, target, target - timedelta(days=before), target + timedelta(days=after))


print("visit,target,window_start,window_end")
for visit in PENDING:
    row(visit)

# Screening: ranges that end with the first dose
for visit, days in [
    ("screening", 14),
    ("screening-imaging", 28),
    ("viral-testing", 28),
    ("screening-marrow", 28),
    ("screening-csf", 7),
]:
    row(visit, "", START - timedelta(days=days), START)

# Day 1 of each cycle; Cycle 1 has Days 3, 5 and 8, Cycle 5 has Days 3 and 5
day_1 = {cycle: START + timedelta(weeks=3 * (cycle - 1)) for cycle in range(1, 7)}
for cycle, day in day_1.items():
    row(f"c{cycle}d1", day)
around("c1d3", date(2025, 3, 5), 1, 1)
around("c1d5", date(2025, 3, 7), 1, 1)
around("c1d8", date(2025, 3, 10), 1, 0)
row("c5d3", day_1[5] + timedelta(days=2))
row("c5d5", day_1[5] + timedelta(days=4))

# Oral hydration follow-up on any of Days 3 to 5
for cycle, day in day_1.items():
    entry = "hydration" if cycle <= 2 else "hydration-later"
    row(f"{entry}-c{cycle}", "", day + timedelta(days=2), day + timedelta(days=4))

# Questionnaires: weekly in Cycles 1 to 3, then every cycle from Cycle 4 to 8
for cycle in (1, 2, 3):
    for number in (1, 8, 15):
        row(f"pro-weekly-c{cycle}d{number}", day_1[cycle] + timedelta(days=number - 1))
for cycle in (4, 5, 6):
    row(f"pro-later-c{cycle}", day_1[cycle])

# Imaging: every 9 weeks up to 54, then every 12, shown for two years
for entry in ("body-imaging", "brain-imaging"):
    for number, week in enumerate([9, 18, 27, 36, 45, 54, 66, 78, 90, 102], start=1):
        around(f"{entry}-{number}", START + timedelta(weeks=week), 7, 7)

# Follow-up: 30, 100 and 150 days after the last dose, which is Cycle 6 Day 1, 2025-06-16
for number, days in [(1, 30), (2, 100), (3, 150)]:
    around(f"safety-{number}", day_1[6] + timedelta(days=days), 7, 7)

# Every 3 months after Safety Follow-up Visit 3 (2025-11-13), shown for a year; months by hand
for number, day in enumerate([date(2026, 2, 13), date(2026, 5, 13), date(2026, 8, 13), date(2026, 11, 13)], start=1):
    around(f"survival-{number}", day, 14, 14)

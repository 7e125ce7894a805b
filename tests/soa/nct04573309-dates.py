"""Print the dates of every visit of NCT04573309 where the first dose (Day 1) is on 2025-06-02, as CSV.

Written from the table of the study: days counted from the first dose, without a Day 0; a column of several days
begins on its first day; 2 days to either side on Day 54, and no other window printed. The urine pregnancy tests are
every 4 weeks from check-in on, until the end of the study. Plain calendar arithmetic, and nothing else.
"""

from datetime import date, timedelta

DAY_1 = date(2025, 6, 2)


def study_day(number: int) -> date:
    """Give the date of a study day; the day before Day 1 is Day -1."""
    return DAY_1 + timedelta(number - 1 if number > 0 else number)


def on_day(visit: str, number: int) -> None:
    """Print a visit on its day, for which no window is printed."""
    print(visit, study_day(number), "", "", sep=",")


def between(visit: str, first: int, last: int) -> None:
    """Print a visit that may be on any day of a range."""
    print(visit, "", study_day(first), study_day(last), sep=",")


print("visit,target,window_start,window_end")
between("screening", -42, -9)
for visit, day in (
    ("zinc-stop", -21),
    ("check-in", -8),
    ("enrollment", -7),
    ("minus-6-5", -6),
    ("minus-4-1", -4),
    ("safety-labs-1", -1),
    ("d1", 1),
    ("days-2-3", 2),
    ("days-4-7", 4),
    ("d8", 8),
    ("d9", 9),
    ("days-10-22", 10),
):
    on_day(visit, day)
between("outpatient-contact", 14, 18)
between("outpatient-labs", 14, 18)
on_day("readmission", 22)
for visit, day in (
    ("d23", 23),
    ("d24", 24),
    ("d25", 25),
    ("days-26-28", 26),
    ("safety-labs-2", 28),
    ("d29", 29),
    ("days-30-35", 30),
    ("d36", 36),
    ("days-37-38", 37),
    ("d39", 39),
    ("d40", 40),
):
    on_day(visit, day)
test, number = study_day(-8) + timedelta(weeks=4), 1
while test <= study_day(54):
    print(f"pregnancy-test-{number}", test, "", "", sep=",")
    test, number = test + timedelta(weeks=4), number + 1
print("end-of-study", study_day(54), study_day(52), study_day(56), sep=",")
for event in ("medication-stop", "early-termination", "unscheduled"):
    print(f"{event},,,")

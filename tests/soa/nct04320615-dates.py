"""Print the dates of every visit of NCT04320615 where the initial infusion begins on 2025-03-03 at 10:00, as CSV.

Written from the tables of the study: days counted from the infusion on Day 1, with a Day 0 before it (screening is
Days -2 to 0), and 3 days to either side where the table or its footnotes say so. Plain calendar arithmetic, and
nothing else.
"""

from datetime import date, datetime, timedelta

INFUSION = datetime(2025, 3, 3, 10)
DAY_1 = INFUSION.date()


def study_day(number: int) -> date:
    """Give the date of a study day; Day 0 is the day before Day 1."""
    return DAY_1 + timedelta(number - 1)


def on_day(visit: str, number: int, either_side: int = 0) -> None:
    """Print a visit on its day; no window where none is stated."""
    target = study_day(number)
    window = (target - timedelta(either_side), target + timedelta(either_side)) if either_side else ("", "")
    print(visit, target, *window, sep=",")


def between(visit: str, first: date, last: date) -> None:
    """Print a visit that may be on any day of a range."""
    print(visit, "", first, last, sep=",")


print("visit,target,window_start,window_end")
between("informed-consent", study_day(-2), study_day(0))
between("screening", study_day(-2), study_day(0))
on_day("randomization", 1)
on_day("infusion", 1)
between("second-infusion", (INFUSION + timedelta(hours=8)).date(), (INFUSION + timedelta(hours=24)).date())
for number in range(1, 29):
    on_day(f"study-day-{number}", number)
for event in ("discharge", "end-of-daily-visits", "weekly-return-1", "weekly-return-2", "weekly-return-3"):
    print(f"{event},,,")
on_day("return-day-28", 28, 3)
on_day("follow-up-35", 35, 3)
on_day("follow-up-45", 45, 3)
on_day("study-completion", 60, 3)
print("discontinuation,,,")

"""Print the dates of every visit of the CDISC pilot study where Visit 3 is on 2014-01-02, as CSV.

Written from the table of the study (weeks from Visit 3), the windows that its page 9 states (3 or 4 days) and, for
the visits that the table does not date, the study's dataset of planned visits. Plain calendar arithmetic, and nothing
else.
"""

from datetime import date, timedelta

VISIT_3 = date(2014, 1, 2)
WEEKS = {4: 2, 5: 4, 7: 6, 8: 8, 9: 12, 10: 16, 11: 20, 12: 24, 13: 26}
DAYS_EITHER_SIDE = {4: 3, 5: 3, 7: 3, 8: 3, 9: 4, 10: 4, 11: 4, 12: 4, 13: 3}
TELEPHONE = (8, 9, 10, 11)  # and two weeks after the visit


def row(visit: str, target: date, either_side: int = 0) -> None:
    """Print one line; no window where none is stated."""
    window = (target - timedelta(either_side), target + timedelta(either_side)) if either_side else ("", "")
    print(visit, target, *window, sep=",")


print("visit,target,window_start,window_end")
row("v1", VISIT_3 - timedelta(weeks=2))
row("v2", VISIT_3 - timedelta(days=2))
row("v3", VISIT_3)
for number, weeks in WEEKS.items():
    day = VISIT_3 + timedelta(weeks=weeks)
    if number == 4:
        row("v3-5", day - timedelta(days=1))
    row(f"v{number}", day, DAYS_EITHER_SIDE[number])
    if number == 5:
        row("v6", day + timedelta(days=1))
    if number in TELEPHONE:
        row(f"v{number}-1", day + timedelta(weeks=2))
print("et,,,")
row("rt", VISIT_3 + timedelta(weeks=24))
for event in ("ae-follow-up", "final-visit", "rash-follow-up"):
    print(f"{event},,,")

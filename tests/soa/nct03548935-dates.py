"""Print the dates of every visit of NN9536-4373 (NCT03548935) where V2, randomisation, is on 2025-03-03, as CSV.

Written from the table: weeks from randomisation and the days of the window around each. The DEXA scan is footnote e:
on any day from V1 on; before V2 is a rule between the two, and no window. Plain calendar arithmetic, nothing else.
"""

from datetime import date, timedelta

RANDOMISATION = date(2025, 3, 3)
WEEKS = [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 36, 40, 44, 48, 52, 56, 60, 64, 68]  # V3 to V24
PHONE = [5, 7, 9, 11, 13, 15, 17, 19, 21, 23]


def row(visit: str, week: int, before: int, after: int) -> None:
    """Print one line: the target and the days around it."""
    target = RANDOMISATION + timedelta(weeks=week)
    print(visit, target, target - timedelta(before), target + timedelta(after), sep=",")


print("visit,target,window_start,window_end")
row("v1", -1, 7, 0)
print("dexa", "", RANDOMISATION - timedelta(weeks=1), "", sep=",")
print("v2", RANDOMISATION, "", "", sep=",")
for number, week in enumerate(WEEKS, start=3):
    row(f"{'p' if number in PHONE else 'v'}{number}", week, 3, 3)
row("v25", 75, 0, 5)

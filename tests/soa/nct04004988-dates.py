"""Print the dates of every visit of I8F-MC-GPGS (NCT04004988), Day 1 of Period 1 on 2025-03-03, as CSV.

Written from the table: the days of each period count from its own Day 1 (no Day 0), and at least 35 days lie between
the two. Only the first possible Day 1 of Period 2 is known, and its other days are those that follow from it. The
visit for early discontinuation has no date. Plain calendar arithmetic, and nothing else.
"""

from datetime import date, timedelta

DAY_1 = date(2025, 3, 3)
DAYS = [-1, 1, 2, 3, 4, 5, 6, 7, 8, 15, 21, 36]


def on(first: date, day: int) -> date:
    """Give a day of a period: Day 1 is its first, Day -1 the day before."""
    return first + timedelta(day - 1 if day > 0 else day)


print("visit,target,window_start,window_end")
print("screening", "", on(DAY_1, -28), on(DAY_1, -2), sep=",")
for period, first in ((1, DAY_1), (2, DAY_1 + timedelta(35))):
    for day in DAYS:
        visit, target = f"p{period}d{day}", on(first, day)
        if day == 36:
            print(visit, target, target - timedelta(1), target + timedelta(1), sep=",")
        elif visit == "p2d1":
            print(visit, "", target, "", sep=",")
        else:
            print(visit, target, "", "", sep=",")
for event in ("early-discontinuation", "ed"):
    print(f"{event},,,")

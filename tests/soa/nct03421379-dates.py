"""Print the dates of examples/nct03421379 as CSV: plain date arithmetic on the printed table, without trialcal.

The study treatment of Period 1 is on 3 March 2025. That of Period 2 may be 3 to 14 days later, and is planned on the
first of these days: what follows is counted from it. `target` is empty where a visit is a range of days, and all is
empty where a visit is pending.
"""

from datetime import date, timedelta

PERIOD_1 = date(2025, 3, 3)
PERIOD_2 = date(2025, 3, 6)  # the first day that the wash-out of 3 to 14 days allows


def days(count: int) -> timedelta:
    """Give so many days."""
    return timedelta(days=count)


def row(visit: str, target: date | None = None, start: date | None = None, end: date | None = None) -> None:
    """Print one visit."""
    print(visit, *(text.isoformat() if text else "" for text in (target, start, end)), sep=",")


print("visit,target,window_start,window_end")
row("screening", None, PERIOD_1 - days(28), PERIOD_1 - days(2))  # Days -28 to -2
row("p1d-1", PERIOD_1 - days(1))
row("p1d1", PERIOD_1)
row("p2d-1", PERIOD_2 - days(1))
row("p2d1", None, PERIOD_1 + days(3), PERIOD_1 + days(14))  # Wash out: 3 to 14 days
row("insulin-p1", PERIOD_1)  # the mark stands on Day 1 of both periods
row("insulin-p2", PERIOD_2)
FOLLOW_UP = PERIOD_2 + days(28)  # 28±2 days after last study treatment
row("follow-up", FOLLOW_UP, FOLLOW_UP - days(2), FOLLOW_UP + days(2))
for number in range(1, 5):  # every 12 weeks (84±7 days); the fifth would be later than 1 year after the last dose
    target = FOLLOW_UP + days(84 * number)
    row(f"ada-follow-up-{number}", target, target - days(7), target + days(7))
for pending in (
    "early-discontinuation",
    "titer-at-baseline",
    "hypersensitivity",
    "hypersensitivity-resolved",
    "hypersensitivity-30",
):
    row(pending)

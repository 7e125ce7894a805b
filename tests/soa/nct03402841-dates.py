"""Print the dates of examples/nct03402841 as CSV: plain date arithmetic on the printed table, without trialcal.

Day 1 is 3 March 2025. `target` is empty where a visit is a range of days, and all is empty where a visit is pending.
"""

from datetime import date, timedelta

DAY_1 = date(2025, 3, 3)
TWELVE_MONTHS = date(2026, 3, 3)  # 12 months after Day 1
EIGHTEEN_MONTHS = date(2026, 9, 3)  # how far tumour assessments are planned


def days(count: int) -> timedelta:
    """Give so many days."""
    return timedelta(days=count)


def row(visit: str, target: date | None = None, start: date | None = None, end: date | None = None) -> None:
    """Print one visit."""
    print(visit, *(text.isoformat() if text else "" for text in (target, start, end)), sep=",")


print("visit,target,window_start,window_end")
for pending in ("consent", "tissue-check"):
    row(pending)
for visit in ("screening", "repeat-tests", "baseline-scan", "biopsy"):  # "-28 to -1"; no more than 28 days before
    row(visit, None, DAY_1 - days(28), DAY_1 - days(1))
row("v2", DAY_1)
row("tissue-shipment", None, DAY_1)  # not before Day 1
row("v3", DAY_1 + days(28), DAY_1 + days(25), DAY_1 + days(31))  # Day 29 is 28 days after Day 1

# V4 = Day 57, thereafter every 8 weeks for the first 12 months; every 12 weeks thereafter
tumour = [DAY_1 + days(56)]
while tumour[-1] + days(56) <= TWELVE_MONTHS:
    tumour.append(tumour[-1] + days(56))
while tumour[-1] + days(84) <= EIGHTEEN_MONTHS:
    tumour.append(tumour[-1] + days(84))
for number, day in enumerate(tumour, start=1):
    row(f"tumour-visit-{number}", day, day - days(7), day + days(7))

# V5 = Day 85 and thereafter every 8 weeks, for the first 12 months only
safety = [DAY_1 + days(84)]
while safety[-1] + days(56) <= TWELVE_MONTHS:
    safety.append(safety[-1] + days(56))
for number, day in enumerate(safety, start=1):
    row(f"safety-visit-{number}", day, day - days(3), day + days(3))

# +/- 2 days for the dispensing at Visit 3 and at the tumour assessment visits
row("dispensing-v3", DAY_1 + days(28), DAY_1 + days(26), DAY_1 + days(30))
for number, day in enumerate(tumour, start=1):
    row(f"dispensing-{number}", day, day - days(2), day + days(2))

for pending in ("progression", "discontinuation", "discontinuation-visit", "last-dose", "follow-up"):
    row(pending)
row("subsequent-therapy")
for number in range(1, 5):  # every 12 weeks for a year: 84, 168, 252, 336 days after a date that nobody knows
    row(f"survival-{number}")
row("end-of-follow-up")

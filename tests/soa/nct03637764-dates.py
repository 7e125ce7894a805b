"""Print the dates of examples/nct03637764 as CSV: plain date arithmetic on the printed table, without trialcal.

Day 1 of Cycle 1 is 3 March 2025, there are four cycles, and the tumour is HCC. `target` is empty where a visit is a
range of days, and all is empty where a visit is pending.
"""

from datetime import date, timedelta

DAY_1 = date(2025, 3, 3)
LAST_DOSE = date(2025, 5, 5)  # Day 1 of Cycle 4: 63 days after Day 1 of Cycle 1
FIVE_MONTHS_LATER = date(2025, 10, 5)
A_YEAR_LATER = date(2026, 3, 3)  # how far imaging is planned


def days(count: int) -> timedelta:
    """Give so many days."""
    return timedelta(days=count)


def row(visit: str, target: date | None = None, start: date | None = None, end: date | None = None) -> None:
    """Print one visit."""
    print(visit, *(text.isoformat() if text else "" for text in (target, start, end)), sep=",")


print("visit,target,window_start,window_end")
row("screening-early", None, DAY_1 - days(28), DAY_1 - days(15))  # D-28 to D-15
row("screening-late", None, DAY_1 - days(14), DAY_1 - days(1))  # D-14 to D-1
row("physical-screening", None, DAY_1 - days(6), DAY_1 - days(1))  # <7 days prior to first dose
row("pregnancy-screening", None, DAY_1 - days(7), DAY_1 - days(1))  # within 7 days prior to first dose
row("c1d1", DAY_1)
for day in (8, 15):  # D8 (± 1), D15 (±1)
    target = DAY_1 + days(day - 1)
    row(f"c1d{day}", target, target - days(1), target + days(1))
for cycle in (2, 3, 4):  # D1 (± 2); a cycle is 21 days
    target = DAY_1 + days(21 * (cycle - 1))
    row(f"c{cycle}d1", target, target - days(2), target + days(2))

weeks = [9, 18, 27]  # Weeks 9, 18, 27, and then every 12 weeks
while DAY_1 + days(7 * (weeks[-1] + 12)) <= A_YEAR_LATER:
    weeks.append(weeks[-1] + 12)
for number, week in enumerate(weeks, start=1):
    row(f"ct-mri-{number}", DAY_1 + days(7 * week))

row("progression")
row("treatment-stop")
# (±7) days after last IMPs admin
for visit, after in (("end-of-treatment", 30), ("safety-60", 60), ("safety-90", 90)):
    target = LAST_DOSE + days(after)
    row(visit, target, target - days(7), target + days(7))

number = 1  # every 30±7 days until 5 months after last dose of study treatment
while LAST_DOSE + days(30 * number) <= FIVE_MONTHS_LATER:
    target = LAST_DOSE + days(30 * number)
    row(f"pregnancy-follow-up-{number}", target, target - days(7), target + days(7))
    number += 1

for number in range(1, 5):  # every 90 days (±7) after last safety follow-up, planned for one year
    target = LAST_DOSE + days(90) + days(90 * number)
    row(f"survival-{number}", target, target - days(7), target + days(7))
row("end-of-follow-up")

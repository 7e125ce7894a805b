"""Work out the dates of examples/nct04557384 from the table alone: Day 1 of Cycle 1 is Monday 3 March 2025.

Cohort A, five cycles of 21 days. Prints the CSV.
"""

from datetime import date, timedelta

DAY = timedelta(days=1)
FIRST = date(2025, 3, 3)


def show(visit, target="", start="", end=""):
    print(f"{visit},{target},{start},{end}")


def around(visit, target, days):
    show(visit, target, target - days * DAY, target + days * DAY)


print("visit,target,window_start,window_end")
show("consent", "", FIRST - 28 * DAY, FIRST - DAY)
show("screening-28", "", FIRST - 28 * DAY, FIRST - DAY)
show("screening-7", "", FIRST - 7 * DAY, FIRST - DAY)

show("c1d1", FIRST)
show("c1d2", FIRST + DAY)  # no window printed
around("c1d4", FIRST + 3 * DAY, 1)
around("c1d8", FIRST + 7 * DAY, 3)
around("c1d15", FIRST + 14 * DAY, 3)
around("c1d18", FIRST + 17 * DAY, 1)
for cycle in (2, 3, 4, 5):
    day_1 = FIRST + 21 * (cycle - 1) * DAY
    around(f"c{cycle}d1", day_1, 3)
    around(f"c{cycle}d8", day_1 + 7 * DAY, 3)
    if cycle == 2:
        around("c2d11", day_1 + 10 * DAY, 1)
    around(f"c{cycle}d15", day_1 + 14 * DAY, 3)
    if cycle == 3:
        around("c3d18", day_1 + 17 * DAY, 1)
    if cycle in (2, 4):
        show(f"coagulation-c{cycle}", day_1)

for number in (1, 2, 3, 4):  # planned for 24 weeks
    show(f"ecg-{number}", FIRST + 42 * number * DAY)
show("thyroid-1", date(2025, 6, 3))
show("thyroid-2", date(2025, 9, 3))
for number in range(1, 7):
    show(f"pregnancy-test-{number}", date(2025, 3 + number, 3))
for number, week in enumerate((8, 16, 24, 36, 48), 1):  # every 8 weeks for 6 months, then every 12 weeks; for a year
    around(f"imaging-{number}", FIRST + 7 * week * DAY, 7)

# Without a date
show("end-of-treatment")
show("last-study-dose")
show("end-of-imaging")
show("consent-withdrawn")
show("visit-801")
show("continued-access")
show("continued-access-stop")
show("continued-access-last-dose")
show("visit-901")
show("hypersensitivity")
show("hypersensitivity-resolved")
show("hypersensitivity-day-30")

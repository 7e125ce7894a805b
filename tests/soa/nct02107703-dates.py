"""Work out the dates of examples/nct02107703 from the table alone: Day 1 of Cycle 1 is Monday 3 March 2025.

Randomization is on 27 February 2025, treatment is stopped on 10 October 2025, after 8 cycles. Prints the CSV.
"""

from datetime import date, timedelta

DAY = timedelta(days=1)
FIRST = date(2025, 3, 3)
RANDOMIZED = date(2025, 2, 27)
STOPPED = date(2025, 10, 10)


def show(visit, target="", start="", end=""):
    print(f"{visit},{target},{start},{end}")


print("visit,target,window_start,window_end")
show("consent", "", RANDOMIZED - 28 * DAY, RANDOMIZED)  # within 28 days prior to randomization
show("baseline-28", "", FIRST - 28 * DAY, FIRST - DAY)
show("baseline-14", "", FIRST - 14 * DAY, FIRST - DAY)

cycles = {number: FIRST + 28 * (number - 1) * DAY for number in range(1, 9)}
for number, day_1 in cycles.items():
    if number == 1:
        show("c1d1", day_1)
        show("c1d15", day_1 + 14 * DAY, day_1 + 11 * DAY, day_1 + 17 * DAY)  # 15±3
    else:
        show(f"c{number}d1", day_1, day_1, day_1 + 7 * DAY)  # delayed up to 7 days
    if number in (3, 5, 7):  # every second cycle beginning with Cycle 3
        show(f"imaging-c{number}", "", day_1, day_1 + 6 * DAY)
    if number == 7:  # every sixth cycle beginning with Cycle 7
        show(f"bone-scan-c{number}", "", day_1, day_1 + 6 * DAY)
    if number in (2, 3, 5, 7):
        show(f"questionnaires-c{number}", day_1)

short_term = STOPPED + 30 * DAY
show("visit-801", short_term)
for number in range(1, 5):  # every 12 weeks, ± 14 days; the fifth would be more than a year later
    target = short_term + 84 * number * DAY
    show(f"long-term-{number}", target, target - 14 * DAY, target + 14 * DAY)

show("end-of-cycle-imaging", STOPPED)  # no objective progression was seen before

# Given, or without a date
show("randomization")
show("discontinuation")
show("clinical-progression")
show("progression-imaging")
show("bone-scan-event")
show("end-of-follow-up")

"""Cycles and repeats counted a second time, with the calendar module and nothing of trialcal.

Written from the language page: which dates a file means. Small and slow on purpose: one loop for each rule.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta


def months_after(day: date, months: int) -> date:
    """The same day of a later month, or that month's last day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def day_in_cycle(first: date, day: int) -> date:
    """A day of a cycle whose Day 1 is known; Day -1 is the day before."""
    return first + timedelta(days=day - 1 if day > 0 else day)


def first_days(start: date, length: int, count: int, rhythm: str, late: dict[int, date]) -> list[tuple[date, date]]:
    """Each cycle's Day 1 as it is asked for, and as it is; `late` are the ones that were given."""
    found = []
    for cycle in range(1, count + 1):
        if cycle == 1:
            wanted = start
        elif rhythm == "fixed":
            wanted = found[0][1] + timedelta(days=length * (cycle - 1))
        else:
            wanted = found[-1][1] + timedelta(days=length)
        found.append((wanted, late.get(cycle, wanted)))
    return found


def dates_in_cycles(
    start: date, length: int, count: int, rhythm: str, late: dict[int, date], days: dict[int, list[int]]
) -> dict[str, date]:
    """What every visit asks for: `days` are the cycles of each day of a cycle."""
    firsts = first_days(start, length, count, rhythm, late)
    found = {}
    for day, cycles in days.items():
        for cycle in cycles:
            if cycle > count:
                continue
            if day == 1:
                wanted = firsts[cycle - 1][0]
            elif rhythm == "fixed":
                wanted = day_in_cycle(firsts[0][1], day) + timedelta(days=length * (cycle - 1))
            else:
                wanted = day_in_cycle(firsts[cycle - 1][1], day)
            found[f"c{cycle}d{day}"] = wanted
    return found


def repeat_in_days(first: int, stages: list[tuple[int, int]]) -> list[int]:
    """Days from the beginning at which a repeat happens: `first` (or none at 0), then each stage up to its end."""
    found = [first] if first else []
    at = first
    for every, until in stages:
        while at + every <= until:
            at += every
            found.append(at)
    return found

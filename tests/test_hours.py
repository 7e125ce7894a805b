"""Rows of hours from a known clock time, against every start at every quarter of an hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from test_plan import read

from trialcal.plan import plan
from trialcal.site import Site
from trialcal.subject import Dated, Subject

QUARTER = timedelta(minutes=15)
ZONES = [None, ZoneInfo("America/New_York"), ZoneInfo("Australia/Lord_Howe")]


def random_row(random):
    """`w` in a window around some hours after `a`, `f` some hours after `w`, perhaps a rule between `f` and `a`."""
    hours, wide = random.randint(0, 60), random.choice([0, 1, 4, 9])
    least = random.randint(0, 40)
    most = least + random.randint(0, 12)
    rule = random.choice([None, None, ("at_least", hours + least + wide), ("at_most", hours + most - wide // 2)])
    return hours, wide, least, most, rule


def as_yaml(hours, wide, least, most, rule):
    window = f", window: ±{wide} h" if wide else ""
    lines = [
        "id: row\ntitle: A row of hours\nstudy_day: {anchor: a, number: 0}\nstart: a\nvisits:",
        f"  a: {{at: Day 0}}\n  w: {{at: {hours} h after a{window}}}\n  f: {{at: {least}-{most} h after w}}",
    ]
    if rule:
        lines.append(f"rules:\n  - {{visit: f, {rule[0]}: {max(rule[1], 0)} h, after: a}}")
    return "\n".join(lines) + "\n"


def starts(begin, hours, wide, least, most, rule):
    """Give every pair of starts of `w` and `f` that holds, in UTC."""
    for n in range(-wide * 4, wide * 4 + 1):
        w = begin + timedelta(hours=hours) + n * QUARTER
        for k in range(least * 4, most * 4 + 1):
            f = w + k * QUARTER
            gap = f - begin
            bound = timedelta(hours=max(rule[1], 0)) if rule else timedelta(0)
            if rule is None or (gap >= bound if rule[0] == "at_least" else gap <= bound):
                yield w, f


@pytest.mark.parametrize("seed", range(300))
def test_days_and_clock_times_of_a_row(seed):
    random = Random(seed)
    row = random_row(random)
    zone = random.choice(ZONES)
    # around the nights of 2027 on which the clocks change: 14 March in New York, 4 April on Lord Howe Island
    local = datetime(2027, random.choice([3, 4]), random.randint(1, 16), random.choice([6, 12, 20, 23]), 0)
    begin = local.replace(tzinfo=zone or UTC).astimezone(UTC)
    holds = list(starts(begin, *row))
    schedule = plan(read(as_yaml(*row)), Subject("", {"a": Dated(local.date(), local)}), Site(zone=zone))
    visits = {visit.id: visit for visit in schedule.visits}
    assert schedule.feasible == bool(holds)
    if not holds:
        return
    for name, moments in (("w", [w for w, _ in holds]), ("f", [f for _, f in holds])):
        visit = visits[name]
        days = {moment.astimezone(zone or UTC).date() for moment in moments}
        assert (visit.earliest, visit.latest) == (min(days), max(days)), name
        assert visit.planned in days, name
    assert any(
        (w.astimezone(zone or UTC).date(), f.astimezone(zone or UTC).date())
        == (visits["w"].planned, visits["f"].planned)
        for w, f in holds
    )

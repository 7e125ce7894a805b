"""What would let a visit have a date after all: every change that is offered does, and is the least of its kind."""

from __future__ import annotations

import re
from copy import deepcopy
from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
import site_oracle as oracle
from test_site_plans import random_case, read_protocol_text, read_site_text

from trialcal.files.library import folders, load
from trialcal.horizon import settled_to_the_end
from trialcal.plan import plan
from trialcal.relaxing import FARTHEST_START, MOST_DAYS, other_starts, relaxations, with_ways
from trialcal.subject import Dated, Subject

BLOCKS, SIZE = 10, 40  # infeasible cases
HERE = Path(__file__).parent.parent
HEAD = "name: Day clinic\ntime_zone: Europe/Berlin\n"
WEEKDAYS = f"{HEAD}closed: [{{on: weekends, reason: weekend}}]\n"


def infeasible_case(seed):
    for number in range(1000):
        protocol, site, start, read, read_site_ = random_case(Random(f"{seed} {number}"))
        if not oracle.plans(protocol, site, {"v0": start}):
            return protocol, site, start, read, read_site_
    raise AssertionError("no infeasible case")


def without_date(schedule):
    return {visit.id for visit in schedule.visits if visit.status == "no-date"}


@pytest.mark.parametrize("block", range(BLOCKS))
def test_what_is_offered_solves_it(block):
    met = {"open": 0, "window": 0, "rule": 0, "start": 0, "by the oracle": 0, "more than a day": 0}
    for number in range(SIZE):
        check_case(infeasible_case(f"relax {block} {number}"), met)
    assert min(met.values()) >= 2, met


def check_case(case, met):
    protocol, site, start, read, read_site_ = case
    subject = Subject("", {"v0": Dated(start)})
    settled, _ = settled_to_the_end(read, subject, read_site_)
    left_out = {dropped.model.visit(dropped.visit).id for dropped in settled.dropped}
    assert left_out == without_date(plan(read, subject, read_site_))
    for dropped in settled.dropped:
        name = dropped.model.visit(dropped.visit).id
        offered = relaxations(settled, dropped, subject, read_site_)
        assert len({each.told for each in offered}) == len(offered)
        for each in offered:
            met[each.kind] += 1
            then = without_date(plan(each.protocol, each.subject, each.site))
            assert then <= left_out - {name}
            if len(left_out) == 1 and each.kind in ("window", "rule"):
                met["by the oracle"] += 1
                by = check_by_the_oracle(protocol, site, start, each)
                met["more than a day"] += by > 1
            if len(left_out) == 1 and each.kind == "open":
                check_opened(protocol, site, start, each)
    starts = other_starts(settled, subject, read_site_, "v0")
    assert starts == starts_by_the_oracle(protocol, site, start)
    met["start"] += len(starts)


def check_by_the_oracle(protocol, site, start, relaxation):
    """Every combination of dates with the change, and none with a day less; gives the days that were told."""
    change = wider_window if relaxation.kind == "window" else looser_rule
    by, changed = change(protocol, relaxation.told)
    assert 1 <= by <= MOST_DAYS
    assert oracle.plans(changed(by), site, {"v0": start}), relaxation.told
    assert not oracle.plans(changed(by - 1), site, {"v0": start}), relaxation.told
    return by


def wider_window(protocol, told):
    found = re.fullmatch(r"let the window of (v\d) (end|begin) (\d+) d (later|earlier) \(now .+\)", told)
    name, by, is_later = found[1], int(found[3]), found[2] == "end"
    assert found[4] == ("later" if is_later else "earlier")

    def changed(days):
        other = deepcopy(protocol)
        visit = next(visit for visit in other["visits"] if visit["id"] == name)
        if visit["kind"] == "range":
            visit["most" if is_later == (visit["sign"] > 0) else "least"] += (
                days if is_later == (visit["sign"] > 0) else -days
            )
        else:
            before, after = visit.get("window", (0, 0))
            visit["window"] = (before, after + days) if is_later else (before + days, after)
        return other

    return by, changed


def looser_rule(protocol, told):
    """`rule rule-2: at least 1 d instead of at least 3 d`, with the number of the rule in the file."""
    found = re.fullmatch(r"rule rule-(\d): (.+) instead of (.+)", told)
    now, then = words_of(protocol["rules"][int(found[1]) - 1]), bounds_of(found[2])
    assert bounds_of(found[3]) == now
    (key,) = [key for key in ("least", "most") if now[key] != then[key]]
    sign = -1 if key == "least" else 1

    def changed(days):
        other = deepcopy(protocol)
        other["rules"][int(found[1]) - 1][key] += sign * days
        return other

    return sign * (then[key] - now[key]), changed


def words_of(rule):
    assert rule["unit"] == "days"
    return {"least": rule["least"], "most": rule["most"]}


def bounds_of(told):
    if found := re.fullmatch(r"at (least|most) (\d+) d", told):
        return {"least": None, "most": None} | {found[1]: int(found[2])}
    if found := re.fullmatch(r"exactly (\d+) d", told):
        return {"least": int(found[1]), "most": int(found[1])}
    found = re.fullmatch(r"(\d+)-(\d+) d", told)
    return {"least": int(found[1]), "most": int(found[2])}


def check_opened(protocol, site, start, relaxation):
    """The dates were closed for the visit; were they open, there would be a plan."""
    found = re.fullmatch(r"open (.+) for (v\d)", relaxation.told)
    opened = set()
    for told in found[1].split(" and "):
        day = date.fromisoformat(told[4:])
        assert told[:4] == f"{day:%a} "
        visit = next(visit for visit in protocol["visits"] if visit["id"] == found[2])
        assert not oracle.is_open(site, {**visit, "lasts": 1}, day), "each date by itself is closed"
        opened.add((found[2], day))
    assert oracle.plans(protocol, {**site, "opened": opened}, {"v0": start})


def starts_by_the_oracle(protocol, site, start):
    """The nearest date before and after on which the first visit is open and all others have a place."""
    found = []
    for sign in (-1, 1):
        for by in range(1, FARTHEST_START + 1):
            day = start + timedelta(days=sign * by)
            if oracle.is_open(site, protocol["visits"][0], day) and oracle.plans(protocol, site, {"v0": day}):
                found.append(day)
                break
    return tuple(sorted(found, key=lambda day: (abs(day - start), day)))


# --- in words -------------------------------------------------------------------------------------------------


def ways(text, given, site=WEEKDAYS):
    """What is told with each problem, and the problems that are told besides."""
    name, day = given.split("=")
    subject = Subject("", {name: Dated(date.fromisoformat(day))})
    schedule = with_ways(plan(read_protocol_text(text), subject, read_site_text(site)))
    return {problem.visits[0]: problem.ways for problem in schedule.problems if problem.level == "error"}, [
        problem.message for problem in schedule.problems if problem.level == "note"
    ]


CELLS = """\
id: cells
title: Cells after lymphodepletion
study_day: {anchor: lymphodepletion-1, number: 1, day_zero: false}
start: lymphodepletion-1
visits:
  lymphodepletion: {type: conditioning, at: Day 1 to Day 3 daily}
  infusion: {type: dose, at: 48-72 h after end of last lymphodepletion}
"""


def test_infusion_that_falls_on_a_weekend():
    """It ends on Thu 2025-03-06; 48 to 72 h later are Sat 8 and Sun 9. A day more is Mon 10, a day less Fri 7.

    From Mon 3 on it ends on Wed 5, and Fri 7 is left; from Wed 5 on it ends on Fri 7, and Mon 10 is.
    """
    found, notes = ways(CELLS, "lymphodepletion-1=2025-03-04")
    assert found == {
        "infusion": (
            "open Sat 2025-03-08 for infusion",
            "open Sun 2025-03-09 for infusion",
            "let the window of infusion end 1 d later (now 48-72 h after end of last lymphodepletion)",
            "let the window of infusion begin 1 d earlier (now 48-72 h after end of last lymphodepletion)",
            "let the window of lymphodepletion-3 end 1 d later (now Day 3, no window stated)",
            "let the window of lymphodepletion-3 begin 1 d earlier (now Day 3, no window stated)",
        )
    }
    assert notes == [
        "everything can hold with lymphodepletion-1 on Mon 2025-03-03 (1 d earlier) or Wed 2025-03-05 (1 d later)"
    ]


APART = """\
id: apart
title: A call and a scan
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  dose: {at: Day 1}
  call: {at: Day 8, weight: 2}
  scan: {at: Day 9, window: +1 d}
rules:
  - {id: keep-apart, visit: scan, at_least: 5 d, at_most: 6 d, after: call}
"""


def test_rule_that_leaves_no_date():
    """The call is on Mon 2025-03-10, the scan on Tue 11 or Wed 12: 2 days apart at most, 3 less than asked."""
    found, _ = ways(APART, "dose=2025-03-03", HEAD)
    assert found == {
        "scan": (
            "let the window of scan end 3 d later (now Day 9, window +1 d)",
            "let the window of call begin 3 d earlier (now Day 8, no window stated)",
            "rule keep-apart: 2-6 d instead of 5-6 d",
        )
    }


def test_start_on_a_closed_day():
    """Sat 2025-03-01, Day 8 a Saturday too; from Fri 02-28 and from Mon 03-03 on both are open."""
    text = CELLS[: CELLS.index("visits:")] + "visits:\n  lymphodepletion: {at: [Day 1, Day 8], window: ±1 d}\n"
    found, notes = ways(text, "lymphodepletion-1=2025-03-01")
    assert found == {"lymphodepletion-1": ("open Sat 2025-03-01 for lymphodepletion-1",)}
    assert notes == [
        "everything can hold with lymphodepletion-1 on Fri 2025-02-28 (1 d earlier) or Mon 2025-03-03 (2 d later)"
    ]


def test_a_day_that_is_opened_helps_the_visit_that_is_named():
    """The visit can be on Wed 5 alone, and the scan then on Thu 6.

    On Tue 4 it would leave the scan Wed 5. On Thu 6 it would leave it Fri 7, which is closed too.
    """
    text = """\
id: row
title: A visit and a scan
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  dose: {at: Day 1}
  visit: {at: Day 3, window: ±1 d, weight: 5}
  scan: {at: 1 d after visit}
"""
    site = f"{HEAD}closed: [{{on: [2025-03-04, 2025-03-06 to 2025-03-07], reason: ward closed}}]\n"
    found, _ = ways(text, "dose=2025-03-03", site)
    opened = [way for way in found["scan"] if way.startswith("open")]
    assert opened == ["open Tue 2025-03-04 for visit", "open Thu 2025-03-06 for scan"]


def test_nothing_is_offered_where_all_holds():
    schedule = plan(read_protocol_text(CELLS), Subject("", {"lymphodepletion-1": Dated(date(2025, 3, 5))}))
    assert with_ways(schedule) is schedule


def test_other_starts_are_not_told_where_more_is_given():
    gc012f = load("gc012f", folders(HERE), HERE).protocol
    given = {"infusion": Dated(date(2025, 3, 11)), "lymphodepletion-1": Dated(date(2025, 3, 6))}
    schedule = with_ways(plan(gc012f, Subject("", given), read_site_text(WEEKDAYS)))
    assert not schedule.feasible
    assert not [problem for problem in schedule.problems if problem.code == "other-starts"]

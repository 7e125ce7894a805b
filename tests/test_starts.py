"""Start dates and their verdicts: each is what planning that date by itself says, and what enumeration says."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from random import Random

import pytest
import site_oracle as oracle
from test_site_plans import random_case, read_site_text

from trialcal.files.library import folders, load
from trialcal.plan import plan
from trialcal.starts import best_first, starts_of
from trialcal.subject import Dated, Subject

HERE = Path(__file__).parent.parent
HEAD = "name: Day clinic\ntime_zone: Europe/Berlin\n"


def days_of(first, last):
    first, last = date.fromisoformat(first), date.fromisoformat(last)
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]


@pytest.mark.parametrize("block", range(6))
def test_each_start_is_as_if_planned_by_itself(block):
    met = {"on-target": 0, "in-window": 0, "impossible": 0}
    for number in range(15):
        case = random_case(Random(f"starts {block} {number}"))
        days = [case[2] + timedelta(days=n) for n in range(-7, 14)]
        starts = list(starts_of(case[3], Subject(), case[4], "v0", days))
        assert [start.day for start in starts] == days
        for start in starts:
            met[start.verdict] += 1
            check_start(*case, start)
    assert min(met.values()) >= 5, met


def check_start(protocol, site, _, read, read_site_, start):
    schedule = plan(read, Subject("", {"v0": Dated(start.day)}), read_site_)
    assert schedule.feasible == (start.verdict != "impossible")
    every = oracle.plans(protocol, site, {"v0": start.day})
    is_open = oracle.is_open(site, protocol["visits"][0], start.day)
    assert (start.verdict != "impossible") == (bool(every) and is_open)
    if start.verdict == "impossible":
        assert start.reason
        assert (start.moved, start.cost) == ((), 0)
        if not is_open:
            assert start.reason.startswith(f"v0 cannot be on {start.day:%a} {start.day}: closed")
            assert start.visits == ("v0",)
        else:
            assert start.visits[0] in {visit.id for visit in schedule.visits if visit.status == "no-date"}
        return
    days, cost = oracle.chosen(oracle.weighted(protocol, site), every, {"v0": start.day})
    targets = {
        visit["id"]: oracle.target_of(visit, days[visit["parent"]])
        for visit in protocol["visits"]
        if visit["kind"] in ("day", "offset")
    }
    moved = {name: (target, days[name]) for name, target in targets.items() if days[name] != target}
    assert {each.visit: (each.target, each.planned) for each in start.moved} == moved
    assert {visit.id: visit.planned for visit in schedule.visits} == days
    assert start.cost == cost
    assert start.days_moved == sum(abs((planned - target).days) for target, planned in moved.values())
    assert start.verdict == ("in-window" if moved else "on-target")
    assert (start.reason, start.visits) == ("", ())


# --- gc012f: infusions from Monday to Friday, all else closed at weekends ---------------------------------------

SITE = f"{HEAD}closed: [{{on: weekends, reason: weekend}}]\nvisits: {{infusion: {{on: Mon-Fri}}}}\n"

# Lymphodepletion is on Days -5, -4 and -3, and the infusion 48 to 72 h after its end: with the end on Day -3 (no
# clock time is known) that is Day -1 at the earliest and Day 0 at the latest, so the hours never hinder Day 0.
#
# | infusion | Day -5 | Day -4 | Day -3 | verdict |
# |---|---|---|---|---|
# | Mon 2025-03-10 | Wed 5 | Thu 6 | Fri 7 | on target |
# | Tue 2025-03-11 | Thu 6 | Fri 7 | Sat 8 closed | impossible |
# | Wed 2025-03-12 | Fri 7 | Sat 8 closed | Sun 9 closed | impossible |
# | Thu 2025-03-13 | Sat 8 closed | Sun 9 closed | Mon 10 | impossible |
# | Fri 2025-03-14 | Sun 9 closed | Mon 10 | Tue 11 | impossible |
# | Sat 2025-03-15 | no infusions | | | impossible |
# | Sun 2025-03-16 | no infusions | | | impossible |
WEEK = {
    "2025-03-10": ("on-target", ()),
    "2025-03-11": ("impossible", ("lymphodepletion-3",)),
    "2025-03-12": ("impossible", ("lymphodepletion-2", "lymphodepletion-3")),
    "2025-03-13": ("impossible", ("lymphodepletion-1", "lymphodepletion-2")),
    "2025-03-14": ("impossible", ("lymphodepletion-1",)),
    "2025-03-15": ("impossible", ("infusion",)),
    "2025-03-16": ("impossible", ("infusion",)),
}


@pytest.fixture(scope="module")
def gc012f():
    return load("gc012f", folders(HERE), HERE).protocol


def test_a_week_of_gc012f(gc012f):
    starts = list(starts_of(gc012f, Subject(), read_site_text(SITE), "infusion", days_of("2025-03-10", "2025-03-16")))
    assert [start.day.isoformat() for start in starts] == list(WEEK)
    for start in starts:
        verdict, closed = WEEK[start.day.isoformat()]
        assert start.verdict == verdict
        assert (start.moved, start.cost) == ((), 0)
        assert set(start.visits) <= set(closed)
        assert bool(start.visits) == bool(closed)
    assert [start.reason for start in starts if start.day.isoformat() not in ("2025-03-12", "2025-03-13")] == [
        "",
        "lymphodepletion-3 can only be on Sat 2025-03-08 (Day -3, no window stated): closed (weekend)",
        "lymphodepletion-1 can only be on Sun 2025-03-09 (Day -5, no window stated): closed (weekend)",
        "infusion cannot be on Sat 2025-03-15: closed (infusion only on Mon-Fri)",
        "infusion cannot be on Sun 2025-03-16: closed (infusion only on Mon-Fri)",
    ]


def test_march_2025_of_gc012f(gc012f):
    """Three weekdays that end three days before a weekday are Wednesday to Friday: only Mondays work."""
    site = read_site_text(SITE)
    starts = list(starts_of(gc012f, Subject(), site, "infusion", days_of("2025-03-01", "2025-03-31")))
    works = [start.day.day for start in starts if start.verdict != "impossible"]
    assert works == [3, 10, 17, 24, 31]
    assert [start.day.day for start in best_first(starts)[:5]] == works


def test_gc012f_with_infusions_on_every_day(gc012f):
    """Lymphodepletion from Monday to Wednesday then leads to a Saturday, from Tuesday to Thursday to a Sunday."""
    site = read_site_text(SITE.replace("Mon-Fri", "any day"))
    starts = starts_of(gc012f, Subject(), site, "infusion", days_of("2025-03-10", "2025-03-16"))
    assert [start.day.day for start in starts if start.verdict != "impossible"] == [10, 15, 16]


def test_what_is_given_besides_counts(gc012f):
    """With lymphodepletion given on 5, 6 and 7 March, 48 to 72 h after the last leave Sun 9 (closed) and Mon 10."""
    given = {f"lymphodepletion-{n}": Dated(date(2025, 3, 4 + n)) for n in (1, 2, 3)}
    days = days_of("2025-03-07", "2025-03-12")
    starts = {s.day.day: s for s in starts_of(gc012f, Subject("", given), read_site_text(SITE), "infusion", days)}
    assert [day for day, start in starts.items() if start.verdict != "impossible"] == [10]
    assert starts[11].reason == (
        "infusion on Tue 2025-03-11 is 1 d too late: rule infusion-after-lymphodepletion: infusion 48-72 h after the "
        "end of lymphodepletion-3 allows Sun 2025-03-09 to Mon 2025-03-10"
    )


# cc312: priming on D-3 (here on any day), the safety check on D-1, doses on D, D+3, D+7, D+10, D+14, D+17, D+21 and
# D+24, each but the first within a day of its target, weight 10. The site is closed at weekends.
#
# | dose 1 | priming | safety check | doses 2, 4, 6, 8 | doses 3, 5, 7 | verdict |
# |---|---|---|---|---|---|
# | Mon 3 | Fri | Sun, closed | | | impossible |
# | Tue 4 | Sat | Mon | Fri | Tue | on target |
# | Wed 5 | Sun | Tue | Sat, moved to Fri | Wed | four doses a day early: 40 |
# | Thu 6 | Mon | Wed | Sun, moved to Mon | Thu | four doses a day late: 40 |
# | Fri 7 | Tue | Thu | Mon | Fri | on target |
# | Sat 8, Sun 9 | | | | | closed |
def test_a_week_of_cc312():
    cc312 = load("cc312", folders(HERE), HERE).protocol
    site = read_site_text(
        f"{HEAD}closed: [{{on: weekends, reason: weekend}}]\nvisits: {{priming: {{on: any day}}}}\n"
    )
    starts = list(starts_of(cc312, Subject(), site, "dose-1", days_of("2025-03-03", "2025-03-09")))
    assert [(start.day.day, start.verdict, start.cost, start.days_moved) for start in starts] == [
        (3, "impossible", 0, 0),
        (4, "on-target", 0, 0),
        (5, "in-window", 40, 4),
        (6, "in-window", 40, 4),
        (7, "on-target", 0, 0),
        (8, "impossible", 0, 0),
        (9, "impossible", 0, 0),
    ]
    assert [(each.visit, each.planned.isoformat(), each.days) for each in starts[2].moved] == [
        ("dose-2", "2025-03-07", -1),
        ("dose-4", "2025-03-14", -1),
        ("dose-6", "2025-03-21", -1),
        ("dose-8", "2025-03-28", -1),
    ]
    assert {each.days for each in starts[3].moved} == {1}
    assert starts[0].reason == (
        "safety-check can only be on Sun 2025-03-02 (2 d after priming, no window stated): closed (weekend)"
    )
    assert starts[6].reason == "dose-1 cannot be on Sun 2025-03-09: closed (weekend)"
    assert [start.day.day for start in best_first(starts)[:4]] == [4, 7, 5, 6]

"""Cycles and repeats written out, against an independent count of their dates; ids, names and limits."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from cycle_oracle import dates_in_cycles, months_after, repeat_in_days

from trialcal.cli.arguments import Arguments
from trialcal.expanding import expanded
from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.protocol import Choices

SELECTIONS = (
    ("every cycle", lambda n: True),
    ("odd cycles", lambda n: n % 2 == 1),
    ("even cycles", lambda n: n % 2 == 0),
    ("cycle 2 and beyond", lambda n: n >= 2),
    ("cycles 2-4", lambda n: 2 <= n <= 4),
    ("every 3rd cycle from 2", lambda n: n >= 2 and (n - 2) % 3 == 0),
    ("every 2nd cycle from 3 to 6", lambda n: 3 <= n <= 6 and (n - 3) % 2 == 0),
)


def read(text):
    tree, problems = parse(text.encode(), file="made.yaml")
    assert problems == () or problems == [], problems
    protocol, problems = read_protocol(tree, file="made.yaml", sha256="")
    assert protocol is not None, problems
    return protocol


def planned(protocol, *starts):
    arguments = Arguments(protocol, None)
    subject = arguments.subject(None, starts, [], [])
    assert not arguments.problems
    return {visit.id: visit for visit in plan(protocol, subject).visits}


@pytest.mark.parametrize("seed", range(300))
def test_cycles(seed):
    chance = random.Random(seed)
    length, count = chance.randint(7, 42), chance.randint(1, 8)
    rhythm = chance.choice(("fixed", "re-anchored"))
    start = date(2025, 1, 1) + timedelta(days=chance.randint(0, 1500))
    others = chance.sample([day for day in range(-3, length + 1) if day not in (0, 1)], chance.randint(0, 3))
    days, entries = {1: list(range(1, count + 1))}, ["  dose: {at: Day 1, in: every cycle, window: ±30 d}"]
    for number, day in enumerate(others):
        words, has = chance.choice(SELECTIONS)
        first = next(n for n in range(1, 9) if has(n))
        if first > count:
            words, has = SELECTIONS[0]
        days[day] = [n for n in range(1, count + 1) if has(n)]
        entries.append(f"  other-{'abc'[number]}: {{at: Day {day}, in: {words}}}")
    protocol = read(
        "id: made\ntitle: Made\nstudy_day: {anchor: c1d1, number: 1, day_zero: false}\nstart: c1d1\n"
        f"cycles:\n  treatment: {{length: {length} d, first: Day 1, rhythm: {rhythm}, count: {count}}}\n"
        "visits:\n" + "\n".join(entries) + "\n"
    )
    late: dict[int, date] = {}
    given = [f"c1d1={start}"]
    if count > 1 and chance.random() < 0.6:
        cycle = chance.randint(2, count)
        late[cycle] = start + timedelta(days=length * (cycle - 1) + chance.randint(0, 10))
        given.append(f"c{cycle}d1={late[cycle]}")
    found = planned(protocol, *given)
    assert {name: visit.target for name, visit in found.items()} == dates_in_cycles(
        start, length, count, rhythm, late, days
    )


@pytest.mark.parametrize("seed", range(200))
def test_repeats_in_days(seed):
    chance = random.Random(seed)
    start = date(2025, 1, 1) + timedelta(days=chance.randint(0, 1500))
    every = [chance.randint(1, 90) for _ in range(chance.randint(1, 3))]
    first = chance.choice((0, chance.randint(2, 100)))
    ends, end = [], first
    for interval in every:
        end += interval * chance.randint(1, 5) + chance.randint(0, interval - 1)
        ends.append(end)
    stages = list(zip(every, ends, strict=True))
    words = ", then ".join(f"every {a} d{'' if n else '@'} for {b} d" for n, (a, b) in enumerate(stages))
    words = words.replace("@", f" from Day {first + 1}" if first else " after dose")
    protocol = read(
        "id: made\ntitle: Made\nstudy_day: {anchor: dose, number: 1, day_zero: false}\nstart: dose\n"
        f"visits:\n  dose: {{at: Day 1}}\n  scan: {{at: '{words}'}}\n"
    )
    found = planned(protocol, str(start))
    expected = [start + timedelta(days=day) for day in repeat_in_days(first, stages)]
    assert [found[f"scan-{n}"].target for n in range(1, len(found))] == expected


@pytest.mark.parametrize("seed", range(100))
def test_repeats_in_months(seed):
    chance = random.Random(seed)
    start = date(2025, 1, 1) + timedelta(days=chance.randint(0, 1500))
    every, times = chance.randint(1, 7), chance.randint(1, 12)
    protocol = read(
        "id: made\ntitle: Made\nstudy_day: {anchor: dose, number: 1, day_zero: false}\nstart: dose\n"
        "visits:\n  dose: {at: Day 1}\n"
        f"  call: {{at: every {every} months after dose for {every * times} months}}\n"
    )
    found = planned(protocol, str(start))
    assert [found[f"call-{n}"].target for n in range(1, times + 1)] == [
        months_after(start, every * n) for n in range(1, times + 1)
    ]
    assert len(found) == times + 1


def test_another_number_of_cycles_is_another_protocol_and_the_same_ids_stay():
    protocol = read(
        """
id: made
title: Made
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
cycles:
  treatment: {length: 21 d, first: Day 1, rhythm: fixed, until: stop, horizon: 2}
visits:
  dose: {at: Day 1, in: every cycle}
  stop: {at: pending, waits_for: the end}
"""
    )
    assert [visit.id for visit in protocol.visits if visit.repeats] == ["c1d1", "c2d1"]
    more, problems = expanded(protocol, Choices(counts=(("treatment", 4),)))
    assert problems == ()
    assert [visit.id for visit in more.visits if visit.repeats] == ["c1d1", "c2d1", "c3d1", "c4d1"]
    assert more.repeated["treatment"].is_open is False
    assert protocol.repeated["treatment"].is_open is True
    again, _ = expanded(more, Choices())
    assert [visit.id for visit in again.visits] == [visit.id for visit in protocol.visits]


def test_order_in_the_file_changes_nothing():
    head = (
        "id: made\ntitle: Made\nstudy_day: {anchor: c1d1, number: 1, day_zero: false}\nstart: c1d1\n"
        "cycles:\n  treatment: {length: 21 d, first: Day 1, rhythm: re-anchored, count: 3}\nvisits:\n"
    )
    entries = [
        "  dose: {at: Day 1, in: every cycle, type: dose}\n",
        "  lab: {at: [Day 8, Day 15], in: cycles 1-2}\n",
        "  safety: {at: 30 d after last dose}\n",
        "  scan: {at: every 6 weeks from Day 43 for 18 weeks}\n",
    ]
    one = planned(read(head + "".join(entries)), "2025-03-03")
    other = planned(read(head + "".join(reversed(entries))), "2025-03-03")
    assert {name: visit.target for name, visit in one.items()} == {
        name: visit.target for name, visit in other.items()
    }

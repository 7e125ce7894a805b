"""From a file to a protocol: the values that are read, what order means, and what is only a consequence."""

from __future__ import annotations

import random
import time

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from trialcal.days import Duration, StudyDays
from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse
from trialcal.protocol import Epoch, Lookback, Multiple, NotExpressed, Parameter, Period, Rule, Source, VisitType
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Pending, Reference, Window

WHOLE = """\
id: whole
title: Every key of the language
version: 2.1
source: {registry: NCT00000000, updated: 2025-01-31, url: "https://example.org"}
study_day: {anchor: dose-1, number: 1, day_zero: false, assumed: {day_zero: "SDTM"}, source: "Day 1"}
start: dose-1
on_tie: earlier
epochs:
  screening: {name: Screening period, source: "the screening"}
  treatment:
    assumed: "named so here"
types:
  dose: {name: Investigational product, weight: 10}
  blood-sample: {}
parameters:
  half-life: {name: half-life of the earlier product}
visits:
  screening: {at: 1-28 d before dose-1, epoch: screening, prefer: latest}
  dose:
    at: [Day 1, Day 8, Day 15]
    name: Dose {n} of three
    short: D{n}
    type: dose
    epoch: treatment
    window: -1/+3 d
    lasts: 2 h
    activities: [infusion, vital signs]
    source: "on Days 1, 8 and 15"
    assumed: {window: "none stated"}
  diary: {at: Day -2 to Day 2 daily, notes: at home}
  sample: {at: 30 min after end of last dose, type: blood-sample, weight: 3, applies_to: cohort B, activities: PK}
  imaging: {at: Day 20 to Day 22}
  relapse: {at: pending, waits_for: a relapse}
rules:
  - {visit: each dose, at_least: 5 d, at_most: 9 d, after: the previous dose}
  - {id: soon, visit: imaging, within: 7 d, after: last dose, source: "within a week"}
  - {visit: screening, at_most: 1 month, before: first dose}
periods:
  dlt: {name: DLT observation, from: dose-1, until: 28 d after dose-1, applies_to: all}
  stay: {from: Day 1, lasts: 3 d, notes: in hospital}
  contraception: {from: screening, until: 6 months after last dose, or_until: a negative test, whichever: later}
  follow-up: {from: end of last dose, until: pending, waits_for: the end of the study}
lookbacks:
  vaccine: {none_within: 4 weeks, before: screening, exceptions: [influenza, tetanus]}
  biologic: {discontinued_for: longer of 4 weeks and 5 x half-life, before: dose-1, applies_to: RA}
not_expressed:
  - {source: two counts 24 hours apart, reason: laboratory values are no visits}
"""


def read(text):
    tree, problems = parse(text.encode(), "f.yaml")
    assert not problems
    protocol, problems = read_protocol(tree, file="f.yaml", sha256="0")
    assert protocol is not None, [problem.told() for problem in problems]
    return protocol


def errors(text):
    tree, problems = parse(text.encode(), "f.yaml")
    assert not problems
    protocol, problems = read_protocol(tree, file="f.yaml", sha256="0")
    assert protocol is None
    return [problem.told() for problem in problems]


@pytest.fixture(scope="module")
def whole():
    return read(WHOLE)


def d(count, unit="days"):
    return Duration(count, unit)


DOSES = ("dose-1", "dose-2", "dose-3")


# --- values -------------------------------------------------------------------------------------------------------


def test_head(whole):
    assert (whole.id, whole.title, whole.version) == ("whole", "Every key of the language", "2.1")
    assert whole.source == Source(registry="NCT00000000", updated="2025-01-31", url="https://example.org")
    assert (whole.study_days, whole.anchor, whole.start) == (StudyDays(1, False), "dose-1", "dose-1")
    assert whole.study_day_assumed == {"day_zero": "SDTM"}
    assert whole.study_day_source == {"at": "Day 1"}
    assert whole.on_tie == "earlier"
    assert whole.epochs == (
        Epoch("screening", "Screening period", {"at": "the screening"}),
        Epoch("treatment", "Treatment", {}, {"at": "named so here"}),
    )
    assert whole.types == {
        "dose": VisitType("dose", "Investigational product", 10),
        "blood-sample": VisitType("blood-sample", "Blood sample", 1),
    }
    assert whole.parameters == (Parameter("half-life", "half-life of the earlier product"),)
    assert whole.not_expressed == (NotExpressed("two counts 24 hours apart", "laboratory values are no visits"),)


def test_a_series_is_written_out(whole):
    doses = [whole.by_id[name] for name in DOSES]
    assert [visit.at for visit in doses] == [OnDay(1), OnDay(8), OnDay(15)]
    assert [visit.name for visit in doses] == ["Dose 1 of three", "Dose 2 of three", "Dose 3 of three"]
    assert [visit.short for visit in doses] == ["D1", "D2", "D3"]
    assert [(visit.series, visit.nth) for visit in doses] == [("dose", 1), ("dose", 2), ("dose", 3)]
    assert {visit.weight for visit in doses} == {10}
    # The anchor has no window around itself.
    assert [visit.window for visit in doses] == [None, Window(d(1), d(3)), Window(d(1), d(3))]
    second = doses[1]
    assert (second.type, second.epoch, second.lasts) == ("dose", "treatment", d(2, "hours"))
    assert second.activities == ("infusion", "vital signs")
    assert second.source == {"at": "on Days 1, 8 and 15"}
    assert second.assumed == {"window": "none stated"}
    assert (second.place.line, second.place.column, second.place.path) == (19, 3, "visits.dose")


def test_every_day_of_a_range_leaves_out_day_zero(whole):
    days = [visit for visit in whole.visits if visit.series == "diary"]
    assert [visit.id for visit in days] == ["diary-1", "diary-2", "diary-3", "diary-4"]
    assert [visit.at for visit in days] == [OnDay(-2), OnDay(-1), OnDay(1), OnDay(2)]
    assert [visit.name for visit in days] == ["Diary 1", "Diary 2", "Diary 3", "Diary 4"]
    with_zero = read(WHOLE.replace("day_zero: false", "day_zero: true"))
    assert [visit.at.number for visit in with_zero.visits if visit.series == "diary"] == [-2, -1, 0, 1, 2]


def test_visits(whole):
    visits = whole.by_id
    assert visits["screening"].at == OffsetRange(d(1), d(28), -1, Reference("dose-1", ("dose-1",)))
    assert (visits["screening"].prefer, visits["screening"].name) == ("latest", "Screening")
    sample = visits["sample"]
    assert sample.at == Offset(d(30, "minutes"), 1, Reference("dose", DOSES, "last", "end"))
    assert (sample.weight, sample.applies_to, sample.activities) == (3, "cohort B", ("PK",))
    assert visits["imaging"].at == DayRange(20, 22)
    assert visits["relapse"].at == Pending("a relapse")
    assert visits["diary-1"].notes == "at home"


def test_rules(whole):
    each, soon, early = whole.rules
    assert each == Rule(
        "rule-1", Reference("dose", DOSES, "each"), d(5), d(9), 1, Reference("dose", DOSES, "previous")
    )
    assert soon == Rule(
        "soon",
        Reference("imaging", ("imaging",)),
        d(0),
        d(7),
        1,
        Reference("dose", DOSES, "last"),
        {"at": "within a week"},
    )
    assert early == Rule(
        "rule-3",
        Reference("screening", ("screening",)),
        None,
        d(1, "months"),
        -1,
        Reference("dose", DOSES, "first"),
    )
    assert [rule.place.line for rule in whole.rules] == [35, 36, 37]


def test_periods(whole):
    on_dose_1 = Offset(d(0), 1, Reference("dose-1", ("dose-1",)))
    assert whole.periods == (
        Period(
            "dlt",
            "DLT observation",
            on_dose_1,
            Offset(d(28), 1, Reference("dose-1", ("dose-1",))),
            applies_to="all",
        ),
        Period("stay", "Stay", OnDay(1), None, d(3), notes="in hospital"),
        Period(
            "contraception",
            "Contraception",
            Offset(d(0), 1, Reference("screening", ("screening",))),
            Offset(d(6, "months"), 1, Reference("dose", DOSES, "last")),
            event="a negative test",
            whichever="later",
        ),
        Period(
            "follow-up",
            "Follow up",
            Offset(d(0), 1, Reference("dose", DOSES, "last", "end")),
            Pending("the end of the study"),
            event="the end of the study",
        ),
    )


def test_lookbacks(whole):
    assert whole.lookbacks == (
        Lookback(
            "vaccine",
            "Vaccine",
            "none-within",
            (d(4, "weeks"),),
            Reference("screening", ("screening",)),
            exceptions="influenza; tetanus",
        ),
        Lookback(
            "biologic",
            "Biologic",
            "discontinued",
            (d(4, "weeks"), Multiple(5, "half-life")),
            Reference("dose-1", ("dose-1",)),
            applies_to="RA",
        ),
    )


@pytest.mark.parametrize(
    ("study_day", "number", "day_zero"),
    [
        ("{anchor: dose-1, number: 1, day_zero: false}", 1, False),
        ("{anchor: dose-1, number: 1, day_zero: true}", 1, True),
        ("{anchor: dose-1, number: 1, day_zero: True}", 1, True),
        ("{anchor: dose-1, number: 0}", 0, True),
        ("{anchor: dose-1, number: 0, day_zero: true}", 0, True),
    ],
)
def test_study_days(study_day, number, day_zero):
    text = f"id: a\ntitle: a\nstart: dose-1\nstudy_day: {study_day}\nvisits:\n  dose-1: {{at: Day {number}}}\n"
    assert read(text).study_days == StudyDays(number, day_zero)


def test_scalars_are_text():
    text = WHOLE.replace("title: Every key of the language", "title: no").replace("version: 2.1", "version: 1e3")
    protocol = read(text.replace("notes: at home", "notes: 16:30").replace("2025-01-31", "2025-01-3"))
    assert (protocol.title, protocol.version, protocol.by_id["diary-1"].notes) == ("no", "1e3", "16:30")
    assert protocol.source.updated == "2025-01-3"


# --- order ----------------------------------------------------------------------------------------------------------


def values(protocol):
    """Everything that is read, without the order of what has ids."""
    return {
        "visits": {visit.id: visit for visit in protocol.visits},
        "rules": list(protocol.rules),
        "periods": {period.id: period for period in protocol.periods},
        "lookbacks": {lookback.id: lookback for lookback in protocol.lookbacks},
        "types": protocol.types,
        "head": (protocol.id, protocol.title, protocol.study_days, protocol.anchor, protocol.start),
    }


def shuffled(node, seed):
    """Put the entries of every table in another order."""
    if isinstance(node, list):
        return [shuffled(item, seed) for item in node]
    if not isinstance(node, dict):
        return node
    entries = [(key, shuffled(value, seed)) for key, value in node.items()]
    random.Random(seed).shuffle(entries)
    return dict(entries)


@given(st.integers())
def test_the_order_of_the_file_changes_nothing(seed):
    plain = yaml.load(WHOLE, Loader=yaml.BaseLoader)
    text = yaml.safe_dump(shuffled(plain, seed), sort_keys=False, allow_unicode=True)
    assert values(read(text)) == values(read(WHOLE))


def test_a_type_is_in_the_order_of_the_days():
    """Day 15 stands first in the file; a month after Day 1 comes after Day 15, four weeks after it too."""
    protocol = read("""\
id: a
title: a
study_day: {anchor: one, number: 1, day_zero: false}
start: one
visits:
  third: {at: 1 month after one, type: dose}
  second: {at: Day 15, type: dose}
  one: {at: Day 1, type: dose}
  earlier: {at: 3 d before one, type: dose}
  fourth: {at: 4 weeks after second, type: dose}
  waiting: {at: pending, waits_for: a slot, type: dose}
  closing: {at: 1 d after last dose}
  opening: {at: 1 d before first dose}
""")
    order = ("earlier", "one", "second", "third", "fourth", "waiting")
    assert protocol.by_id["closing"].at.reference.members == order
    assert protocol.by_id["opening"].at.reference.members == order


def test_where_a_series_and_a_type_have_one_name_the_type_is_meant():
    protocol = read("""\
id: a
title: a
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  dose: {at: [Day 1, Day 8], type: dose}
  booster: {at: Day 50, type: dose}
  closing: {at: 1 d after last dose}
""")
    assert protocol.by_id["closing"].at.reference.members == ("dose-1", "dose-2", "booster")


def test_adding_a_visit_renames_none(whole):
    more = read(WHOLE.replace("  imaging:", "  extra: {at: Day 2, type: dose}\n  imaging:"))
    assert {visit.id for visit in whole.visits} == {visit.id for visit in more.visits} - {"extra"}
    assert more.by_id["sample"].at.reference.members == ("dose-1", "extra", "dose-2", "dose-3")


# --- mistakes ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["at: pending, waits_for: x", "at: Day 1", "at: 2 d after dose-1"])
def test_too_many_visits_is_told_once(key):
    lines = "".join(f"  v{number}: {{{key}}}\n" for number in range(2100))
    head = "id: a\ntitle: a\nstart: dose-1\nstudy_day: {anchor: dose-1, number: 1, day_zero: false}\n"
    found = errors(f"{head}visits:\n  dose-1: {{at: Day 1}}\n{lines}  closing: {{at: 1 d after v2099}}\n")
    assert found == ["f.yaml:2006:3: error: visits.v1999: there are more than 2000 visits (check the lists)"]


SMALL = """\
id: a
title: a
start: dose-1
study_day: {anchor: dose-1, number: 1, day_zero: false}
visits:
  dose-1: {at: Day 1}
"""


def test_a_list_of_days_is_counted_before_it_is_read():
    days = ", ".join(f"Day {number}" for number in range(2, 2003))
    found = errors(f"{SMALL}  scan: {{at: [{days}]}}\n")
    message = "`at` is a list of 2,001; at most 2,000 are read (check that this is the right list, or shorten it)"
    assert found == [f"f.yaml:7:14: error: visits.scan.at: {message}"]


def test_a_series_that_makes_too_many_visits_is_left_out_whole():
    found = errors(f"{SMALL}  scan: {{at: Day 2 to Day 2001 daily}}\n  call: {{at: 1 d after last scan}}\n")
    assert found == ["f.yaml:7:3: error: visits.scan: there are more than 2000 visits (check the lists)"]


def test_the_text_of_all_visits_is_counted():
    """1,000 visits with 5,000 characters each are read, one character more is not."""
    for length, count in ((5_000, 0), (5_001, 1)):
        notes = "x" * length
        found = [] if not count else errors(f"{SMALL}  scan: {{at: Day 2 to Day 1001 daily, notes: {notes}}}\n")
        assert len(found) == count
        if not count:
            assert len(read(f"{SMALL}  scan: {{at: Day 2 to Day 1001 daily, notes: {notes}}}\n").visits) == 1001
    message = "the visits up to here carry more than 5,000,000 characters of text"
    hint = "shorten the texts; each visit of a series has its own"
    assert found == [f"f.yaml:7:3: error: visits.scan: {message} ({hint})"]


def test_rules_are_counted():
    rules = "".join(f"  - {{visit: scan, at_least: {hours} h, after: dose-1}}\n" for hours in range(2001))
    assert errors(f"{SMALL}  scan: {{at: Day 9}}\nrules:\n{rules}") == [
        "f.yaml:2009:5: error: rules[2001]: there are more than 2,000 rules "
        "(write rules about a series, as `visit: each dose`)"
    ]


def test_after_a_hundred_problems_one_says_that_there_are_more():
    lines = "".join(f"  v{number}: {{at: 1 d after x{number}}}\n" for number in range(200))
    found = errors(SMALL + lines)
    assert len(found) == 101
    message = "there are more than 100 errors; no others are told"
    assert sum(message in line for line in found) == 1


def test_warnings_do_not_hide_errors():
    rule = "  - {visit: scan, at_least: 1 d, after: dose-1}\n"
    found = errors(
        f"{SMALL}  scan: {{at: Day 9}}\nrules:\n{rule * 200}  - {{visit: scn, at_least: 1 d, after: dose-1}}\n"
    )
    assert sum(": warning: " in line for line in found) == 101
    assert [line for line in found if ": error: " in line] == [
        "f.yaml:209:13: error: rules[201].visit: there is no visit `scn` (did you mean `scan`?)"
    ]


def test_after_twenty_hints_no_more_are_looked_for():
    lines = "".join(f"  v{number}: {{at: 1 d after dose-2}}\n" for number in range(30))
    found = errors(SMALL + lines)
    assert sum("(did you mean `dose-1`?)" in line for line in found) == 20
    assert sum("(check the spelling)" in line for line in found) == 10


def test_attacks_take_no_long_time():
    names = "".join(f"  {'n' * 50}{number}: {{at: 1 d after {'m' * 50}{number}}}\n" for number in range(1900))
    keys = "".join(f"  v{number}: {{windo: a, lats: b, ta: c}}\n" for number in range(5000))
    began = time.perf_counter()
    assert errors(SMALL + names)
    assert errors(SMALL + keys)
    assert time.perf_counter() - began < 8


def test_many_problems_come_in_the_order_of_the_file():
    text = WHOLE.replace("at: Day 20 to Day 22", "at: Day 22 to Day 20").replace("weight: 10", "weight: ten")
    text = text.replace("until: 28 d after dose-1", "until: 28 d after dose-9").replace("2 h", "2 fortnights")
    lines = [int(line.split(":")[1]) for line in errors(text)]
    assert lines == [13, 26, 32, 39]


def test_what_follows_from_a_mistake_is_not_told():
    """Without `study_day` nobody knows of a Day 0; a visit that could not be read is still there."""
    found = errors(WHOLE.replace("Day -2 to Day 2", "Day 0 to Day 2").replace("study_day:", "study_dya:"))
    assert found == ["f.yaml:5:1: error: study_dya: `study_dya` is no key of a protocol (did you mean `study_day`?)"]
    found = errors(WHOLE.replace("[Day 1, Day 8, Day 15]", "[Day 1, Day 8, Dya 15]"))
    assert len(found) == 1
    found = errors(WHOLE.replace("visits:", "visit:"))
    assert len(found) == 1

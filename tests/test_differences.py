"""What differs between two versions of a protocol: entry by entry, in words, as JSON and on the command line."""

from __future__ import annotations

import json
from dataclasses import fields
from itertools import pairwise
from random import Random

import plan_oracle
import pytest
from command import run
from test_plan import read

from trialcal.difference_fields import FIELDS
from trialcal.differences import differences
from trialcal.escalation import Decision, DoseGroup, Escalation, Gate, Review, Stagger
from trialcal.files.library import available, bundled, folders, load
from trialcal.protocol import Cycles, Lookback, Period, Rule, Timepoints
from trialcal.writers.differences import difference_told, differences_json, differences_text, summary_told

BASE = """\
id: study
title: A study
version: '1.0'
study_day: {anchor: infusion, number: 0}
start: infusion
on_tie: later
epochs:
  treatment: {name: Treatment}
  follow-up: {name: Follow-up}
types:
  dose: {weight: 10}
parameters:
  half-life: {name: Half-life}
arms:
  a: {name: Arm A}
  b: {name: Arm B}
visits:
  screening: {at: 1-28 d before infusion, epoch: treatment}
  infusion: {at: Day 0, type: dose, activities: [Infusion]}
  day-7: {at: Day 7, window: ±1 d, assumed: {window: "as usual"}}
  day-14: {at: Day 14, window: ±3 d, activities: [ECG, Blood]}
  day-28: {at: Day 28, window: ±3 d, source: {window: "28 days (+/- 3)"}}
  month: {at: [Day 90, Day 120, Day 150], window: ±7 d, epoch: follow-up}
  et: {at: pending, waits_for: the early termination}
rules:
  - {id: apart, visit: day-14, at_least: 6 d, after: day-7}
  - {visit: day-28, at_most: 16 d, after: day-14}
periods:
  dlt: {name: DLT observation, from: infusion, until: 28 d after infusion}
lookbacks:
  live-vaccine: {none_within: 4 weeks, before: screening}
timepoints:
  pk: {visit: infusion, at: [30 min before, 2 h after], window: ±10 min}
activities:
  ecg: {name: ECG, at: [day-7, month]}
not_expressed:
  - {source: "as clinically indicated", reason: "no date"}
"""

CYCLES = """\
id: study
title: A study
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
cycles:
  treatment: {length: 21 d, first: Day 1, rhythm: fixed, count: 3}
visits:
  dose: {at: [Day 1, Day 8], in: every cycle, window: ±2 d}
  call: {at: every 8 weeks from Day 57 for 12 months, window: ±7 d}
"""


def told(old, new):
    return [difference_told(each) for each in differences(read(old), read(new))]


def changed(*pairs, base=BASE):
    """The text with replacements, each of which must apply."""
    text = base
    for one, other in pairs:
        assert one in text, one
        text = text.replace(one, other)
    return text


DATES = [
    ("day-28: {at: Day 28, window: ±3 d", "day-28: {at: Day 28, window: ±5 d", ["day-28: window ±3 d -> ±5 d"]),
    ("day-28: {at: Day 28,", "day-28: {at: Day 35,", ["day-28: timing Day 28 -> Day 35"]),
    ("day-28: {at: Day 28,", "day-28: {at: 4 weeks after infusion,",
     ["day-28: timing Day 28 -> 4 weeks after infusion"]),
    ("Day 28, window: ±3 d, source: {window: \"28 days (+/- 3)\"}", "Day 28", ["day-28: window ±3 d -> none"]),
    ("Day 28, window", "Day 28, lasts: 2 d, window", ["day-28: length none -> 2 d"]),
    ("day-28: {at", "day-28: {type: dose, at", ["day-28: type none -> dose"]),
    ("day-28: {at", "day-28: {weight: 3, at", ["day-28: weight 1 -> 3"]),
    ("dose: {weight: 10}", "dose: {weight: 5}", ["dose: weight 10 -> 5"]),
    ("day-28: {at", "day-28: {arms: [b], at", ["day-28: arms none -> b"]),
    ("Day 90, Day 120, Day 150], window: ±7 d", "Day 90, Day 120, Day 150], window: ±9 d",
     ["month-1 ... month-3: window ±7 d -> ±9 d"]),
    ("Day 120, Day 150]", "Day 120, Day 150, Day 180]", ["month-4: added (Day 180, window ±7 d)"]),
    ("Day 90, Day 120, Day 150]", "Day 90, Day 120]", ["month-3: removed (Day 150, window ±7 d)"]),
    ("28 d after infusion}", "35 d after infusion}", ["dlt: end 28 d after infusion -> 35 d after infusion"]),
    ("at_least: 6 d, after: day-7", "at_least: 5 d, after: day-7", ["apart: gap at least 6 d -> at least 5 d"]),
    ("at_most: 16 d, after: day-14", "within: 12-16 d, after: day-14",
     ["day-28 after day-14: gap at most 16 d -> 12-16 d"]),
    ("  - {visit: day-28, at_most: 16 d, after: day-14}\n", "",
     ["day-28 after day-14: removed (day-28 at most 16 d after day-14)"]),
    ("none_within: 4 weeks", "none_within: 6 weeks", ["live-vaccine: time 4 weeks -> 6 weeks"]),
    ("none_within: 4 weeks", "stable_for: 4 weeks", ["live-vaccine: kind none-within -> stable"]),
    ("2 h after]", "4 h after]",
     ["pk: timing 30 min before, 2 h after -> 30 min before, 4 h after"]),
    ("on_tie: later", "on_tie: earlier", ["of two equally good dates later -> earlier"]),
    ("treatment: {name: Treatment}", "treatment: {name: Treatment, until: et}", ["treatment: end none -> et"]),
]  # fmt: skip

WORDS = [
    ("title: A study", "title: The study", ["title “A study” -> “The study”"]),
    ("day-28: {at", "day-28: {name: Four weeks, at", ["day-28: name “Day 28” -> “Four weeks”"]),
    ("day-28: {at", "day-28: {if: fever, at", ["day-28: condition none -> “fever”"]),
    ("day-28: {at", "day-28: {optional: true, at", ["day-28: optional no -> yes"]),
    ("day-28: {at", "day-28: {epoch: follow-up, at", ["day-28: epoch none -> follow-up"]),
    ("[ECG, Blood]", "[Blood, MRI]", ["day-14: added MRI; no longer ECG"]),
    ("ecg: {name: ECG, at: [day-7, month]}", "ecg: {name: ECG, at: [day-7 (P), month]}",
     ["ecg: added at day-7 (P); no longer at day-7"]),
    ("ecg: {name: ECG, at: [day-7, month]}", "ecg: {name: ECG, at: [day-7, month]}\n  mri: {name: MRI, at: [day-28]}",
     ["mri: added (MRI, at day-28)"]),
    (", assumed: {window: \"as usual\"}", ", source: {window: \"Day 7 (+/- 1)\"}",
     ["day-7: window is no longer assumed; now quoted: “Day 7 (+/- 1)”"]),
    ("as usual", "as in the sister study",
     ["day-7: window is assumed for another reason: “as usual” -> “as in the sister study”"]),
    ("source: {window: \"28 days (+/- 3)\"}", "assumed: {window: \"nobody knows\"}",
     ["day-28: window is now assumed: nobody knows"]),
    ("28 days (+/- 3)", "28 days, 3 either way",
     ["day-28: source of window: “28 days (+/- 3)” -> “28 days, 3 either way”"]),
    ("  b: {name: Arm B}\n", "", ["b: removed (Arm B)"]),
    ("the early termination", "the last visit", ["et: timing pending, waits for the early termination -> pending, "
     "waits for the last visit"]),
    ("as clinically indicated", "if needed", ["removed (“as clinically indicated”)", "added (“if needed”)"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "lines"), DATES, ids=[lines[0] for *_, lines in DATES])
def test_what_changes_dates(old, new, lines):
    found = differences(read(BASE), read(changed((old, new))))
    assert [difference_told(each) for each in found if each.changes_dates] == lines
    assert all(each.kind in ("stated", "assumed", "source") for each in found if not each.changes_dates)


@pytest.mark.parametrize(("old", "new", "lines"), WORDS, ids=[lines[0] for *_, lines in WORDS])
def test_what_changes_no_dates(old, new, lines):
    found = differences(read(BASE), read(changed((old, new))))
    assert [difference_told(each) for each in found] == lines
    assert not any(each.changes_dates for each in found)
    assert summary_told(found).startswith("No differences that change dates; ")


@pytest.mark.parametrize(
    ("old", "new", "lines"),
    [
        ("length: 21 d", "length: 28 d", ["treatment: length 21 d -> 28 d"]),
        ("count: 3", "count: 3-6", ["treatment: count 3 -> 3-6"]),
        ("window: ±2 d", "window: ±3 d", ["dose (Day 1), dose (Day 8): window ±2 d -> ±3 d"]),
        ("[Day 1, Day 8]", "[Day 1, Day 15]", ["dose (Day 8)", "dose (Day 15)"]),
        ("every 8 weeks from Day 57", "every 12 weeks from Day 57",
         ["call: timing every 8 weeks from Day 57 for 12 months -> every 12 weeks from Day 57 for 12 months"]),
    ],
)  # fmt: skip
def test_cycles_and_repeats_are_compared_as_they_are_written(old, new, lines):
    found = told(CYCLES, changed((old, new), base=CYCLES))
    assert len(found) == len(lines)
    assert all(one.startswith(line) for one, line in zip(found, lines, strict=True))


ACROSS = """\
id: study
title: A study
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  conditioning: {at: 5 d before dose}
  dose: {at: Day 1}
periods:
  dlt: {name: DLT, from: dose, until: Day 29}
escalation: {commits: conditioning, first_dose: dose, dlt_period: dlt, complete: the day after, design: 3+3}
dose_groups:
  low: {name: 10 mg, subjects: 3-6}
  high: {name: 20 mg, subjects: 3-6}
staggers:
  apart: {subject: 2 and on, after: first, at_least: 14 d, opens: on the last day}
reviews:
  board: {name: Board, after: 3, opens: the day after, assesses: the board}
gates:
  fourth: {name: The fourth waits, subject: 4 and on, waits_for: board, release: needed, released_by: the sponsor}
decisions:
  none: {of: 3, dlts: 0, then: escalate}
  one: {of: 3, dlts: 1, then: add 3, by: the board}
  more: {of: 3, dlts: 2-3, then: stop}
  six: {of: 6, dlts: 0-1, then: escalate}
  six-more: {of: 6, dlts: 2 or more, then: stop, assumed: "the usual table"}
"""

ACROSS_DATES = [
    ("commits: conditioning", "commits: dose", ["committing step conditioning -> dose"]),
    ("complete: the day after", "complete: on the last day",
     ["when the observation is complete the day after -> on the last day"]),
    ("complete: the day after", "complete: the day after, mtd_needs: 6",
     ["what the candidate for the MTD needs none -> 6"]),
    ("  low: {name: 10 mg, subjects: 3-6}", "  low: {name: 10 mg, subjects: 6}", ["low: subjects 3-6 -> 6"]),
    ("  high: {name: 20 mg, subjects: 3-6}\n", "", ["high: removed (20 mg, 3-6 evaluable subjects)"]),
    ("  low: {name: 10 mg, subjects: 3-6}\n  high: {name: 20 mg, subjects: 3-6}\n",
     "  high: {name: 20 mg, subjects: 3-6}\n  low: {name: 10 mg, subjects: 3-6}\n", ["order low, high -> high, low"]),
    ("at_least: 14 d", "at_least: 7 d", ["apart: minimum 14 d -> 7 d"]),
    ("after: first", "after: previous", ["apart: after first -> previous"]),
    ("2 and on", "2", ["apart: subject 2 and on -> 2"]),
    ("opens: on the last day", "opens: the day after", ["apart: opens on the last day -> the day after"]),
    ("after: 3,", "after: all,", ["board: after 3 -> all"]),
    ("assesses: the board", "meets: [Tue, Thu], preparation: 3 d",
     ["board: preparation none -> 3 d", "board: meeting days none -> Tue and Thu"]),
    ("waits_for: board", "waits_for: observation", ["fourth: what it waits for board -> observation"]),
    (", release: needed, released_by: the sponsor", "", ["fourth: release needed -> no"]),
    ("4 and on, ", "4 and on, group: high, ", ["fourth: group every group -> high"]),
    ("then: add 3", "then: discuss", ["one: then add 3 -> discuss"]),
    ("dlts: 2 or more, then: stop", "dlts: 2-6, then: stop", ["six-more: number of DLTs 2 or more -> 2-6"]),
    ("  more: {of: 3, dlts: 2-3, then: stop}", "  more: {of: any, dlts: 2-3, then: stop}",
     ["more: of 3 -> any"]),
    ("  none: {of: 3, dlts: 0, then: escalate}\n", "  zero: {of: 3, dlts: 0, then: escalate}\n",
     ["none: removed (0 of 3 evaluable subjects with a DLT: escalate)",
      "zero: added (0 of 3 evaluable subjects with a DLT: escalate)"]),
    (ACROSS[ACROSS.index("staggers:"):ACROSS.index("reviews:")], "",
     ["apart: removed (first dose of subject 2 and on at least 14 d after that of the first, on the last day)"]),
    (ACROSS[ACROSS.index("gates:"):ACROSS.index("decisions:")], "",
     ["fourth: removed (subject 4 and on waits for review board, and a release by the sponsor; "
      "opens the day after)"]),
]  # fmt: skip

ACROSS_WORDS = [
    ("design: 3+3", "design: rolling six", ["design 3+3 -> rolling six"]),
    ("assesses: the board", "assesses: the SMC", ["board: assesses the board -> the SMC"]),
    ("by: the board", "by: the SMC", ["one: who decides the board -> the SMC"]),
    ('assumed: "the usual table"', 'source: "at 2 of 6 it stops"',
     ["six-more: all of it is no longer assumed; now quoted: “at 2 of 6 it stops”"]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "lines"), ACROSS_DATES, ids=[lines[0] for *_, lines in ACROSS_DATES])
def test_what_changes_dates_across_subjects(old, new, lines):
    found = differences(read(ACROSS), read(changed((old, new), base=ACROSS)))
    assert [difference_told(each) for each in found if each.changes_dates] == lines


@pytest.mark.parametrize(("old", "new", "lines"), ACROSS_WORDS, ids=[lines[0] for *_, lines in ACROSS_WORDS])
def test_what_changes_no_dates_across_subjects(old, new, lines):
    found = differences(read(ACROSS), read(changed((old, new), base=ACROSS)))
    assert [(difference_told(each), each.changes_dates) for each in found] == [(line, False) for line in lines]


def test_what_binds_the_subjects_is_new():
    before = ACROSS[: ACROSS.index("escalation:")]
    assert told(before, ACROSS)[:3] == [
        "added (first step conditioning, first dose dose)",
        "low: added (10 mg, 3-6 evaluable subjects)",
        "high: added (20 mg, 3-6 evaluable subjects)",
    ]
    assert told(ACROSS, before)[0] == "removed (first step conditioning, first dose dose)"


def test_no_value_of_an_entry_is_left_out():
    """Every field of an entry is compared, or one of those that are compared apart, or say where it stands."""
    apart = {
        "cycles": {"least_count", "most_count", "most", "places"},
        "rules": {"least", "most"},
        "escalation": {"groups", "staggers", "reviews", "gates", "decisions", "references"},
        "decisions": {"subjects"},
    }
    kinds = {
        "rules": Rule,
        "periods": Period,
        "lookbacks": Lookback,
        "timepoints": Timepoints,
        "cycles": Cycles,
        "escalation": Escalation,
        "dose_groups": DoseGroup,
        "staggers": Stagger,
        "reviews": Review,
        "gates": Gate,
        "decisions": Decision,
    }
    for section, kind in kinds.items():
        names = (
            {each.name for each in fields(kind)} - {"id", "source", "assumed", "place"} - apart.get(section, set())
        )
        assert names - {each.name for each in FIELDS[section]} == set(), section


def test_a_range_of_lengths():
    base = changed((", window: ±2 d", ""), base=CYCLES)
    new = changed(("length: 21 d", "length: 21-28 d"), ("rhythm: fixed", "rhythm: re-anchored"), base=base)
    assert told(base, new) == ["treatment: length 21 d -> 21-28 d", "treatment: rhythm fixed -> re-anchored"]


def test_another_numbering_of_days():
    new = changed(("number: 0", "number: 1, day_zero: false"), ("infusion: {at: Day 0", "infusion: {at: Day 1"))
    assert told(BASE, new) == [
        "study day of the anchor 0 -> 1",
        "Day 0 yes -> no",
        "infusion: timing Day 0 -> Day 1",
    ]


def test_a_renamed_visit_is_removed_and_added_with_a_hint():
    new = changed(("  day-28:", "  four-weeks:"), ("visit: day-28", "visit: four-weeks"))
    found = [each for each in differences(read(BASE), read(new)) if each.section == "visits"]
    assert [(each.kind, each.names, each.renamed) for each in found] == [
        ("removed", ("day-28",), ("four-weeks",)),
        ("added", ("four-weeks",), ("day-28",)),
    ]
    assert difference_told(found[0]) == (
        "day-28: removed (Day 28, window ±3 d), looks renamed to four-weeks: calendar entries are then new ones"
    )


def test_a_renamed_series():
    found = told(BASE, changed(("  month:", "  later:"), ("month]", "later]")))
    assert found[:2] == [
        "month-1 ... month-3: removed (Day 90, 120, 150, window ±7 d), looks renamed to later-1 ... later-3: "
        "calendar entries are then new ones",
        "later-1 ... later-3: added (Day 90, 120, 150, window ±7 d), looks renamed from month-1 ... month-3",
    ]


def test_visits_that_wait_are_not_taken_for_renamed_ones():
    found = differences(read(BASE), read(changed(("  et: {at: pending", "  death: {at: pending"))))
    assert [each.renamed for each in found] == [(), ()]


def test_order_does_not_count():
    head, _, rest = BASE.partition("  day-7:")
    seven, _, rest = rest.partition("\n")
    moved = head + rest.replace("rules:\n", f"  day-7:{seven}\nrules:\n", 1)
    rules = "  - {id: apart, visit: day-14, at_least: 6 d, after: day-7}\n"
    other = "  - {visit: day-28, at_most: 16 d, after: day-14}\n"
    moved = moved.replace(rules + other, other + rules).replace("[ECG, Blood]", "[Blood, ECG]")
    assert moved != BASE
    assert not told(BASE, moved)


@pytest.mark.parametrize("seed", range(40))
def test_the_order_of_random_protocols_does_not_count(seed):
    random = Random(seed)
    made = plan_oracle.random_protocol(random)
    order = list(range(len(made["visits"])))
    random.shuffle(order)
    random.shuffle(made["rules"])
    assert not told(plan_oracle.as_yaml(made), plan_oracle.as_yaml(made, order))


def test_every_bundled_protocol_is_equal_to_itself_and_differs_from_the_others(tmp_path):
    places = folders(tmp_path)
    every = [load(found.path.stem, places, tmp_path).protocol for found in available(places)]
    for one in every:
        assert not differences(one, load(one.id, places, tmp_path).protocol)
    for one, other in pairwise(every):
        found = differences(one, other)
        assert found
        text = differences_text(one, other, found, width=80, colour=False)
        assert max(map(len, text.splitlines())) <= 80
        assert "Place(" not in text and "object at" not in text and "Duration(" not in text
        rows = json.loads(differences_json(one, other, found))["differences"]
        assert [row["told"] for row in rows] == [difference_told(each) for each in found]


# --- on the command line --------------------------------------------------------------------------------------------


@pytest.fixture
def study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    (tmp_path / "protocols").mkdir()
    (tmp_path / "protocols/study.yaml").write_text(BASE, encoding="utf-8")
    second = changed(("'1.0'", "'2.0'\neffective: 2025-05-01"), ("Day 28, window: ±3 d", "Day 35, window: ±5 d"))
    (tmp_path / "protocols/study-2.0.yaml").write_text(second, encoding="utf-8")
    return tmp_path


def test_diff_tells_what_changes_and_exits_like_diff(study):
    ran = run("diff", "study@1.0", "study@2.0")
    assert ran.code == 1
    assert ran.out.decode() == (
        "A study\n"
        "\n"
        "Old   study version 1.0  protocols/study.yaml\n"
        "New   study version 2.0, from 2025-05-01  protocols/study-2.0.yaml\n"
        "\n"
        "── Changes dates ───────────────────────────────────────────────────────────────────────────────────\n"
        "Visits\n"
        "  · day-28: timing Day 28 -> Day 35\n"
        "  · day-28: window ±3 d -> ±5 d\n"
        "\n"
        "2 differences that change dates.\n"
    )
    assert ran.err == "file: protocols/study.yaml (./protocols)\nfile: protocols/study-2.0.yaml (./protocols)\n"


def test_diff_of_equal_versions(study):
    ran = run("diff", "study", "protocols/study.yaml")
    assert (ran.code, ran.out.decode().splitlines()[-1]) == (0, "No differences.")


def test_diff_as_json(study):
    ran = run("diff", "study@1.0", "study@2.0", "--format", "json")
    found = json.loads(ran.out)
    assert (found["schema"], found["changes_dates"]) == ("trialcal.differences/1", True)
    assert (found["old"]["version"], found["new"]["effective"]) == ("1.0", "2025-05-01")
    assert found["differences"][1] == {
        "section": "visits",
        "kind": "changed",
        "names": ["day-28"],
        "key": "window",
        "old": "±3 d",
        "new": "±5 d",
        "changes_dates": True,
        "renamed": [],
        "told": "day-28: window ±3 d -> ±5 d",
    }


def test_diff_tells_all_that_is_missing_at_once(study):
    ran = run("diff", "study@3.0", "stduy")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.splitlines() == [
        "error: there is no version '3.0' of study (there are 1.0 (protocols/study.yaml), 2.0 "
        "(protocols/study-2.0.yaml, from 2025-05-01))",
        "error: there is no protocol 'stduy' (did you mean `study`?)",
    ]


def test_diff_of_a_broken_file_tells_its_errors(study):
    (study / "broken.yaml").write_text("id: study\n", encoding="utf-8")
    ran = run("diff", "study", "broken.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert "error" in ran.err


def test_diff_of_two_protocols_says_that_they_are_two():
    ran = run("diff", "cc312", "gc012f")
    assert ran.code == 1
    assert "warning: these are two protocols, cc312 and gc012f, not two versions of one" in ran.err
    assert bundled().is_dir()

"""The protocol without dates: lines worked by hand, and what must hold at every width."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len
from test_table import EXAMPLE, bundled, protocol_of, squeezed

from trialcal.expanding import expanded
from trialcal.files.recurring import parse_cycles
from trialcal.protocol import Choices, Protocol
from trialcal.timing import InCycles, Selection
from trialcal.writers.outline import protocol_text
from trialcal.writers.page import ink, wrapped
from trialcal.writers.phrasing import cycles_told, names_told
from trialcal.writers.study_spans import Span, spans_of

CHAINED = """\
id: chained
title: "[red]Chained[/red] 試験"
study_day: {anchor: dose-1, number: 1, day_zero: false, assumed: "as usual"}
start: admission
parameters: {half-life: {name: half-life of the earlier product}}
epochs: {treatment: {name: Treatment, source: "the treatment epoch"}}
visits:
  admission: {at: pending, waits_for: "a free bed"}
  dose-1: {at: 2 d after admission, epoch: treatment, type: dose}
  check: {at: 1-3 d after dose-1, source: "within three days"}
  call: {at: 1 d after check, window: +2 d, activities: ["ECG [12]", "[b]blood[/b]"]}
  monthly: {at: 6 months after dose-1, window: ±7 d}
  other: {at: pending, waits_for: "the other thing"}
  next: {at: 1 d after other}
rules:
  - {visit: call, at_least: 0 d, after: check}
periods:
  watch: {from: dose-1, until: pending, waits_for: "the word of the committee"}
  stay: {from: admission, lasts: 5 d}
lookbacks:
  earlier: {none_within: longer of 4 weeks and 5 x half-life, before: dose-1, applies_to: RA}
not_expressed:
  - {source: "two counts a day apart", reason: "it is about results"}
"""

RECURRING = """\
id: recurring
title: A study in cycles
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
types: {dose: {name: Infusion of the product, weight: 10, assumed: {weight: doses move last}}}
arms: {active: {name: Active, source: "one arm gets it"}, placebo: {name: Placebo}}
cohorts: {a: {name: Cohort A}, b: {name: Cohort B}}
cycles:
  treatment:
    length: 21 d
    first: Day 1
    rhythm: re-anchored
    until: progression
    horizon: 8
    cohorts: [a]
    source: {length: "cycles of three weeks"}
    assumed: {rhythm: the next cycle waits for the one before}
  rest: {length: 35-42 d, first: 10 d after progression, rhythm: re-anchored, count: 2, prefix: r,
         name: "Rest {cycle}", overlaps: on purpose}
visits:
  screening: {at: Day -14 to Day -1, number: "0.5", by: [phone, home], source: {number: "visit 0.5"}}
  opening: {at: Day 1, in: treatment cycle 1, type: dose}
  lab: {at: [Day 8, Day 15], in: treatment cycle 1, window: ±1 d, arms: [active],
        source: "weekly in the first cycle"}
  dose: {name: "Dose {cycle}", at: Day 1, in: treatment cycle 2 and beyond, type: dose, window: +7 d}
  marrow: {name: Marrow, at: Day 1 to Day 5, in: every 2nd treatment cycle from 3 to 7, optional: true}
  far: {name: Far, at: Day 2, in: treatment cycle 9 and beyond, if: still on treatment}
  rest-day: {at: Day 1, in: every rest cycle}
  scan: {name: "CT {n}", at: "every 8 weeks from Day 57 for 6 months, then every 12 weeks", window: ±7 d,
         until: progression, horizon: 48 weeks, may_coincide_with: [dose, marrow],
         source: {at: "every 8 weeks for half a year"}, assumed: {horizon: a guess}}
  progression: {at: pending, waits_for: progression of the disease}
  end: {at: later of 30 d after last dose and progression}
  word: {at: at least 3 d after progression}
  goodbye: {at: 30 d after last dose}
timepoints:
  pk: {name: PK sample, visit: [opening, dose],
       at: [30 min before, 0 h after, 2 h after, 48-96 h after, 15 min after end],
       window: ±10 %, source: "five samples"}
"""


def test_example_lines(tmp_path: Path) -> None:
    lines = [squeezed(line) for line in outline(EXAMPLE, tmp_path).splitlines()]
    assert "screening Screening Day -28 to Day -1" in lines
    assert "dose-1 Dose 1 Day 1 days count from here dose" in lines
    assert "dose-2 Dose 2 Day 8 Day 7 to Day 9 (±1 d) [1] dose" in lines
    assert "dose-3 Dose 3 Day 15 Day 14 to Day 16 (±1 d) [1] dose" in lines
    assert "follow-up Follow up Day 45 Day 38 to Day 52 (±7 d)" in lines
    assert "30 d after last dose (last dose: dose-3)" in lines
    assert "· each dose at least 5 d after the previous dose" in lines
    assert any(line.startswith("where: each dose: dose-1 ... dose-3") for line in lines)
    assert "[1] window: the record states no windows" in lines


def test_example_timeline(tmp_path: Path) -> None:
    lines = outline(EXAMPLE, tmp_path, width=120).splitlines()
    ticks = next(line for line in lines if line.startswith("Study day "))
    doses = next(line for line in lines if line.startswith("dose-1 ... dose-3"))
    assert [label for label in ("1", "8", "15", "45") if label in ticks.split()] == ["1", "8", "15", "45"]
    places = [at for at, cell in enumerate(doses) if cell == "◆"]
    assert [after - before for before, after in pairwise(places)] == [7, 7]
    assert doses.count("├◆┤") == 2


def test_spans_are_counted_from_the_anchor_both_ways(tmp_path: Path) -> None:
    spans = spans_of(protocol_of(CHAINED, tmp_path))
    assert spans["admission"] == Span(-2, -2, -2)
    assert spans["dose-1"] == Span(0, 0, 0)
    assert spans["check"] == Span(1, 3, None)
    assert spans["call"] == Span(2, 6, None)  # a day after the first, three after the last day of the range
    assert not spans["monthly"].is_exact
    assert "next" not in spans and "other" not in spans


def test_words_of_the_chained_protocol(tmp_path: Path) -> None:
    text = squeezed(outline(CHAINED, tmp_path))
    assert "dose-1 is on Day 1; there is no Day 0: the day before is Day -1 [1]" in text
    assert "pending, waits for: a free bed" in text
    assert "source: “within three days”" in text
    assert "activities: ECG [12]; [b]blood[/b]" in text
    assert "call on the day of check or later" in text
    assert "Watch: from dose-1 until the word of the committee (no calendar knows when)" in text
    assert "Stay: from admission, for 5 d (the first day counts)" in text
    assert "Earlier: none within the longer of 4 weeks and 5 x half-life before dose-1" in text
    assert "--set half-life=21d half-life of the earlier product" in text
    assert "Treatment (treatment): dose-1" in text
    assert "“two counts a day apart” why not: it is about results" in text
    assert "study days: as usual" in text
    assert "no day without a patient's date: other, next" in text


def test_cc312_days_of_the_design() -> None:
    lines = [squeezed(line) for line in protocol_text(bundled("cc312"), width=140, colour=False).splitlines()]
    assert any(line.startswith("screening Screening Day -31 to Day -4") for line in lines)
    assert any(line.startswith("priming") and " Day -3 " in line for line in lines)
    assert any(line.startswith("safety-check") and " Day -1 " in line for line in lines)
    for number, day in enumerate((4, 8, 11, 15, 18, 22, 25), 2):
        window = f"Day {day} Day {day - 1} to Day {day + 1} (±1 d)"
        assert any(line.startswith(f"dose-{number} ") and window in line for line in lines), number


def protocols(folder: Path) -> list[Protocol]:
    many = ", ".join(f"Day {1 + 7 * number}" for number in range(200))
    one = "id: one\ntitle: One\nstudy_day: {anchor: only, number: 1, day_zero: true}\nstart: only\nvisits:\n"
    waiting = (
        "id: w\ntitle: W\nstudy_day: {anchor: a, number: 0}\nstart: a\nvisits: {a: {at: pending, waits_for: b}}\n"
    )
    return [
        protocol_of(EXAMPLE, folder),
        protocol_of(CHAINED, folder),
        protocol_of(one + "  only: {at: Day 1}\n", folder),
        protocol_of(one + f"  only: {{at: Day 1}}\n  v: {{at: [{many}], window: ±2 d}}\n", folder),
        protocol_of(one + f"  only: {{at: Day 1, name: {'x' * 290}, notes: {'試験' * 90}}}\n", folder),
        protocol_of(waiting, folder),
        protocol_of(RECURRING, folder),
        *(bundled(name) for name in ("cc312", "gc012f", "lzzt", "nct02107703", "nct04557384")),
    ]


@pytest.mark.parametrize("colour", [False, True])
def test_every_line_fits_every_width(colour: bool, tmp_path: Path) -> None:
    for protocol in protocols(tmp_path):
        for width in (60, 61, 72, 80, 99, 100, 120, 140, 200):
            text = protocol_text(protocol, width=width, colour=colour)
            plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
            assert max(cell_len(line) for line in plain.splitlines()) <= width
            assert plain.replace("\n", "").isprintable()
            if not colour:
                assert text == plain


def test_everything_that_a_protocol_says_is_told(tmp_path: Path) -> None:
    for protocol in protocols(tmp_path):
        for width in (100, 200):
            text = squeezed(protocol_text(protocol, width=width, colour=False))
            written = (protocol.written or protocol).visits
            entries = (*written, *protocol.rules, *protocol.periods, *protocol.lookbacks, *protocol.epochs)
            heads = (
                *protocol.types.values(),
                *protocol.arms,
                *protocol.cohorts,
                *protocol.cycles,
                *protocol.timepoints,
            )
            for entry in (*entries, *heads):
                for told in (*entry.source.values(), *entry.assumed.values()):
                    assert squeezed(told) in text
            for visit in protocol.visits:
                assert (visit.entry if visit.repeats else visit.id) in text
            for one in (*protocol.not_expressed,):
                assert squeezed(one.quote) in text and squeezed(one.reason) in text
            for name in (*protocol.periods, *protocol.lookbacks):
                assert squeezed(name.name) in text


def outline(text: str, folder: Path, width: int = 100) -> str:
    return protocol_text(protocol_of(text, folder), width=width, colour=False)


def test_visits_without_a_day_keep_their_place_in_the_file() -> None:
    text = protocol_text(bundled("gc012f"), width=100, colour=False)
    told = [line.split()[0] for line in text.split("── Visits ─")[1].splitlines() if line[:1].isalpha()]
    assert [name for name in told if name in ("consent", "screening", "apheresis", "lymphodepletion-1")][:4] == [
        "consent",
        "screening",
        "apheresis",
        "lymphodepletion-1",
    ]


# --- cycles, repeats, arms and cohorts, times around visits -------------------------------------------------------


def test_an_entry_of_cycles_or_of_a_repeat_is_one_row(tmp_path: Path) -> None:
    text = outline(RECURRING, tmp_path, width=200)
    rows = [squeezed(line) for line in text.split("── Visits ─")[1].split("── Arms ─")[0].splitlines()]
    at = {row.split(" ")[0]: number for number, row in enumerate(rows)}
    # 8 cycles of 21 days: Day 1, 22, 43, ... 148; odd cycles from 3 to 7 begin on Day 43, 85 and 127
    assert rows[at["c1d1"]] == "c1d1 Day 1 days count from here dose"
    assert rows[at["c1d1"] + 1] == "Day 1 of cycle 1; only cohorts: a"
    assert rows[at["c1d8,"]] == "c1d8, c1d15 Day 8, 15 ±1 d"
    assert rows[at["c1d8,"] + 1] == "Day 8, 15 of cycle 1; only arms: active; only cohorts: a"
    assert rows[at["c2d1"]] == "c2d1 ... c8d1 Dose n Day 22, 43, 64 ... 148 +7 d dose"
    assert rows[at["marrow-c3"]] == "marrow-c3 ... marrow-c7 Marrow Day 43 to Day 47 ... Day 127 to Day 131"
    assert rows[at["marrow-c3"] + 1] == "Day 1 to Day 5 of every 2nd cycle from 3 to 7; only cohorts: a; optional"
    assert rows[at["far"]] == "far Far none planned none stated"
    assert rows[at["far"] + 1] == "Day 2 of cycle 9 and beyond; only cohorts: a; if: still on treatment"
    # every 56 days from Day 57 while within six months, then every 84: Day 57, 113, 169 / 253, 337
    assert rows[at["scan-1"]] == "scan-1 ... scan-5 [1] CT Day 57, 113, 169 ... 337 ±7 d"
    assert rows[at["scan-1"] + 1] == "every 8 weeks from Day 57 for 6 months, then every 12 weeks"
    assert rows[at["end"]].startswith("end End the later of 30 d after last dose and progression")
    assert rows[at["word"]].startswith("word Word at least 3 d after progression")
    assert rows[at["goodbye"]].startswith("goodbye Goodbye 30 d after last dose none stated")  # the last is not known
    assert rows[at["screening"]] == "screening 0.5 Screening Day -14 to Day -1"
    assert rows[at["screening"] + 1] == "by phone or home"


def test_cycles_in_words(tmp_path: Path) -> None:
    text = squeezed(outline(RECURRING, tmp_path, width=200).split("── Cycles ─")[1].split("── Visits, line")[0])
    treatment, rest = text.split("rest (Rest 1, Rest 2 ...; Day 1 is r1d1, r2d1 ...)")
    assert "treatment (Cycle 1, Cycle 2 ...; Day 1 is c1d1, c2d1 ...)" in treatment
    assert "length: 21 d from one Day 1 to the next first Day 1: Day 1" in treatment
    assert "rhythm: re-anchored: Day 1 is counted from the Day 1 before it" in treatment
    assert "how many: not known beforehand planned: 8; --cycles treatment=N plans N until: progression" in treatment
    assert "only cohorts: a (Cohort A)" in treatment
    assert "source of length: “cycles of three weeks”" in treatment
    assert "length: 35-42 d from one Day 1 to the next first Day 1: 10 d after progression" in rest
    assert "how many: 2" in rest and "planned:" not in rest
    assert "overlaps: on purpose" in rest


def test_entries_in_words(tmp_path: Path) -> None:
    text = outline(RECURRING, tmp_path, width=200)
    words = squeezed(text.split("── Visits, line by line ─")[1].split("── Times around")[0])
    assert "screening Screening when: Day -14 to Day -1 number: 0.5 by: phone or home" in words
    assert "dose (c2d1 ... c8d1) Dose n when: Day 1 in: treatment cycle 2 and beyond window: +7 d" in words
    assert "lab (c1d8, c1d15)" in words
    assert "in: treatment cycle 1 window: ±1 d only arms: active (Active)" in words
    assert "far Far when: Day 2 in: treatment cycle 9 and beyond planned: none: its cycles are not" in words
    assert "until: progression planned: 5 of them, up to 48 weeks, while nobody knows how many;" in words
    assert "may be on the day of: dose, marrow" in words
    assert words.count("“weekly in the first cycle”") == 1
    assert words.count("“every 8 weeks for half a year”") == 1


def test_groups_types_and_times_in_words(tmp_path: Path) -> None:
    text = squeezed(outline(RECURRING, tmp_path, width=200))
    assert "· Active --arm active source: “one arm gets it” · Placebo --arm placebo" in text
    assert "· Cohort A --cohort a · Cohort B --cohort b" in text
    assert "· Infusion of the product (dose): a day off its target counts 10 times [" in text
    assert "pk PK sample around: opening (c1d1), dose (c2d1 ... c8d1)" in text
    assert "at: 30 min before, at the time itself, 2 h, 48-96 h after, 15 min after the end window: ±10 %" in text


def test_only_what_an_arm_and_a_cohort_have(tmp_path: Path) -> None:
    protocol, problems = expanded(protocol_of(RECURRING, tmp_path), Choices("placebo", "a", (("treatment", 3),)))
    assert not problems
    text = squeezed(protocol_text(protocol, width=200, colour=False))
    assert "Shown what arm placebo has, what cohort a has, 3 cycles of treatment" in text
    assert "c1d8" not in text
    assert "dose (c2d1, c3d1)" in text
    assert "planned: 3, as chosen with --cycles" in text


def test_a_timeline_is_not_stretched_by_repeats_for_years(tmp_path: Path) -> None:
    text = RECURRING.replace("horizon: 48 weeks", "horizon: 9 years")
    lines = outline(text, tmp_path, width=120).split("── Visits ─")[0].splitlines()
    scan = next(line for line in lines if line.startswith("scan-1"))
    # the fourth scan, on Day 253, is the last that is drawn: no other visit is later
    assert scan.count("◆") == 4
    assert scan.rstrip().endswith("▸")
    assert "253" in next(line for line in lines if line.startswith("Study day "))


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["c1d1", "c2d1", "c3d1"], "c1d1 ... c3d1"),
        (["c1d1", "c1d8", "c2d1", "c2d8"], "c1d1, c1d8, c2d1, c2d8"),
        (["c1d1", "c1d2", "c2d2"], "c1d1, c1d2, c2d2"),  # not all between the first and the last
        (["p1d-1", "p1d1"], "p1d-1, p1d1"),
        (["scan-9", "scan-10", "scan-11", "end"], "scan-9 ... scan-11, end"),
    ],
)
def test_names_are_drawn_together_only_where_nothing_is_lost(names: list[str], told: str) -> None:
    assert names_told(names) == told


@pytest.mark.parametrize(
    ("selections", "told"),
    [
        ([Selection(1, 1)], "cycle 1"),
        ([Selection(2, 6)], "cycles 2-6"),
        ([Selection(2)], "cycle 2 and beyond"),
        ([Selection()], "every cycle"),
        ([Selection(1, None, 2)], "every 2nd cycle from 1"),
        ([Selection(3, 13, 2), Selection(16, None, 3)], "every 2nd cycle from 3 to 13, every 3rd cycle from 16"),
        ([Selection(1, None, 11), Selection(1, None, 21)], "every 11th cycle from 1, every 21st cycle from 1"),
    ],
)
def test_cycles_are_told_as_the_language_writes_them(selections: list[Selection], told: str) -> None:
    assert cycles_told(InCycles(1, None, "", tuple(selections))) == told
    for part in told.split(", "):
        parse_cycles(part)


def test_a_long_word_is_cut_behind_its_hyphen_but_no_date_is() -> None:
    assert [line.plain for line in wrapped(ink("extension-follow-up"), 17)] == ["extension-follow-", "up"]
    assert [line.plain for line in wrapped(ink("2025-03-10T12:00"), 10)] == ["2025-03-10", "T12:00"]


# --- several subjects together --------------------------------------------------------------------------------------

ACROSS = """\
id: study
title: A study
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
visits:
  conditioning: {at: [Day -5, Day -4]}
  dose: {at: Day 1}
periods:
  dlt: {name: DLT observation, from: dose, until: Day 29}
escalation:
  commits: first conditioning
  first_dose: dose
  dlt_period: dlt
  complete: the day after
  subjects: 9-18
  mtd_needs: 6
  source: {subjects: "9 to 18 subjects"}
  assumed: {complete: "its last day must be over"}
dose_groups:
  low: {name: 10 mg, subjects: 3-6, source: "10 mg and 20 mg"}
  high: {name: 20 mg}
  between: {name: 15 mg, spare: true}
staggers:
  apart: {subject: 2 and on, after: previous, at_least: 14 d, opens: the day after, group: high}
reviews:
  board: {name: Safety board, after: 3, opens: the day after, preparation: 3 d, meets: [Tue, Thu],
          assesses: the board, decides: the sponsor}
  all-of-it: {after: all, opens: on the last day}
gates:
  fourth: {subject: 4 and on, waits_for: board, release: needed, released_by: the sponsor, notes: by letter}
  one-by-one: {subject: 2-3, waits_for: observation, opens: on the last day}
decisions:
  none: {of: 3, dlts: 0, then: escalate}
  one: {of: 3, dlts: 1, then: add 3, assumed: "the usual table"}
  more: {of: any, dlts: 2 or more, then: discuss, by: the board}
  six: {of: 6, dlts: 0-1, then: escalate}
"""


def test_several_subjects_together_stand_in_words_with_what_is_assumed(tmp_path):
    text = protocol_text(protocol_of(ACROSS, tmp_path), width=140, colour=False)
    section = text[text.index("── Several subjects together") :].split("\n\n")[0].splitlines()[1:]
    assert section == [
        "  subjects: 9-18",
        "  commits a subject to the dose: first conditioning",
        "  first dose of the product: dose",
        "  DLT period: DLT observation (dlt)",
        "  its observation is complete: the day after [1]",
        "  the candidate for the MTD needs: 6 evaluable subjects",
        "  source of subjects: “9 to 18 subjects”",
        "Dose groups, from the lowest dose on",
        "· 10 mg (low): 3-6 evaluable subjects",
        "  source: “10 mg and 20 mg”",
        "· 20 mg (high): number of subjects not stated",
        "· 15 mg (between): number of subjects not stated; spare, used only where people decide so",
        "Staggered first doses",
        "· apart, in high: first dose of subject 2 and on at least 14 d after that of the one before, the day after",
        "Reviews of safety data",
        "· Safety board (board): after 3 evaluable subjects completed the DLT observation, from the day after on, "
        "3 d of preparation, on Tue and Thu",
        "  who:    the board assesses, the sponsor decides",
        "· All of it (all-of-it): after all evaluable subjects completed the DLT observation, from the last day on",
        "Gates: what holds first conditioning",
        "· Fourth (fourth): subject 4 and on waits for review board, and a release by the sponsor; "
        "opens the day after",
        "  note:   by letter",
        "· One by one (one-by-one): subject 2-3 waits for the DLT observation of all before; opens on the last day",
        "Decision table",
        "· none: 0 of 3 evaluable subjects with a DLT: escalate",
        "· one: 1 of 3 evaluable subjects with a DLT: add 3 [2]",
        "· more: 2 or more of any number of subjects with a DLT: discuss (by the board)",
        "· six: 0-1 of 6 evaluable subjects with a DLT: escalate",
    ]
    assumed = text[text.index("── What is assumed") :].splitlines()[1:]
    assert assumed == [
        "[1]  when the observation is complete: its last day must be over",
        "[2]  decision: the usual table",
    ]


def test_values_across_subjects_that_nobody_set_are_told(tmp_path):
    unset = ACROSS.replace("  dlt_period: dlt\n  complete: the day after\n", "").replace(
        '  assumed: {complete: "its last day must be over"}\n', ""
    )
    text = protocol_text(protocol_of(unset, tmp_path), width=140, colour=False)
    assert "  DLT period: not stated: `trialcal cohort` needs it\n" in text
    assert "  its observation is complete: not stated: `trialcal cohort` needs it\n" in text


def test_protocol_of_one_subject_has_no_such_section(tmp_path):
    assert "Several subjects" not in protocol_text(protocol_of(CHAINED, tmp_path), width=100, colour=False)

"""The protocol without dates: lines worked by hand, and what must hold at every width."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pytest
from rich.cells import cell_len
from test_table import EXAMPLE, bundled, protocol_of, squeezed

from trialcal.protocol import Protocol
from trialcal.writers.outline import protocol_text
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
        bundled("cc312"),
        bundled("gc012f"),
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
            entries = (*protocol.visits, *protocol.rules, *protocol.periods, *protocol.lookbacks, *protocol.epochs)
            for entry in entries:
                for told in (*entry.source.values(), *entry.assumed.values()):
                    assert squeezed(told) in text
            for visit in protocol.visits:
                assert visit.id in text
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

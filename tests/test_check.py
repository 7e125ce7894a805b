"""What `check` finds without any patient's date. Counts of starts were worked out by hand on the calendar."""

from __future__ import annotations

from trialcal.check import check_protocol
from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse

HEAD = """\
id: a
title: a
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
"""


def found(text, level=None):
    tree, problems = parse((HEAD + text).encode(), "f")
    assert not problems
    protocol, problems = read_protocol(tree, file="f", sha256="")
    assert protocol is not None, problems
    return [problem for problem in check_protocol(protocol) if level in (None, problem.level)]


def codes(text):
    return [problem.code for problem in found(text)]


def test_a_protocol_that_can_hold():
    assert codes("visits:\n  dose: {at: [Day 1, Day 8], window: ±1 d}\nrules:\n"
                 "  - {visit: dose-2, at_least: 6 d, after: dose-1}\n") == []  # fmt: skip


def test_a_rule_that_the_days_break_though_a_window_would_mend_it():
    """Day 8 is 7 d after Day 1; the window allows the eighth day, but the protocol contradicts itself."""
    (problem,) = found("visits:\n  dose: {at: [Day 1, Day 8], window: ±1 d}\nrules:\n"
                       "  - {visit: dose-2, at_least: 8 d, after: dose-1}\n")  # fmt: skip
    assert (problem.level, problem.code, problem.place.line) == ("error", "rule-breaks-days", 8)
    assert "they put dose-2 7 d after dose-1" in problem.message


def test_one_rule_about_a_series_is_told_once():
    (problem,) = found("visits:\n  dose: {at: [Day 1, Day 8, Day 10, Day 11]}\nrules:\n"
                       "  - {visit: each dose, at_least: 4 d, after: previous dose}\n")  # fmt: skip
    assert "dose-3 at least 4 d after dose-2" in problem.message
    assert problem.message.endswith("; and so for 1 more")


def test_day_zero_counts():
    """Without a Day 0, Day -1 is one day before Day 1."""
    visits = "visits:\n  dose-1: {at: Day 1}\n  prep: {at: Day -1}\n"
    rule = f"{visits}rules:\n  - {{visit: dose-1, at_least: 2 d, after: prep}}\n"
    (problem,) = found(rule)
    assert "they put dose-1 1 d after prep" in problem.message
    assert "1 d" in problem.message


def test_visits_on_the_same_day():
    (problem,) = found("visits:\n  dose-1: {at: Day 1}\n  scan: {at: 0 d after dose-1}\nrules:\n"
                       "  - {visit: scan, at_least: 1 d, after: dose-1}\n")  # fmt: skip
    assert problem.message.endswith("they put scan on the day of dose-1")


def test_no_start_can_hold_a_month_of_forty_days():
    assert codes("visits:\n  dose-1: {at: Day 1}\n  scan: {at: 0-1 month after dose-1}\nrules:\n"
                 "  - {visit: scan, at_least: 40 d, after: dose-1}\n") == ["no-start"]  # fmt: skip


def test_some_starts_count_by_the_calendar():
    """A month after is 31 d later where the month has 31 days and the next has that day, else fewer.

    Of 2025-01-01 to 2028-12-31: from every day of Jan, Mar, May, Jul, Aug, Oct, Dec it is 31 d, save where clipped:
    from 29-31 Jan (30-31 Jan 2028), 31 Mar, 31 May, 31 Aug, 31 Oct. 4 x 217 - 3 x 3 - 2 - 4 x 4 = 841 can hold it.
    """
    text = "visits:\n  dose-1: {at: Day 1}\n  scan: {at: 0-1 month after dose-1}\n  fixed: {at: 31 d after dose-1}\n"
    (problem,) = found(text + "rules:\n  - {visit: scan, at_least: 0 d, after: fixed}\n")
    assert (problem.level, problem.code) == ("warning", "some-starts")
    assert problem.message.startswith(f"{1461 - 841} of 1461 starts in a row, the first Wed 2025-01-29, cannot hold")
    assert not any("as given" in line for line in problem.chain)


def test_a_rule_that_months_break_sometimes_is_a_warning():
    """From 30 Jan on, a month is 29 or 28 days: the rule of 30 d then needs the window."""
    (problem,) = found("visits:\n  dose-1: {at: Day 1}\n  scan: {at: 1 month after dose-1, window: ±3 d}\nrules:\n"
                       "  - {visit: scan, at_least: 30 d, after: dose-1}\n")  # fmt: skip
    assert (problem.level, problem.code) == ("warning", "rule-breaks-some-days")


def test_a_contradiction_is_told_without_dates():
    visits = "  dose-1: {at: Day 1}\n  a: {at: 0-20 d after dose-1}\n  b: {at: 0-20 d after dose-1}\n"
    rules = "  - {visit: a, at_least: 2 d, after: b}\n  - {visit: b, at_least: 1 d, after: a}\n"
    (problem,) = found(f"visits:\n{visits}rules:\n{rules}")
    assert problem.code == "contradiction"
    assert problem.chain == (
        "suppose that a is on some day",
        "then b is 1 d after that day at the earliest (rule rule-2: b at least 1 d after a)",
        "then a is 3 d after that day at the earliest (rule rule-1: a at least 2 d after b), which cannot be",
    )


def test_a_rule_backwards():
    rule = "  - {visit: dose-2, at_least: 9 d, at_most: 5 d, after: dose-1}\n"
    assert codes(f"visits:\n  dose: {{at: [Day 1, Day 8]}}\nrules:\n{rule}") == ["rule-backwards"]


def test_hours_that_can_hold_are_no_problem():
    """48-72 h after an end on Day -3: Day 0 (three dates on) can be reached, 73 h cannot be kept apart by dates."""
    text = "visits:\n  dose-1: {at: Day 1}\n  chemo: {at: Day -3}\nrules:\n"
    assert codes(text + "  - {visit: dose-1, within: 48-72 h, after: end of chemo}\n") == []
    assert codes(text + "  - {visit: dose-1, within: 100-120 h, after: end of chemo}\n") == ["rule-breaks-days"]


def test_a_type_that_is_nearly_another():
    problems = found(
        "types:\n  conditioning: {}\nvisits:\n  dose-1: {at: Day 1}\n  chemo: {at: Day -3, type: conditoning}\n"
    )
    assert [(problem.code, problem.hint) for problem in problems] == [("lone-type", "did you mean `conditioning`?")]
    assert codes("visits:\n  dose-1: {at: Day 1, type: dose}\n  scan: {at: Day 3, type: imaging}\n") == []


def test_a_parameter_that_nothing_uses():
    (problem,) = found("visits:\n  dose-1: {at: Day 1}\nparameters:\n  half-life: {}\n")
    assert (problem.code, problem.place.line) == ("unused-parameter", 8)


def test_everything_assumed_is_listed_once_with_its_place():
    notes = found(
        "epochs:\n  late: {assumed: named so}\ntypes:\n  dose: {weight: 5, assumed: {weight: guessed}}\n"
        "visits:\n  dose: {at: [Day 1, Day 8], assumed: {at: usual, window: none stated}}\n"
        "rules:\n  - {visit: dose-2, at_least: 1 d, after: dose-1, assumed: obvious}\n"
        "periods:\n  dlt: {from: dose-1, lasts: 3 d, assumed: {lasts: short}}\n"
        "lookbacks:\n  drug: {stable_for: 1 week, before: dose-1, assumed: {before: unclear}}\n",
        "note",
    )
    assert [(note.place.line, note.message) for note in notes] == [
        (10, "dose: at is assumed: usual"),
        (10, "dose: window is assumed: none stated"),
        (12, "rule rule-1: at is assumed: obvious"),
        (14, "period dlt: lasts is assumed: short"),
        (16, "lookback drug: before is assumed: unclear"),
        (6, "epoch late: at is assumed: named so"),
        (8, "type dose: weight is assumed: guessed"),
    ]

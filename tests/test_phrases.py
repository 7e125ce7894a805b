"""The phrases of the language: every spelling that people paste, and nothing but a Mistake for everything else."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from trialcal.days import Duration
from trialcal.files import phrases
from trialcal.files.phrases import (
    Gap,
    Mistake,
    is_id,
    parse_duration,
    parse_gap,
    parse_parameter,
    parse_reference,
    parse_spans,
    parse_window,
    tidy,
)
from trialcal.files.timings import Daily, parse_timing
from trialcal.protocol import Multiple
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Pending, Reference, Window


def d(count, unit="days"):
    return Duration(count, unit)


# --- durations and gaps ---------------------------------------------------------------------------------------------

DURATIONS = {
    d(2): [
        "2 d",
        "2d",
        "2 day",
        "2 days",
        "2 D",
        "2 Days",
        " 2  d ",
        "2\u00a0d",
        "2\u202fdays",
        "2\u2009d",
        "02 d",
        "0000000002 d",
    ],
    d(1): ["1 d", "1 day"],
    d(4, "weeks"): ["4 weeks", "4 week", "4 w", "4wk", "4 wks"],
    d(6, "months"): ["6 months", "6 month", "6 mo", "6 mos"],
    d(2, "years"): ["2 years", "2 year", "2 y", "2 yr", "2 yrs"],
    d(48, "hours"): ["48 h", "48h", "48 hr", "48 hrs", "48 hour", "48 hours"],
    d(30, "minutes"): ["30 min", "30 mins", "30 minute", "30 minutes"],
    d(0): ["0 d"],
}


@pytest.mark.parametrize(("text", "value"), [(text, value) for value, texts in DURATIONS.items() for text in texts])
def test_duration(text, value):
    assert parse_duration(text) == value


@pytest.mark.parametrize(
    ("text", "least", "most"),
    [
        ("48-72 h", d(48, "hours"), d(72, "hours")),
        ("48\u201372 h", d(48, "hours"), d(72, "hours")),
        ("48\u221272 h", d(48, "hours"), d(72, "hours")),
        ("48 h - 72 h", d(48, "hours"), d(72, "hours")),
        ("48 to 72 hours", d(48, "hours"), d(72, "hours")),
        ("1 d to 4 weeks", d(1), d(4, "weeks")),
        ("7 d", d(0), d(7)),
        ("0-0 d", d(0), d(0)),
        ("30 d to 1 month", d(30), d(1, "months")),  # a month may have 31 days
    ],
)
def test_gap(text, least, most):
    assert parse_gap(text) == Gap(least, most)


@pytest.mark.parametrize("text", ["72-48 h", "4 weeks to 1 d", "32 d to 1 month", "2 years to 23 months"])
def test_gap_that_runs_backwards(text):
    with pytest.raises(Mistake, match="runs backwards"):
        parse_gap(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("21d", d(21)),
        ("2.5 d", d(60, "hours")),
        ("0.5 weeks", d(84, "hours")),
        ("1.25 h", d(75, "minutes")),
        ("10 years", d(10, "years")),
    ],
)
def test_parameter(text, value):
    assert parse_parameter(text) == value


@pytest.mark.parametrize("text", ["2.5 months", "1.0001 h", "11 years", "4000 d", "2,5 d", "-2 d", "0.5", "1e3 d"])
def test_parameter_that_is_none(text):
    with pytest.raises(Mistake):
        parse_parameter(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("8 weeks", (d(8, "weeks"),)),
        ("5 x half-life", (Multiple(5, "half-life"),)),
        ("5 \u00d7 half-life", (Multiple(5, "half-life"),)),
        ("5*half-life", (Multiple(5, "half-life"),)),
        ("longer of 4 weeks and 5 x half-life", (d(4, "weeks"), Multiple(5, "half-life"))),
        ("The longer of 4 weeks, 30 d and 5 x half-life", (d(4, "weeks"), d(30), Multiple(5, "half-life"))),
    ],
)
def test_spans(text, value):
    assert parse_spans(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "hint"),
    [
        (parse_duration, "\uff12 d", "type the digits 0-9"),
        (parse_duration, "\u0662 d", "type the digits 0-9"),
        (parse_duration, "\u00b2 d", "type the digits 0-9"),
        (parse_gap, "48-7\uff12 h", "type the digits 0-9"),
        (parse_parameter, "2.\uff15 d", "type the digits 0-9"),
        (parse_spans, "\uff15 x half-life", "type the digits 0-9"),
        (parse_timing, "Day \uff18", "type the digits 0-9"),
        (parse_reference, "dose-\uff11", "type the digits 0-9"),
        (parse_window, "\uff0b2 d", "type an ordinary + or -"),
        (parse_window, "\uff0d2 d", "type an ordinary + or -"),
        (parse_timing, "Day \ufe632", "type an ordinary + or -"),
    ],
)
def test_other_digits_and_signs(parse, text, hint):
    with pytest.raises(Mistake) as mistake:
        parse(text)
    assert mistake.value.hint == hint


# --- windows --------------------------------------------------------------------------------------------------------

WINDOWS = {
    (d(1), d(1)): ["±1 d", "± 1 d", "±1d", "+/- 1 d", "+/-1 day", "+-1 d", "-/+ 1 d", "+/\u2212 1 days",
                   "+/\u20131 d"],
    (d(1), d(3)): ["-1/+3 d", "-1 / +3 d", "\u22121/+3 d", "\u20131/+3 d", "+3/-1 d", "-1 d/+3 d", "-1, +3 d",
                   "-1\u00a0/\u00a0+3\u00a0days"],
    (d(0), d(7)): ["+7 d", "+ 7 days"],
    (d(2), d(0)): ["-2 d", "\u22122 d", "\u2013 2 days"],
    (d(0), d(0)): ["0 d", "±0 d", "0 days"],
    (d(4, "hours"), d(4, "hours")): ["±4 h", "+/- 4 hours"],
    (d(1, "weeks"), d(1, "weeks")): ["±1 week", "±1 w"],
    (d(12, "hours"), d(2)): ["-12 h/+2 d"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "ends"), [(text, ends) for ends, texts in WINDOWS.items() for text in texts])
def test_window(text, ends):
    assert parse_window(text) == Window(*ends)


@pytest.mark.parametrize(
    "text", ["1 d", "±1", "±", "+1/+3 d", "-1/-3 d", "none", "", "± 1.5 d", "±1 m", "+-+1 d", "0"]
)
def test_window_that_is_none(text):
    with pytest.raises(Mistake):
        parse_window(text)


# --- when -----------------------------------------------------------------------------------------------------------

LAST_DOSE = Reference("dose", (), "last")
TIMINGS = {
    OnDay(8): ["Day 8", "day 8", "DAY 8", "D8", "d8", "D 8", "Day +8", "Day8", "Day\u00a08"],
    OnDay(-3): ["Day -3", "D-3", "Day \u22123", "Day \u20133", "D\u20113", "Day - 3", "day\u00a0-3"],
    OnDay(0): ["Day 0", "D0", "Day -0"],
    Daily(-5, -3): ["Day -5 to Day -3 daily", "D-5 to D-3 daily", "Day \u22125 to Day \u22123 daily",
                    "Days -5 to -3 daily", "Day -5 through Day -3 daily"],
    DayRange(-28, -1): ["Day -28 to Day -1", "D-28 to D-1", "Day \u221228 \u2013 Day \u22121", "Days -28 to -1",
                        "Day -28 - Day -1", "Day -28 until Day -1"],
    Offset(d(2), 1, Reference("priming", ())): ["2 d after priming", "2 days after the priming", "2d after Priming"],
    Offset(d(30), 1, Reference("infusion", (), "only", "end")): ["30 d after end of infusion",
                                                                 "30 d after the end of the infusion"],
    Offset(d(30, "minutes"), -1, Reference("infusion", ())): ["30 min before infusion",
                                                              "30 min before start of infusion"],
    Offset(d(6, "months"), 1, LAST_DOSE): ["6 months after last dose", "6 months after the last dose"],
    OffsetRange(d(48, "hours"), d(72, "hours"), 1, Reference("lymphodepletion", (), "last", "end")): [
        "48-72 h after end of last lymphodepletion", "48\u201372 h after the end of the last lymphodepletion",
        "48 h to 72 h after end of last lymphodepletion", "within 48-72 h after end of last lymphodepletion"],
    OffsetRange(d(0), d(7), 1, LAST_DOSE): ["within 7 d after last dose", "0-7 d after last dose"],
    OffsetRange(d(1), d(28), -1, Reference("priming", ())): ["1-28 d before priming",
                                                             "1\u201328\u00a0d before priming"],
    Pending(""): ["pending", "Pending"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "value"), [(text, value) for value, texts in TIMINGS.items() for text in texts])
def test_timing(text, value):
    assert parse_timing(text) == value


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("2 d", "'2 d' does not say after or before what", "write '2 d after ...' with a visit's id"),
        ("8", "'8' does not say what it counts", "write 'Day 8' for a study day"),
        ("+8", "'+8' does not say what it counts", "write 'Day 8' for a study day"),
        ("2025-03-01", "'2025-03-01' is a date", "a protocol has no patient's dates: write a study day, as 'Day 1'"),
        ("Day 1-5", "'Day 1-5' is not understood", "write 'Day 1 to Day 5' for one visit on any of these days, "
                                                   "'Day 1 to Day 5 daily' for a visit on each"),
        ("Day 8 (±2 d)", "'Day 8 (±2 d)' holds a window beside the day",
         "write 'at: Day 8' and, as a key of its own, 'window: ±2 d'"),
        ("3 weeks following dose-1", "'3 weeks following dose-1' is not understood",
         "write '3 weeks after dose-1'"),
        ("3 weeks prior to dose-1", "'3 weeks prior to dose-1' is not understood", "write '3 weeks before dose-1'"),
        ("Month 4", "'Month 4' is not a study day",
         "write the study day, as 'Day 29', a study week, as 'Week 4', or an offset, as '4 weeks after dose-1'"),
        ("within 7 d of dose-1", "'within 7 d of dose-1' does not say before or after",
         "write 'within 7 d after dose-1' or 'within 7 d before dose-1'"),
        ("dose-1", "'dose-1' does not say when", "for the same day as a visit, write '0 d after dose-1'"),
        ("2 m after dose-1", "'m' is not a unit of time", "'m' may be minutes or months: write 'min' or 'months'"),
        ("101 years after dose-1", "101 years is more than a schedule can hold", "at most 100 years"),
    ],
)  # fmt: skip
def test_timing_that_is_none(text, message, hint):
    with pytest.raises(Mistake) as mistake:
        parse_timing(text)
    assert (mistake.value.message, mistake.value.hint) == (message, hint)


# --- references and ids ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("priming", Reference("priming", ())),
        ("Priming", Reference("priming", ())),
        ("the priming", Reference("priming", ())),
        ("last dose", LAST_DOSE),
        ("the last dose", LAST_DOSE),
        ("first dose", Reference("dose", (), "first")),
        ("each dose", Reference("dose", (), "each")),
        ("the previous dose", Reference("dose", (), "previous")),
        ("end of infusion", Reference("infusion", (), "only", "end")),
        ("start of infusion", Reference("infusion", ())),
        ("end of the last dose", Reference("dose", (), "last", "end")),
        ("dose\u20111", Reference("dose-1", ())),
        ("last", Reference("last", ())),  # a visit may be called so
    ],
)
def test_reference(text, value):
    assert parse_reference(text) == value


@pytest.mark.parametrize("text", ["dose-1", "a", "scan2", "c1d1", "dose-01", "first-dose", "x" * 64])
def test_id(text):
    assert is_id(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Dose",
        "1a",
        "-a",
        "a-",
        "a--b",
        "a b",
        "a\n",
        "\u00e4",
        "x" * 65,
        "a/b",
        "..",
        "pre.dose",
        "a_b",
        *phrases.RESERVED,
    ],
)
def test_no_id(text):
    assert not is_id(text)


# --- whatever is written --------------------------------------------------------------------------------------------

PARSERS = (parse_duration, parse_gap, parse_parameter, parse_spans, parse_window, parse_timing, parse_reference)
WORDS = ["Day", "D", "-", "\u2013", "\u2212", "+", "±", "/", "+/-", "1", "03", "28", "99999999999", "d", "h", "m",
         "weeks", "months", "years", "after", "before", "within", "of", "to", "daily", "dose-1", "last", "each",
         "end of", "the", "pending", "x", "longer of", "and", ",", ".", "half-life", "\u00a0", "1.5", "2025-03-01",
         "(", ")", "at least", "cycle", "every", "Week"]  # fmt: skip
PHRASES = st.lists(st.sampled_from(WORDS), max_size=9).flatmap(
    lambda words: st.sampled_from(["", " ", "\u00a0"]).map(lambda space: space.join(words))
)


@given(st.text(max_size=60) | PHRASES)
@example("")
@example("\u00b2 d")
@example("Day \u00b2")
@example("9" * 5000 + " d")
@example("±" + "9" * 5000 + " d")
@example("Day " + "9" * 5000)
@example("1." + "9" * 5000 + " d")
@example("9" * 5000)
def test_nothing_but_a_mistake_is_raised(text):
    for parse in PARSERS:
        try:
            parse(text)
        except Mistake as mistake:
            assert mistake.message
    is_id(text)


@given(PHRASES)
def test_tidying_twice_changes_nothing(text):
    assert tidy(tidy(text)) == tidy(text)


@given(PHRASES)
def test_pasted_spellings_mean_the_same(text):
    """Dashes, spaces and capitals of another document change nothing."""
    pasted = text.upper().replace("-", "\u2212").replace(" ", "\u00a0")
    for parse in PARSERS:
        assert outcome(parse, text) == outcome(parse, pasted)


def outcome(parse, text):
    try:
        return parse(text)
    except Mistake:
        return None


@given(st.integers(0, 100), st.sampled_from(sorted(phrases.UNITS)))
def test_a_duration_written_out_is_read_again(count, word):
    value = parse_duration(f"{count} {word}")
    assert parse_duration(str(value)) == value
    assert parse_window(str(Window(value, value))) == Window(value, value)
    if count:
        assert parse_window(str(Window(value, d(1)))) == Window(value, d(1))

"""The words of `record` as people type them: what is understood, and what is answered where it cannot be."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import run

from trialcal.files.history import plain, verify
from trialcal.files.tree import parse

PROTOCOL = """\
id: small
title: A small protocol
version: "1.0"
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
parameters: {half-life: {name: half-life of the earlier product}}
visits:
  screening: {name: First look, number: 10, at: 1-28 d before dose-1}
  dose: {type: dose, at: [Day 1, Day 8, Day 15], window: ±1 d}
  follow-up: {name: Last look, number: 40, at: 28 d after last dose, window: ±3 d}
lookbacks:
  earlier-product: {discontinued_for: 5 x half-life, before: dose-1}
"""
SUBJECT = "subject: GC-001\nprotocol: small\ngiven: {dose-1: 2025-03-03}\n"
FILE = Path("GC-001.yaml")
WHY = ("--reason", "after the hold")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1742458210")  # 2025-03-20T08:10:10Z
    monkeypatch.delenv("TRIALCAL_BY", raising=False)
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")
    FILE.write_text(SUBJECT, encoding="utf-8")


def record(*words):
    ran = run("record", "GC-001", *words, "--by", "SC1", "--today", "2025-03-20")
    assert "Traceback" not in ran.err
    assert "fault of trialcal" not in ran.err
    return ran


def content():
    data = FILE.read_bytes()
    tree, problems = parse(data, "file")
    assert problems == ()
    assert verify(data, "file").problems == ()
    return plain(tree)


def answer(*words):
    """What is said where nothing is recorded since the words are not understood: each line's end."""
    before = FILE.read_bytes()
    ran = record(*words)
    assert (ran.code, ran.out) == (2, b""), (ran.out, ran.err)
    assert FILE.read_bytes() == before
    return [line for line in ran.err.splitlines() if "error: " in line]


# --- visits ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "visit"),
    [
        (("dose 1", "2025-03-05"), "dose-1"),
        (("Dose 1", "2025-03-05"), "dose-1"),
        (("dose", "1", "2025-03-05"), "dose-1"),
        (("dose_1", "2025-03-05"), "dose-1"),
        (("10", "2025-02-20"), "screening"),
        (("visit 10", "2025-02-20"), "screening"),
        (("visit", "10", "2025-02-20"), "screening"),
        (("V10", "2025-02-20"), "screening"),
        (("First look", "2025-02-20"), "screening"),
        (("First", "look", "2025-02-20"), "screening"),
        (("last", "look", "2025-03-19"), "follow-up"),
        (("follow up", "2025-03-19"), "follow-up"),
        (("booked", "visit", "40", "2025-04-14"), "follow-up"),
        (("missed", "dose 1", *WHY), "dose-1"),
        (("given", "dose 2", "2025-03-15"), "dose-2"),
        (("hold", "dose 2", "2025-03-15", *WHY), "dose-2"),
        (("delay", "dose 2", "7d", *WHY), "dose-2"),
        (("discontinued", "2025-03-15", "--visits", "dose 2,dose-3", *WHY), "dose-2"),
    ],
)
def test_the_id_is_named(words, visit):
    lines = answer(*words)
    assert len(lines) == 1
    assert f"did you mean `{visit}`" in lines[0]


def test_a_number_that_no_visit_has():
    (line,) = answer("12", "2025-03-05")
    assert line.startswith("error: small has no visit of the number 12 (known here: screening, dose-1, dose-2, ")


@pytest.mark.parametrize(
    "words", [("missed", "dose-1"), ("hold", "dose", "2025-03-21"), ("delay", "dose-2,dose-3", "7d")]
)
def test_what_else_is_lacking_is_still_told(words):
    (line,) = answer(*words)
    assert "this asks for a reason" in line


def test_the_id_of_what_is_removed_is_named():
    record("dose-1", "2025-03-05")
    ran = record("removed", "dose 1", "--reason", "typing error")
    assert ran.code == 1
    assert "(did you mean `dose-1`?)" in ran.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("dose-1 2025-03-05",), "GC-001: dose-1 took place on Wed 2025-03-05 (planned on Mon 2025-03-03)"),
        ((" dose-1 ", " 2025-03-05 "), "GC-001: dose-1 took place on Wed 2025-03-05 (planned on Mon 2025-03-03)"),
        (("booked dose-2", "2025-03-21"), "GC-001: dose-2 is booked for Fri 2025-03-21"),
        (("missed dose-1", *WHY), "GC-001: dose-1 was missed"),
    ],
)
def test_words_in_one_argument(words, told):
    ran = record(*words)
    assert ran.code == 0, ran.err
    assert ran.out.decode().splitlines()[0] == told


def test_a_note_stays_as_it_is():
    record("note", "dose-1", "2025-03-05 ,", "booked dose-1")
    assert content()["notes"] == "dose-1 2025-03-05 , booked dose-1"
    assert "visits" not in content()


# --- dates and durations --------------------------------------------------------------------------------------------


def test_a_clock_time_apart():
    (line,) = answer("dose-1", "2025-03-05", "9:00")
    assert line == "error: the clock time 9:00 stands apart from its date (write 2025-03-05T09:00, without a space)"


def test_a_clock_time_behind_a_space_is_written_with_a_t():
    assert record("dose-1", "2025-03-05 09:00").code == 0
    assert content()["visits"] == {"dose-1": {"actual": "2025-03-05T09:00"}}


@pytest.mark.parametrize("by", ["7d", "7 d", "7 days", "7days", "7 D"])
def test_seven_days(by):
    assert record("delay", "dose-2", by, *WHY).code == 0
    assert content()["delays"] == [{"visits": ["dose-2"], "by": "7 d", "reason": "after the hold"}]


@pytest.mark.parametrize("words", [("7", "d"), ("7", "days")])
def test_seven_days_apart(words):
    (line,) = answer("delay", "dose-2", *words, *WHY)
    assert line == f"error: '{' '.join(words)}' stands in two words (write 7d)"


@pytest.mark.parametrize("by", ["0d", "0 d", "0 weeks"])
def test_no_delay_by_nothing(by):
    (line,) = answer("delay", "dose-2", by, *WHY)
    assert "moves nothing (write a longer one, as 7d; `trialcal record GC-001.yaml removed delay dose-2` " in line


# --- lists of visits ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "names", [("dose-2,dose-3",), ("dose-2, dose-3",), ("dose-2,", "dose-3"), ("dose-2", ",dose-3")]
)
def test_lists_with_spaces(names):
    assert record("delay", *names, "7d", *WHY).code == 0
    assert content()["delays"] == [{"visits": ["dose-2", "dose-3"], "by": "7 d", "reason": "after the hold"}]


@pytest.mark.parametrize("names", [("dose-2", "dose-3"), ("dose-2 dose-3",)])
@pytest.mark.parametrize("kind", [("delay", "7d"), ("hold", "2025-03-21")])
def test_lists_without_commas(names, kind):
    (line,) = answer(kind[0], *names, kind[1], *WHY)
    assert line == "error: several visits stand apart (write dose-2,dose-3, with commas and without spaces)"


def test_a_list_of_nothing():
    assert record("delay", ",", "7d", *WHY).code != 0
    assert FILE.read_text(encoding="utf-8") == SUBJECT


# --- parameters -----------------------------------------------------------------------------------------------------


def test_a_parameter():
    ran = record("parameter", "half-life", "21d")
    assert ran.code == 0, ran.err
    assert ran.out.decode().splitlines()[0] == "GC-001: half-life is 21 d"
    assert content()["parameters"] == {"half-life": "21d"}
    entry = verify(FILE.read_bytes(), "").entries[-1]
    assert (entry.what, entry.old, entry.new) == ("parameter half-life", "", "half-life: 21d")


def test_a_changed_parameter_needs_a_reason():
    record("parameter", "half-life", "21d")
    (line,) = answer("parameter", "half-life", "14 d")
    assert "this changes what was recorded before (half-life: 21d)" in line
    assert "nothing to change" in record("parameter", "half-life", "21 days").out.decode()
    assert record("half-life", "14 d", "parameter", "--reason", "by the label").code == 0
    entry = verify(FILE.read_bytes(), "").entries[-1]
    assert (entry.old, entry.new, entry.reason) == ("half-life: 21d", "half-life: 14 d", "by the label")


def test_a_parameter_taken_away():
    record("parameter", "half-life", "21d")
    assert record("removed", "parameter", "half-life", "--reason", "another product").code == 0
    assert "parameters" not in content()


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("parameter", "half-live", "21d"), "there is no parameter 'half-live' in small (did you mean `half-life`?)"),
        (("parameter", "half-life", "21"), "parameter half-life: '21' has no unit (write '21 d' for days"),
        (("parameter", "half-life"), "parameter 'half-life': its value is missing"),
        (("parameter", "21d"), "parameter: it is not said which"),
    ],
)
def test_no_such_parameter(words, told):
    (line,) = answer(*words)
    assert told in line


# --- what looks like a person ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("wish of Given Family", "Given Family"),
        ("Family, Given called", "Family, Given"),
        ("Mrs Family called", "Mrs Family"),
        ("Dr. Family decided", "Dr. Family"),
        ("patient born 30.04.1961", "born 30.04.1961"),
        ("write to given@example.org", "given@example.org"),
    ],
)
def test_persons_are_warned_about(text, part):
    for ran in (record("dose-1", "2025-03-05", "--reason", text), record("note", text)):
        assert ran.code == 0, ran.err
        assert f"'{part}' looks like a person (write a role, as the sponsor or the investigator: " in ran.err
    assert content()["visits"]["dose-1"]["reason"] == text


@pytest.mark.parametrize(
    "text",
    [
        "no bed on Monday",
        "Serious Adverse Event on 2025-03-04",
        "ALT raised, Grade 3 Rash",
        "Informed Consent signed on 05.03.2025",
        "Good Friday",
        "late, no car",
        "Dr's decision",
        "moved from 2025-03-03 to 2025-03-05",
    ],
)
def test_plain_reasons_are_not(text):
    assert "looks like" not in record("dose-1", "2025-03-05", "--reason", text).err


# --- a new file -----------------------------------------------------------------------------------------------------


def new(file, subject):
    return run("new", file, "--subject", subject, "-p", "small", "--by", "SC1")


def test_a_name_as_study_number_is_warned_about():
    ran = new("x.yaml", "Given Family")
    assert ran.code == 0
    assert "`Given Family` looks like a person's name or birth date (use the study number" in ran.err


@pytest.mark.parametrize("subject", ["GC-001", " GC-001 "])
def test_one_file_for_a_subject(subject):
    ran = new("other.yaml", subject)
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err.startswith("error: GC-001 has a file in this folder already: GC-001.yaml (record there; ")
    assert not Path("other.yaml").exists()


def test_another_attempt_may_have_another_file():
    FILE.write_text(f"{SUBJECT}attempt: 2\n", encoding="utf-8")
    assert new("first.yaml", "GC-001").code == 0


def test_another_folder_may_have_its_own_file():
    Path("copies").mkdir()
    Path("copies/small.yaml").write_text(PROTOCOL, encoding="utf-8")
    assert new("copies/GC-001.yaml", "GC-001").code == 0


def test_a_file_that_is_there_is_told_as_such():
    ran = new("GC-001.yaml", "GC-001")
    assert ran.code == 1
    assert "there is a file of this name already" in ran.err

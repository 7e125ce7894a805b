"""`trialcal record` and `trialcal new`: what happened is checked, written with a trace, and what follows is told."""

from __future__ import annotations

import os
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
epochs: {treatment: {}, follow-up: {}}
visits:
  screening: {at: 1-28 d before dose-1}
  dose: {type: dose, epoch: treatment, at: [Day 1, Day 8, Day 15], window: ±1 d, lasts: 2 h}
  hold: {at: Day 22, epoch: treatment}
  follow-up: {at: 28 d after last dose, window: ±3 d, epoch: follow-up}
rules:
  - {visit: dose-2, at_least: 6 d, after: dose-1}
"""
# Worked by hand. Mon 2025-03-03 + 7 d = Mon 03-10, + 14 d = Mon 03-17, Day 22 = Mon 03-24;
# the follow-up is 28 days after Mon 03-17: Mon 04-14. Screening: the 28 dates before, as late as can be.
SUBJECT = """\
# kept by hand until today
subject: GC-001
protocol: small
given: {dose-1: 2025-03-03}   # by phone
"""
BY = ("--by", "SC1", "--today", "2025-03-20")


@pytest.fixture(autouse=True)
def folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1742458210")  # 2025-03-20T08:10:10Z
    monkeypatch.delenv("TRIALCAL_BY", raising=False)
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")
    Path("GC-001.yaml").write_text(SUBJECT, encoding="utf-8")


def record(*words):
    ran = run("record", "GC-001", *words, *BY)
    assert "Traceback" not in ran.err
    return ran


def done(*words):
    ran = record(*words)
    assert ran.code == 0, ran.err
    return ran.out.decode().splitlines()


def refused(code, *words):
    before = Path("GC-001.yaml").read_bytes()
    ran = record(*words)
    assert (ran.code, ran.out) == (code, b""), (ran.out, ran.err)
    assert Path("GC-001.yaml").read_bytes() == before
    return ran.err.splitlines()


def facts():
    data = Path("GC-001.yaml").read_bytes()
    tree, problems = parse(data, "GC-001.yaml")
    assert not problems
    assert verify(data, "GC-001.yaml").problems == ()
    content = plain(tree)
    content.pop("history", None)
    return content


def last_entry():
    return verify(Path("GC-001.yaml").read_bytes(), "GC-001.yaml").entries[-1]


# --- what is recorded, and what follows -----------------------------------------------------------------------------


def test_a_dose_that_slipped():
    assert done("dose-1", "2025-03-05", "--reason", "no bed") == [
        "GC-001: dose-1 took place on Wed 2025-03-05 (planned on Mon 2025-03-03)",
        "what follows:",
        "  screening: Mon 2025-02-03 -> Wed 2025-02-05",
        "  dose-2: Mon 2025-03-10 -> Wed 2025-03-12",
        "  dose-3: Mon 2025-03-17 -> Wed 2025-03-19",
        "  hold: Mon 2025-03-24 -> Wed 2025-03-26",
        "  follow-up: Mon 2025-04-14 -> Wed 2025-04-16",
    ]
    text = Path("GC-001.yaml").read_text(encoding="utf-8")
    assert text.startswith(SUBJECT + "visits:\n  dose-1: {actual: 2025-03-05, reason: no bed}\nhistory:\n  - {n: 1, ")
    entry = last_entry()
    assert (entry.n, entry.when, entry.by, entry.what) == (2, "2025-03-20T08:10:10Z", "SC1", "dose-1 done")
    assert (entry.old, entry.new, entry.reason) == ("", "actual: 2025-03-05", "no bed")


def test_out_of_window_is_a_warning():
    done("dose-1", "2025-03-03")
    ran = record("dose-2", "2025-03-08")
    assert ran.code == 0
    assert ran.out.decode() == "GC-001: dose-2 took place on Sat 2025-03-08 (planned on Mon 2025-03-10)\n"
    # Day 8 ±1 is 03-09 to 03-11; 6 days after 03-03 is 03-09.
    lines = ran.err.splitlines()
    assert len(lines) == 2
    assert all(line.startswith("warning: dose-2 on Sat 2025-03-08 is 1 d too early: ") for line in lines)
    assert "dose-2 at least 6 d after dose-1 allows Sun 2025-03-09 at the earliest" in lines[0]
    assert "its window (Day 8, window ±1 d) allows Sun 2025-03-09 to Tue 2025-03-11" in lines[1]
    assert facts()["visits"] == {"dose-1": {"actual": "2025-03-03"}, "dose-2": {"actual": "2025-03-08"}}


def test_what_held_not_holds_again():
    record("dose-1", "2025-03-03")
    record("dose-2", "2025-03-08")
    lines = done("dose-2", "2025-03-10", "--reason", "typing error")
    assert lines[:2] == ["GC-001: dose-2 took place on Mon 2025-03-10", "  before: actual: 2025-03-08"]
    assert [line.split(" on ")[0] for line in lines[2:]] == ["no longer: dose-2", "no longer: dose-2"]
    assert last_entry().old == "actual: 2025-03-08"
    assert "reason" not in facts()["visits"]["dose-2"]  # why it was corrected is no fact about the visit


@pytest.mark.parametrize(
    ("words", "what"),
    [
        (
            ("dose-1", "2025-03-03T09:00", "--end", "2025-03-03T11:30"),
            "took place on Mon 2025-03-03 09:00, until 11:30",
        ),
        (("2025-03-03", "dose-1"), "took place on Mon 2025-03-03"),
        (("done", "dose-1", "2025-03-03"), "took place on Mon 2025-03-03"),
        (("dose-1", "2025-03"), "took place in 2025-03"),
        (("dose-1", "2025"), "took place in 2025"),
        (("booked", "dose-1", "2025-03-21T10:00"), "is booked for Fri 2025-03-21 10:00"),
        (("dose-1", "booked", "2025-03-21"), "is booked for Fri 2025-03-21"),
        (("dose-1", "missed", "--reason", "ill"), "was missed"),
        (("missed", "dose-1", "2025-03-03", "--reason", "ill"), "was missed on Mon 2025-03-03"),
        (("2025-03-03", "skipped", "dose-1", "--reason", "ill"), "was skipped on Mon 2025-03-03"),
        (("cancelled", "dose-1", "--reason", "ill"), "was cancelled"),
        (("given", "dose-2", "2025-03-11"), "is planned on Tue 2025-03-11, as given"),
    ],
)
def test_words_in_any_order(words, what):
    assert done(*words)[0].split(" (planned")[0] == f"GC-001: {'dose-2' if 'dose-2' in words else 'dose-1'} {what}"


def test_what_each_word_writes():
    done("screening", "2025-02-10T08:00", "--end", "2025-02-10T09:00")
    done("dose-1", "2025-03-03")
    done("booked", "dose-2", "2025-03-21")
    done("dose-2", "missed", "2025-03-10", "--reason", "ill")
    done("given", "dose-3", "2025-03-17T10:00")
    done("unscheduled", "2025-03-12T10:00", "--reason", "rash")
    done("unscheduled", "2025-03-13")
    done("unscheduled-2", "2025-03-14", "--reason", "the day was wrong")
    ran = record("hold", "2025-03-10")  # a visit of this protocol
    assert ran.err.splitlines()[0] == "note: `hold` is a visit of this protocol, and is taken as such"
    done("delay", "dose-3", "1w", "--reason", "ALT")
    done("discontinued", "2025-03-18", "--visits", "dose,treatment", "--keep", "follow-up", "--reason", "AE")
    done("consent", "2025-02-09")
    done("rfstdtc", "2025-03-03")
    done("note", "prefers mornings")
    done("note", "lives", "far", "away")
    assert facts() == {
        "subject": "GC-001",
        "protocol": "small",
        "consent": "2025-02-09",
        "rfstdtc": "2025-03-03",
        "given": {"dose-1": "2025-03-03", "dose-3": "2025-03-17T10:00"},
        "visits": {
            "screening": {"actual": "2025-02-10T08:00", "end": "2025-02-10T09:00"},
            "dose-1": {"actual": "2025-03-03"},
            "dose-2": {"booked": "2025-03-21", "status": "missed", "on": "2025-03-10", "reason": "ill"},
            "hold": {"actual": "2025-03-10"},
        },
        "unscheduled": {
            "unscheduled-1": {"actual": "2025-03-12T10:00", "reason": "rash"},
            "unscheduled-2": {"actual": "2025-03-14"},
        },
        "delays": [{"visits": ["dose-3"], "by": "1 week", "reason": "ALT"}],
        "discontinued": {
            "on": "2025-03-18",
            "visits": ["dose", "treatment"],
            "keep": ["follow-up"],
            "reason": "AE",
        },
        "notes": "prefers mornings\nlives far away\n",
    }
    names = [line.partition(":")[0] for line in Path("GC-001.yaml").read_text().splitlines() if line[:1].isalpha()]
    assert names == [
        *("subject", "protocol", "consent", "rfstdtc", "given", "visits", "unscheduled", "delays", "discontinued"),
        *("notes", "history"),
    ]


def test_holds():
    Path("small.yaml").write_text(PROTOCOL.replace("  hold: {", "  day-22: {"), encoding="utf-8")
    assert done("hold", "dose", "2025-03-10", "--reason", "ALT raised")[0] == (
        "GC-001: dose on hold from Mon 2025-03-10 until further notice"
    )
    done("hold", "dose", "2025-03-10", "--until", "2025-03-14", "--reason", "ALT is normal")
    assert facts()["holds"] == [
        {"visits": ["dose"], "from": "2025-03-10", "until": "2025-03-14", "reason": "ALT raised"}
    ]
    assert (last_entry().new, last_entry().reason) == ("until: 2025-03-14", "ALT is normal")
    done("removed", "hold", "dose", "2025-03-10", "--reason", "wrong subject")
    assert "holds" not in facts()


def test_a_missed_visit_that_was_done_after_all():
    done("dose-1", "missed", "2025-03-03", "--reason", "ill")
    assert refused(2, "dose-1", "2025-03-04") == [
        "error: dose-1: this changes what was recorded before (status: missed, on: 2025-03-03) "
        '(add --reason "..."; it stays in the history)'
    ]
    done("dose-1", "2025-03-04", "--reason", "came a day later")
    assert facts()["visits"] == {"dose-1": {"actual": "2025-03-04", "reason": "came a day later"}}
    entry = last_entry()
    assert entry.old == "status: missed, on: 2025-03-03, reason: ill"
    assert entry.new == "actual: 2025-03-04, reason: came a day later"


def test_a_done_visit_that_was_missed():
    done("dose-1", "2025-03-03T09:00", "--end", "2025-03-03T10:00")
    done("missed", "dose-1", "--reason", "entered for another subject")
    assert facts()["visits"] == {"dose-1": {"status": "missed", "reason": "entered for another subject"}}
    assert last_entry().old == "actual: 2025-03-03T09:00, end: 2025-03-03T10:00"


def test_an_end_alone():
    assert refused(2, "dose-1", "--end", "2025-03-03T10:00") == [
        "error: dose-1: --end alone goes with a visit whose date is recorded "
        "(as `trialcal record GC-001.yaml dose-1 2025-03-20`)"
    ]
    done("dose-1", "2025-03-03T09:00")
    assert done("dose-1", "--end", "2025-03-03T10:00")[0].startswith(
        "GC-001: dose-1 took place, until Mon 2025-03-03 10:00"
    )
    assert facts()["visits"]["dose-1"] == {"actual": "2025-03-03T09:00", "end": "2025-03-03T10:00"}


def test_the_same_again_changes_nothing():
    done("dose-1", "2025-03-03T09:00", "--end", "2025-03-03T10:00")
    data = Path("GC-001.yaml").read_bytes()
    for words in (("dose-1", "2025-03-03T09:00"), ("dose-1", "2025-03-03 09:00", "--end", "2025-03-03T10:00")):
        assert done(*words)[0].startswith("GC-001: nothing to change, this is recorded already: dose-1 took place")
        assert Path("GC-001.yaml").read_bytes() == data


def test_removed():
    done("dose-1", "2025-03-03")
    done("unscheduled", "2025-03-12")
    done("discontinued", "2025-03-18", "--visits", "dose", "--reason", "AE")
    for name in ("dose-1", "unscheduled-1", "discontinued"):
        assert refused(2, "removed", name)[0].startswith(f"error: removed '{name}': this asks for a reason")
        assert done("removed", name, "--reason", "wrong subject")[0] == f"GC-001: {name}: the record is removed"
    assert set(facts()) == {"subject", "protocol", "given"}
    done("removed", "given", "dose-1", "--reason", "another plan")
    assert set(facts()) == {"subject", "protocol"}
    assert refused(1, "removed", "dose-2", "--reason", "x") == [
        "error: removed: nothing is recorded of dose-2 (look with `history`)"
    ]


def test_rescreened():
    done("screening", "2025-02-10")
    done("unscheduled", "2025-02-11")
    done("rfstdtc", "2025-02-10")
    assert done("rescreened", "2025-02-20", "--reason", "lab out of range")[0] == (
        "GC-001: screening 1 ended on Thu 2025-02-20; this is screening 2"
    )
    assert facts() == {
        "subject": "GC-001",
        "protocol": "small",
        "attempt": "2",
        "earlier_attempts": [
            {
                "attempt": "1",
                "ended": "2025-02-20",
                "reason": "lab out of range",
                "rfstdtc": "2025-02-10",
                "given": {"dose-1": "2025-03-03"},
                "visits": {"screening": {"actual": "2025-02-10"}},
                "unscheduled": {"unscheduled-1": {"actual": "2025-02-11"}},
            }
        ],
    }
    assert "    given: {dose-1: 2025-03-03}   # by phone\n" in Path("GC-001.yaml").read_text(encoding="utf-8")
    done("unscheduled", "2025-03-01")
    assert list(facts()["unscheduled"]) == ["unscheduled-2"]  # ids are never used twice
    done("rescreened", "2025-03-02", "--reason", "again")
    assert [each["attempt"] for each in facts()["earlier_attempts"]] == ["1", "2"]
    assert refused(1, "rescreened", "2025-03-03", "--reason", "again") == [
        "error: rescreened: nothing is recorded of the screening before (record that first)"
    ]


def test_a_dry_run():
    before = Path("GC-001.yaml").read_bytes()
    assert done("dose-1", "2025-03-03", "--dry-run") == [
        "not recorded (--dry-run); this would be:",
        "GC-001: dose-1 took place on Mon 2025-03-03 (planned on Mon 2025-03-03)",
        "in the file:",
        "  +visits:",
        "  +  dose-1: {actual: 2025-03-03}",
    ]
    assert Path("GC-001.yaml").read_bytes() == before
    assert not list(Path().glob(".*"))


# --- what is refused, and in which words ----------------------------------------------------------------------------

REASON = '(add --reason "..."; it stays in the history)'
REFUSED = {
    ("dose-2", "2025-03-21"): [
        "error: dose-2: Fri 2025-03-21 is in the future (today is Thu 2025-03-20) "
        "(an appointment is recorded with `trialcal record GC-001.yaml booked dose-2 2025-03-21`)",
        "error: dose-2 on Fri 2025-03-21 is after Tue 2025-03-18, when it was discontinued "
        "(correct a date, or name it under `keep` of `discontinued`)",
    ],
    ("missed", "dose-2", "2025-03-21", "--reason", "x"): [
        "error: dose-2: Fri 2025-03-21 is in the future (today is Thu 2025-03-20) (check the date)"
    ],
    ("dose-2", "2025-03-09"): [
        "error: dose-2 on Sun 2025-03-09 is before dose-1 on Mon 2025-03-10 (one of the two dates is wrong)"
    ],
    ("screening", "2025-01-20"): [
        "error: screening on Mon 2025-01-20 is before the consent on Sat 2025-02-01 (one of the two dates is wrong)"
    ],
    ("dose-2", "2025-03-19"): [
        "error: dose-2 on Wed 2025-03-19 is after Tue 2025-03-18, when it was discontinued "
        "(correct a date, or name it under `keep` of `discontinued`)"
    ],
    ("booked", "dose-1", "2025-03-25"): [
        "error: dose-1 took place on 2025-03-10: nothing can be booked for it (correct its date with "
        "`trialcal record GC-001.yaml dose-1 DATE`, or take it away with `removed dose-1`)"
    ],
}


@pytest.mark.parametrize("words", REFUSED, ids=" ".join)
def test_what_cannot_be(words):
    Path("GC-001.yaml").write_text(
        SUBJECT + "consent: 2025-02-01\nvisits: {dose-1: {actual: 2025-03-10}}\n"
        "discontinued: {on: 2025-03-18, visits: [dose]}\n",
        encoding="utf-8",
    )
    errors = [line.replace("visits.dose-2: ", "").replace("visits.screening: ", "") for line in refused(1, *words)]
    assert errors == REFUSED[words]


def test_everything_is_told_at_once():
    assert refused(2, "dose-1", "2025-03-21T09:00", "--end", "2025-03-20T08:00", "--until", "2025-04-01") == [
        "error: --until says nothing here (--until goes with hold)"
    ]
    lines = refused(1, "dose-1", "2025-03-21T09:00", "--end", "2025-03-20T08:00")
    assert [line.split(" (")[0] for line in lines] == [
        "error: dose-1: Fri 2025-03-21 09:00 is in the future",
        "error: visits.dose-1.end: it ends before it starts",
    ]


NOT_UNDERSTOOD = {
    ("dose-9", "2025-03-10"): [
        "error: there is no visit 'dose-9' in small (did you mean `dose-3` or `dose-2` or `dose-1`?)"
    ],
    ("dose", "2025-03-10"): ["error: dose is a series of 3 (name one of dose-1, dose-2, dose-3)"],
    ("2025-03-10",): [
        "error: no visit is named (as `trialcal record FILE dose-3 2025-03-08` "
        "or `trialcal record FILE missed dose-3`)"
    ],
    ("dose-1",): ["error: done 'dose-1': the date is missing (as `trialcal record FILE dose-3 2025-03-08`)"],
    ("dose-1", "10.3.2025"): ["error: dose-1: '10.3.2025' can be read in two ways (write 2025-03-10 or 2025-10-03)"],
    ("dose-1", "2025-02-30"): ["error: dose-1: '2025-02-30': February 2025 has 28 days, not 30 (check the day)"],
    ("dose-1", "yesterday"): [
        "error: 'yesterday' is not understood here (as `trialcal record FILE dose-3 2025-03-08`; "
        "a text of several words stands in quotes)"
    ],
    ("dose-1", "2025-03-10", "2025-03-11"): [
        "error: two dates are given: '2025-03-10' and '2025-03-11' "
        "(an end is written as --end, the last date of a hold as --until)"
    ],
    ("dose-1", "2025-03-10", "--end", "2025-03-10"): [
        "error: dose-1: --end needs a clock time (as 2025-03-10T16:30)"
    ],
    ("booked", "dose-1"): [
        "error: booked 'dose-1': the date is missing (as `trialcal record FILE booked dose-3 2025-03-08T10:00`)"
    ],
    ("booked", "dose-1", "2025-03"): [
        "error: dose-1: '2025-03' is a month, not a day (write year-month-day, as 2025-03-01, with a clock time as "
        "2025-03-01T16:30)"
    ],
    ("missed", "dose-1"): [f"error: missed 'dose-1': this asks for a reason {REASON}"],
    ("missed",): [
        'error: missed: it is not said of which visit (as `trialcal record FILE missed dose-3 --reason "..."`)',
        f"error: missed: this asks for a reason {REASON}",
    ],
    ("discontinued", "2025-03-10"): [
        "error: discontinued: it is not said which visits fall away (as --visits dose,cycle-visits; or --visits all, "
        "with --keep for what stays)",
        f"error: discontinued: this asks for a reason {REASON}",
    ],
    ("discontinued", "2025-03-10", "--visits", "dosse", "--reason", "AE"): None,
    ("delay", "dose-3", "7", "--reason", "x"): [
        "error: delay: '7' has no unit (write '7 d' for days, '7 h' for hours)"
    ],
    ("delay", "dose-3", "--reason", "x"): [
        "error: delay 'dose-3': how much later is missing "
        '(as `trialcal record FILE delay dose-4,dose-5 7d --reason "..."`)'
    ],
    ("note",): ['error: note: there is no text (as `trialcal record FILE note "prefers mornings"`)'],
    ("note", "a\x1b[31mb"): [
        "error: note: the text is longer than 1,000 characters, or not in one line (write a short text in one line)"
    ],
    ("removed", "dose-9", "--reason", "x"): [
        "error: there is no visit 'dose-9' in small (did you mean `dose-3` or `dose-2` or `dose-1`?)"
    ],
    ("given", "dose-1", "2025-03-04"): [
        f"error: dose-1: this changes what was recorded before (dose-1: 2025-03-03) {REASON}"
    ],
}


@pytest.mark.parametrize("words", NOT_UNDERSTOOD, ids=" ".join)
def test_what_is_not_understood(words):
    lines = refused(2, *words)
    if NOT_UNDERSTOOD[words] is not None:
        assert lines == NOT_UNDERSTOOD[words]
    else:
        assert "there is no visit, series or type 'dosse' in small (did you mean `dose`" in lines[0]


def test_who_records_must_be_said(monkeypatch):
    ran = run("record", "GC-001", "dose-1", "10.3.2025")
    assert (ran.code, ran.out) == (2, b"")
    assert ran.err.splitlines() == [
        "error: it is not said who records this; the history keeps who changed what "
        "(add --by CODE, a staff code or role, or set TRIALCAL_BY)",
        "error: dose-1: '10.3.2025' can be read in two ways (write 2025-03-10 or 2025-10-03)",
    ]
    ran = run("record", "GC-001", "dose-1", "2025-03-03")
    assert ran.code == 2
    assert Path("GC-001.yaml").read_text(encoding="utf-8") == SUBJECT
    monkeypatch.setenv("TRIALCAL_BY", "CRC")
    assert run("record", "GC-001", "dose-1", "2025-03-03").code == 0
    assert last_entry().by == "CRC"
    ran = run("record", "GC-001", "note", "x", "--by", "Given Family")
    assert ran.code == 0
    assert ran.err == (
        "warning: --by Given Family looks like a person's name "
        "(use a staff code or role, as SC1 or CRC: the history stays in the file for ever)\n"
    )


def test_whose_file():
    Path("other.yaml").write_text(SUBJECT.replace("GC-001", "01-002"), encoding="utf-8")
    assert run("record", "01-002", "dose-1", "2025-03-03", *BY).code == 0
    assert "dose-1: {actual: 2025-03-03}" in Path("other.yaml").read_text(encoding="utf-8")
    assert run("record", "other", "dose-2", "2025-03-10", *BY).code == 0
    assert run("record", "./other.yaml", "dose-3", "2025-03-17", *BY).code == 0
    Path("twice.yaml").write_text(SUBJECT.replace("GC-001", "01-002"), encoding="utf-8")
    ran = run("record", "01-002", "dose-1", "2025-03-03", *BY)
    assert (ran.code, ran.err) == (
        2,
        "error: 01-002 is the subject of 2 files: other.yaml, twice.yaml (name the file)\n",
    )
    for name, words in (
        ("GC-01", "error: there is no subject 'GC-01' here (did you mean GC-001?)\n"),
        (
            "none.yaml",
            "error: there is no subject 'none.yaml' here (name a file, or a subject whose file is in this folder)\n",
        ),
        ("a\0b", "error: there is no subject 'a?b' here (name a file, or a subject whose file is in this folder)\n"),
        ("", "error: there is no subject '' here (name a file, or a subject whose file is in this folder)\n"),
    ):
        ran = run("record", name, "dose-1", "2025-03-03", *BY)
        assert (ran.code, ran.err) == (2, words)
    ran = run("record", "small.yaml", "dose-1", "2025-03-03", *BY)
    assert ran.code == 1
    assert ran.err.startswith("small.yaml:1:1: error: this is a protocol, not a subject's file")


def test_a_file_that_has_errors_is_left_alone():
    Path("GC-001.yaml").write_text(SUBJECT + "visits:\n  dose-7: {actual: 2025-03-99}\n", encoding="utf-8")
    lines = refused(1, "dose-1", "2025-03-03")
    assert lines[0].startswith("GC-001.yaml:6:3: error: visits.dose-7: there is no visit 'dose-7' in small")


def test_a_booked_date_in_the_past():
    ran = record("booked", "dose-2", "2025-03-10")
    assert ran.code == 0
    assert ran.err == (
        "warning: dose-2 is booked for Mon 2025-03-10, which is in the past "
        "(if it took place: `trialcal record GC-001.yaml dose-2 2025-03-10`)\n"
    )


# --- several at once ------------------------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_eight_at_once_each_get_a_number():
    children = []
    for number in range(8):
        child = os.fork()
        if child == 0:
            code = 1
            try:
                code = record("unscheduled", f"2025-03-{number + 10}", "--reason", f"call {number}").code
            finally:
                os._exit(code)
        children.append(child)
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
    entries = facts()["unscheduled"]
    assert sorted(entries) == [f"unscheduled-{n}" for n in range(1, 9)]
    assert sorted(each["actual"] for each in entries.values()) == [f"2025-03-{n + 10}" for n in range(8)]
    assert last_entry().n == 9


# --- new ------------------------------------------------------------------------------------------------------------


def begun(*words):
    return run("new", *words, "--by", "SC1")


def test_new():
    ran = begun("GC-002.yaml", "--subject", "GC-002", "--protocol", "small", "--start", "2025-03-03")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out == b"GC-002: GC-002.yaml is written\n"
    text = Path("GC-002.yaml").read_text(encoding="utf-8")
    assert (
        text.partition("  - {n: ")[0]
        == """\
# One subject of a study: no name, no birth date, here or in reasons and notes.
# `trialcal record` writes to this file and notes who, when and why; what is edited by hand, it can only detect.
# What happened goes under `visits`, as
#   dose-1: {booked: 2025-03-10T09:00, actual: 2025-03-12T09:00, end: 2025-03-12T11:30}
#   dose-1: {status: missed, reason: felt ill}

subject: GC-002
protocol: small

# Dates on which visits shall be planned, until they are booked or done.
given: {dose-1: 2025-03-03}
history:
"""
    )
    found = verify(text.encode(), "f")
    assert found.problems == ()
    assert [(entry.by, entry.what) for entry in found.entries] == [("SC1", "file begun")]
    assert run("record", "GC-002", "dose-1", "2025-03-03", *BY).code == 0
    assert verify(Path("GC-002.yaml").read_bytes(), "f").problems == ()


def test_new_overwrites_nothing():
    ran = begun("GC-001.yaml", "--subject", "GC-001", "--protocol", "small")
    assert (ran.code, ran.out) == (1, b"")
    assert ran.err == (
        "GC-001.yaml: error: there is a file of this name already; nothing was written (choose another name)\n"
    )
    assert Path("GC-001.yaml").read_text(encoding="utf-8") == SUBJECT


def test_paths_count_from_the_new_file():
    Path("site.yaml").write_text("name: Clinic\ntime_zone: Europe/Berlin\n", encoding="utf-8")
    Path("subjects").mkdir()
    ran = begun(
        *("subjects/S1.yaml", "--subject", "S1", "--protocol", "./small.yaml", "--site", "site.yaml"),
        *("--version", "1.0", "--start", "dose-2=2025-03-10T09:00", "--start", "2025-03-03"),
    )
    assert (ran.code, ran.err) == (0, "")
    text = Path("subjects/S1.yaml").read_text(encoding="utf-8")
    assert 'protocol: "../small.yaml"\nversion: "1.0"\nsite: "../site.yaml"\n' in text
    assert "given: {dose-2: 2025-03-10T09:00, dose-1: 2025-03-03}\n" in text


@pytest.mark.parametrize(
    ("words", "code", "lines"),
    [
        (
            ("S.txt", "--subject", "S", "--protocol", "smal"),
            2,
            [
                "error: FILE: S.txt does not end in .yaml (as S.yaml)",
                "error: protocol: there is no protocol 'smal' (did you mean `small`?)",
            ],
        ),
        (
            (
                "S.yaml",
                "--subject",
                "S",
                "--protocol",
                "small",
                "--start",
                "3.4.2025",
                "--start",
                "dose-1=2025-03-03",
            ),
            2,
            ["error: --start dose-1: '3.4.2025' can be read in two ways (write 2025-04-03 or 2025-03-04)"],
        ),
        (
            ("S.yaml", "--subject", "S", "--protocol", "small", "--start", "dose-4=2025-03-03"),
            2,
            [
                "error: given.dose-4: there is no visit 'dose-4' in small "
                "(did you mean `dose-3` or `dose-2` or `dose-1`?)"
            ],
        ),
        (
            ("S.yaml", "--subject", "S", "--protocol", "small", "--arm", "a", "--cycles", "x"),
            2,
            [
                "error: --cycles x: no number is given (as --cycles treatment=6)",
                "error: arm: there is no arm 'a' in small (small has no arms: leave it out)",
            ],
        ),
        (
            ("no/S.yaml", "--subject", "S", "--protocol", "small.yaml"),
            1,
            ["no/S.yaml: error: there is no such folder (make it first)"],
        ),
    ],
)
def test_new_refuses(words, code, lines):
    ran = begun(*words)
    assert (ran.code, ran.out) == (code, b"")
    assert [line for line in ran.err.splitlines() if "cycles.x" not in line] == lines
    assert not Path("S.yaml").exists()


# --- what a coordinator's fresh eyes found --------------------------------------------------------------------------


def test_a_corrected_start_leaves_no_end_of_another_day():
    done("dose-1", "2025-03-12T10:00", "--end", "2025-03-12T11:00")
    told = refused(1, "dose-1", "2025-03-10T10:00", "--reason", "wrong day")
    assert told[-1:] == [
        "error: dose-1: its end stays on 2025-03-12T11:00, and the start would be 2025-03-10T10:00 "
        "(give the end of that day too, with --end)"
    ]
    assert done("dose-1", "2025-03-10T10:00", "--end", "2025-03-10T11:30", "--reason", "wrong day")


def test_a_clock_time_is_not_lost_by_a_date_alone():
    done("dose-1", "2025-03-10T10:00")
    told = refused(1, "dose-1", "2025-03-10", "--reason", "checked")
    assert told[0].startswith("error: dose-1: the start is recorded with its clock time, 2025-03-10T10:00")


def test_what_fell_away_is_not_missed():
    done("dose-1", "2025-03-03")
    done("discontinued", "2025-03-04", "--visits", "dose", "--reason", "adverse event")
    assert refused(1, "missed", "dose-3", "--reason", "stopped") == [
        "error: dose-3 has fallen away already (nothing need be recorded of it)"
    ]


def test_a_screening_ends_after_what_was_done_in_it():
    done("dose-1", "2025-03-10")
    told = refused(1, "rescreened", "2025-03-05", "--reason", "laboratory")
    assert told[0].startswith("error: rescreened: dose-1 of that screening was on Mon 2025-03-10")


def test_what_was_done_is_not_delayed_and_no_date_is_given_for_it():
    done("dose-1", "2025-03-10")
    assert refused(1, "delay", "dose", "7d", "--reason", "x")[0].startswith(
        "error: delay: nothing can be later of what is over: dose-1 "
    )
    assert refused(1, "given", "dose-1", "2025-03-11", "--reason", "x")[0].startswith(
        "error: dose-1 took place on 2025-03-10: a given"
    )


def test_the_first_reason_of_a_stop_stays():
    done("discontinued", "2025-03-04", "--visits", "dose", "--reason", "withdrew")
    done("discontinued", "2025-03-04", "--visits", "dose", "--keep", "dose-2", "--reason", "keep one")
    assert "reason: withdrew" in Path("GC-001.yaml").read_text(encoding="utf-8")

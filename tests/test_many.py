"""Subjects' files and folders of them: planned together, in every form; what is wrong with one stops no other."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from command import run

PROTOCOL = """\
id: small
title: Small study
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  priming: {at: Day -3}
  dose: {at: [Day 1, Day 8], window: ±1 d}
  check: {at: 14 d after dose-2}
rules:
  - {visit: dose-1, at_least: 2 d, after: priming}
"""
FIRST = """\
subject: S-01
protocol: ../small.yaml
visits:
  priming: {actual: 2025-02-28}
  dose-1: {actual: 2025-03-03}
  dose-2: {booked: 2025-03-11}
"""
SECOND = "subject: S-02\nprotocol: ../small.yaml\ngiven: {dose-1: 2025-04-01}\n"
THIRD = "subject: S-03\nprotocol: ../small.yaml\ngiven: {dose-1: 2025-03-03, priming: 2025-03-02}\n"
WRONG = (
    "subject: S-04\nprotocol: ../small.yaml\nvisits:\n  dose-9: {actual: 2025-03-03}\n  priming: {actual: never}\n"
)


@pytest.fixture(autouse=True)
def here(monkeypatch, tmp_path):
    """Work beside small.yaml and the folder `subjects` with two subjects' files."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1740830400")
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")
    Path("subjects").mkdir()
    add("S-01", FIRST)
    add("S-02", SECOND)


def add(name, text):
    Path(f"subjects/{name}.yaml").write_text(text, encoding="utf-8")


def planned(text):
    """Of each subject, the dates of its visits."""
    found: dict[str, dict[str, str]] = {}
    for row in csv.DictReader(io.StringIO(text, newline="")):
        on = row["actual"] or row["booked"] or row["planned"]
        found.setdefault(row["subject"], {})[row["id"]] = on
    return found


S_01 = {"priming": "2025-02-28", "dose-1": "2025-03-03", "dose-2": "2025-03-11", "check": "2025-03-25"}
S_02 = {"priming": "2025-03-29", "dose-1": "2025-04-01", "dose-2": "2025-04-08", "check": "2025-04-22"}


# --- forms ----------------------------------------------------------------------------------------------------------


def test_one_subject_is_planned_as_ever():
    ran = run("plan", "subjects/S-01.yaml", "--format", "csv")
    assert (ran.code, planned(ran.out.decode())) == (0, {"S-01": S_01})  # check follows the booked dose-2
    assert ran.err.splitlines()[0].startswith("Day 1 = dose-1 = Mon 2025-03-03")


@pytest.mark.parametrize(
    "names", [["subjects"], ["subjects/S-01.yaml", "subjects/S-02"], ["subjects/S-01", "subjects"]]
)
def test_a_folder_or_files(names):
    ran = run("plan", *names, "--format", "csv")
    assert (ran.code, planned(ran.out.decode())) == (0, {"S-01": S_01, "S-02": S_02})
    assert ran.out.count(b"subject,id,name") == 1
    assert ran.err.splitlines()[-1] == "planned: 2 subjects"


def test_json_of_several_is_a_list_of_schedules():
    several = json.loads(run("plan", "subjects", "--format", "json").out)
    alone = [json.loads(run("plan", f"subjects/{name}.yaml", "--format", "json").out) for name in ("S-01", "S-02")]
    assert several == {"schema": "trialcal.schedules/1", "schedules": alone}
    assert alone[0]["schema"] == "trialcal.schedule/1"


def test_the_json_of_a_folder_with_one_file_is_a_list_too():
    Path("subjects/S-02.yaml").unlink()
    assert len(json.loads(run("plan", "subjects", "--format", "json").out)["schedules"]) == 1


def test_tables_one_after_another():
    text = run("plan", "subjects", "--format", "table").out.decode()
    lines = text.splitlines()
    heads = [number for number, line in enumerate(lines) if line.startswith("━━━━ ")]
    assert [lines[number].strip("━ ") for number in heads] == ["S-01", "S-02"]
    alone = run("plan", "subjects/S-02.yaml", "--format", "table").out.decode()
    assert text.endswith(alone)


def test_the_suffix_chooses_the_form():
    ran = run("plan", "subjects", "-o", "all.csv")
    assert (ran.code, ran.out) == (0, b"")
    assert planned(Path("all.csv").read_bytes().decode()) == {"S-01": S_01, "S-02": S_02}


# --- what is wrong --------------------------------------------------------------------------------------------------


def test_all_that_is_wrong_is_told_and_the_others_are_planned():
    add("S-04", WRONG)
    add("S-05", "subject: S-05\nprotocol: nosuch\n")
    ran = run("plan", "subjects", "--format", "csv")
    assert (ran.code, planned(ran.out.decode())) == (1, {"S-01": S_01, "S-02": S_02})
    assert "subjects/S-04.yaml:4:3: error: visits.dose-9" in ran.err
    assert "subjects/S-04.yaml:5:21: error: visits.priming.actual: 'never' is not a date" in ran.err
    assert "subjects/S-05.yaml:2:11: error: protocol: there is no protocol 'nosuch'" in ran.err
    assert ran.err.splitlines()[-1] == "planned: 2 subjects; 2 files not planned, as told above"


def test_a_plan_that_cannot_hold_is_written_and_told_with_its_subject():
    add("S-03", THIRD)
    ran = run("plan", "subjects", "--format", "csv")
    assert ran.code == 1
    assert set(planned(ran.out.decode())) == {"S-01", "S-02", "S-03"}
    assert [line for line in ran.err.splitlines() if line.startswith("S-0")] == [
        "S-03: error: dose-1 on Mon 2025-03-03 is 1 d too early: rule rule-1: dose-1 at least 2 d after priming "
        "allows Tue 2025-03-04 at the earliest (a given date is never moved)"
    ]
    assert ran.err.splitlines()[-1] == "planned: 3 subjects; for 1 subject not everything can hold"


def test_a_subject_in_two_files():
    add("copy of S-01", FIRST)
    ran = run("plan", "subjects", "--format", "csv")
    assert ran.code == 1
    assert "subjects/copy of S-01.yaml" in ran.err
    assert "subject: S-01 is in subjects/" in ran.err
    assert set(planned(ran.out.decode())) == {"S-01", "S-02"}


def test_nothing_that_could_be_planned():
    ran = run("plan", "subjects/nosuch.yaml")
    assert (ran.code, ran.out) == (2, b"")
    assert "there is no such file" in ran.err
    Path("empty").mkdir()
    ran = run("plan", "empty")
    assert (ran.code, ran.out) == (2, b"")
    assert "there is no subject's file in the folder" in ran.err
    add("S-04", WRONG)
    ran = run("plan", "subjects/S-04.yaml", "--format", "csv")
    assert (ran.code, ran.out) == (1, b"")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["-p", "small.yaml"],
            "--protocol does not go with a subject's file (leave it out: the file says it itself, in",
        ),
        (["--start", "2025-03-03"], "--start does not go with a subject's file"),
        (["--end", "dose-1=2025-03-03T10:00"], "--end does not go with"),
        (["--set", "half-life=2d"], "in `parameters`"),
        (["--arm", "low"], "in `arm`"),
        (["--cohort", "one"], "in `cohort`"),
        (["--cycles", "treatment=2"], "in `cycles`"),
        (["--subject", "S-01"], "in `subject`"),
        (["--site", "site.yaml"], "in `site`"),
        (["--closed", "weekends"], "in its site's file"),
        (["--holidays", "DE"], "in its site's file"),
        (["--time-zone", "Europe/Berlin"], "in its site's file"),
        (["--uncertain", "x=1..2d"], "--uncertain does not go with a subject's file (leave it out)"),
        (["--roster", "starts.csv"], "--roster does not go with a subject's file"),
        (["--changes", "--format", "csv"], "--changes tells what moved in the calendar"),
        (["--format", "csv", "-o", "out/"], "only calendars go to a folder"),
        (["-o", "x.pdf"], "the suffix does not say the form"),
    ],
)
def test_wrong_usage(options, words):
    ran = run("plan", "subjects/S-01.yaml", *options)
    assert (ran.code, ran.out) == (2, b"")
    assert words in ran.err


def test_all_wrong_options_at_once():
    ran = run("plan", "subjects", "--arm", "a", "--subject", "S-01")
    assert (ran.code, ran.err.count("error: ")) == (2, 2)


def test_changes_need_a_file():
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03", "--changes")
    assert (ran.code, ran.out) == (2, b"")
    assert "--changes goes with a subject's file" in ran.err


# --- calendars ------------------------------------------------------------------------------------------------------


def titles(data):
    text = data.replace(b"\r\n ", b"").decode()
    return [line.removeprefix("SUMMARY:") for line in text.split("\r\n") if line.startswith("SUMMARY:")]


def kept():
    return sorted(path.name for path in Path("subjects").glob("*.json"))


def test_one_calendar_with_all():
    ran = run("plan", "subjects")
    assert ran.code == 0
    assert ran.out.count(b"BEGIN:VCALENDAR") == 1
    found = titles(ran.out)
    assert {title for title in found if "window" not in title} == {
        f"{visit} {subject}" for visit in ("Priming", "Dose 1", "Dose 2", "Check") for subject in ("S-01", "S-02")
    }
    assert kept() == ["S-01.calendar.json", "S-02.calendar.json"]


@pytest.mark.parametrize("is_there", [True, False])
def test_a_calendar_for_each_in_a_folder(is_there):
    if is_there:
        Path("out").mkdir()
    ran = run("plan", "subjects", "-o", "out" if is_there else "out/")
    assert (ran.code, ran.out) == (0, b"")
    assert sorted(path.name for path in Path("out").iterdir()) == ["S-01.ics", "S-02.ics"]
    assert all("S-02" not in title for title in titles(Path("out/S-01.ics").read_bytes()))
    assert [line for line in ran.err.splitlines() if line.startswith("written")] == [
        "written: out/S-01.ics",
        "written: out/S-02.ics",
    ]


def test_the_calendar_of_one_is_the_same_alone_and_in_a_folder():
    run("plan", "subjects/S-01.yaml", "-o", "alone.ics")
    run("plan", "subjects/S-01.yaml", "-o", "out/")
    assert Path("alone.ics").read_bytes() == Path("out/S-01.ics").read_bytes()


def test_what_is_kept_is_kept_only_once_it_is_written():
    ran = run("plan", "subjects", "-o", "nosuch/all.ics")
    assert (ran.code, kept()) == (2, [])
    ran = run("plan", "subjects", "-o", "nosuch/out/")
    assert (ran.code, kept()) == (2, [])
    assert "there is no such folder; nothing was written" in ran.err


def test_what_could_not_be_written_does_not_count_as_exported(monkeypatch):
    """The state is kept first, and put back: nothing was written, or a pipe did not take all of it."""
    run("plan", "subjects", "-o", "all.ics")
    before = [Path("subjects", name).read_bytes() for name in kept()]
    add("S-01", FIRST.replace("2025-03-11", "2025-03-10"))
    ran = run("plan", "subjects", "-o", "nosuch/all.ics")
    assert (ran.code, [Path("subjects", name).read_bytes() for name in kept()]) == (2, before)
    assert "the calendar does not count as exported: run the command again once it can be written" in ran.err
    with monkeypatch.context() as broken:
        broken.setattr("trialcal.cli.many.write_result", lambda data, output: False)
        ran = run("plan", "subjects")
    assert [Path("subjects", name).read_bytes() for name in kept()] == before
    assert "not all of the calendar was taken: it does not count as exported (run the command again)" in ran.err
    assert "dose-2: moved" in run("plan", "subjects", "--changes").out.decode()
    assert run("plan", "subjects", "-o", "all.ics").code == 0
    assert b"SEQUENCE:1\r\n" in Path("all.ics").read_bytes()
    assert "nothing has changed" in run("plan", "subjects", "--changes").out.decode()


def test_where_the_last_calendar_went_is_told():
    run("plan", "subjects/S-01.yaml", "-o", "S-01b.ics")
    since = "S-01: nothing has changed since the export of Sat 2025-03-01 12:00 UTC"
    told = run("plan", "subjects/S-01.yaml", "--changes").out.decode()
    assert told == f"{since} (to S-01b.ics)\n"
    run("plan", "subjects/S-01.yaml")
    told = run("plan", "subjects/S-01.yaml", "--changes").out.decode()
    assert told == f"{since} (to standard output)\n"


@pytest.mark.parametrize(
    ("arguments", "begins"),
    [
        (["subjects/S-01.yaml"], b"BEGIN:VCALENDAR"),
        (["subjects/S-01.yaml", "--changes"], b"BEGIN:VCALENDAR"),
        (["subjects", "--format", "csv"], b"subject,id"),
        (["-p", "small.yaml", "--start", "2025-03-03", "--format", "json"], b"{"),
        (["-p", "small.yaml", "--start", "2025-03-03"], b"BEGIN:VCALENDAR"),
        (["-p", "small.yaml", "--roster", "starts.csv"], b"subject,id"),
    ],
)
def test_a_dash_is_standard_output(monkeypatch, arguments, begins):
    """As if it were redirected, also on a terminal."""
    monkeypatch.setattr("trialcal.cli.planning.is_terminal", lambda: True)
    Path("starts.csv").write_text("subject,start\nS-01,2025-03-03\n", encoding="utf-8")
    ran = run("plan", *arguments, "--output", "-")
    assert (ran.code, ran.out.startswith(begins)) == (0, True), ran.err
    assert not Path("-").exists()


def test_other_forms_keep_nothing():
    for form in ("csv", "json", "table"):
        assert run("plan", "subjects", "--format", form).code == 0
    assert kept() == []


def test_changes_alone_write_and_keep_nothing():
    ran = run("plan", "subjects", "--changes")
    assert ran.code == 0
    assert kept() == []
    first, second = ran.out.decode().splitlines()
    assert first.startswith("S-01: nothing was exported before")
    assert second.startswith("S-02: nothing was exported before")


def test_changes_since_the_last_calendar():
    run("plan", "subjects")
    add("S-01", FIRST.replace("2025-03-11", "2025-03-10"))
    told = run("plan", "subjects/S-01.yaml", "--changes").out.decode()
    assert "dose-2: moved from Tue 2025-03-11 to Mon 2025-03-10" in told
    assert "check: moved from Tue 2025-03-25 to Mon 2025-03-24" in told
    ran = run("plan", "subjects/S-01.yaml", "--changes", "--format", "ics")
    assert ran.out.startswith(b"BEGIN:VCALENDAR")
    assert "dose-2: moved from Tue 2025-03-11 to Mon 2025-03-10" in ran.err
    assert "nothing has changed" in run("plan", "subjects/S-01.yaml", "--changes").out.decode()


def test_a_folder_that_may_not_be_written_to(monkeypatch):
    monkeypatch.setattr("trialcal.cli.many.os.access", lambda path, mode: False)
    ran = run("plan", "subjects", "-o", "all.ics")
    assert (ran.code, kept(), Path("all.ics").exists()) == (1, [], False)
    assert "you may not write in this folder" in ran.err
    assert run("plan", "subjects", "--format", "csv").code == 0
    assert run("plan", "subjects", "--changes").code == 0


def test_neutral_titles():
    ran = run("plan", "subjects", "--summary", "neutral")
    assert not any(word in title for title in titles(ran.out) for word in ("Dose", "Priming", "small"))
    alone = run("plan", "-p", "small.yaml", "--start", "2025-03-03", "--subject", "S-9", "--summary", "neutral")
    assert not any("Dose" in title for title in titles(alone.out))


def test_names_of_files():
    add("S-01", FIRST.replace("S-01", "01/001"))
    assert run("plan", "subjects", "-o", "out/").code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["01_001.ics", "S-02.ics"]
    add("S-02", SECOND.replace("S-02", "01:001"))
    ran = run("plan", "subjects", "-o", "other/")
    assert (ran.code, Path("other").exists()) == (2, False)
    assert "the calendars of 01/001 and 01:001 would have the same name, 01_001.ics" in ran.err


def test_names_that_no_file_of_windows_may_have():
    add("S-01", FIRST.replace("S-01", "con"))
    add("S-02", SECOND.replace("S-02", "."))
    assert run("plan", "subjects", "-o", "out/").code == 0
    assert sorted(path.name for path in Path("out").iterdir()) == ["_.ics", "con_.ics"]


def test_screenings_before_the_present_one_are_looked_at_too():
    add(
        "S-02",
        f"{SECOND}attempt: 2\nearlier_attempts:\n"
        "  - {attempt: 1, ended: 2025-03-12, visits: {dose-1: {actual: 2025-03-03}, dose-2: {actual: 2025-03-12}}}\n",
    )
    ran = run("deviations", "subjects/S-02.yaml", "--today", "2025-03-20", "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(ran.out.decode(), newline=""))
    assert (ran.code, row["kind"], row["visit"], row["days_off"]) == (1, "out-of-window", "dose-2", "1")
    assert row["message"].endswith("; in screening 1")
    assert b"in screening 1" in run("deviations", "subjects/S-02.yaml", "--today", "2025-03-20").out


def test_findings_name_every_version_that_was_used():
    for version in ("1.0", "2.0"):
        Path(f"small-{version}.yaml").write_text(PROTOCOL + f'version: "{version}"\n', encoding="utf-8")
    add("S-01", FIRST.replace("small.yaml", "small-1.0.yaml"))
    add("S-02", SECOND.replace("small.yaml", "small-2.0.yaml"))
    ran = run("deviations", "subjects", "--today", "2025-03-20")
    assert b"small, version 1.0" in ran.out
    assert b"small, version 2.0" in ran.out

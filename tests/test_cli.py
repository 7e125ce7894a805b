"""What bad input gets on the command line: a message, an exit code, nothing written, never a traceback."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from command import run

from trialcal.cli.arguments import looks_personal

PROTOCOL = """\
id: small
title: A small protocol
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
parameters:
  half-life: {name: half-life of the earlier product}
visits:
  screening: {at: 1-28 d before dose-1}
  dose: {at: [Day 1, Day 8], window: ±1 d, lasts: 2 h}
  stay: {at: Day 15, lasts: 3 d}
rules:
  - {visit: dose-2, at_least: 6 d, after: dose-1}
lookbacks:
  vaccine: {none_within: longer of 4 weeks and 5 x half-life, before: dose-1}
"""
WHOLE = Path(sys.executable).parent / "trialcal"
needs_full_device = pytest.mark.skipif(
    not Path("/dev/full").exists(), reason="only Linux has a device that is always full"
)


@pytest.fixture(autouse=True)
def small(monkeypatch, tmp_path):
    """Work in an empty folder that holds small.yaml."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    Path("small.yaml").write_text(PROTOCOL, encoding="utf-8")


def plan(*arguments, form="csv"):
    return run("plan", "--protocol", "small.yaml", *arguments, "--format", form)


def listed():
    return {path.name for path in Path().iterdir()}


def refused(ran, code, *words):
    """The command ended with this code and these words on standard error, and gave no result."""
    assert ran.code == code, ran.err
    assert ran.out == b""
    assert "Traceback" not in ran.err
    assert "fault of trialcal" not in ran.err
    for word in words:
        assert word in ran.err
    return True


# --- files ------------------------------------------------------------------------------------------------------

FILES = {
    "malformed YAML": (b"id: [small\n", "never closed"),
    "empty": (b"", "the file is empty"),
    "50 MB": (b"# nothing\n" * 5_000_000, "larger than 1,000,000 bytes"),
    "brackets": (b"[" * 400_000, "more than 20 lists and tables"),
    "braces": (b"{" * 400_000, "more than 20 lists and tables"),
    "keys": (b"? " * 200_000, "more than 20 lists and tables"),
    "alias bomb": (b"a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n", "is a YAML alias, which is not read"),
    "python object": (b"id: !!python/object/apply:os.system [touch owned]\n", "is a YAML tag, which is not read"),
    "not UTF-8": ("title: Pr\u00fcfung\n".encode("latin-1"), "is not in UTF-8 (byte 0xfc)"),
    "a control character": (b"title: a\x1b[31m\n", "an invisible control character (U+001B) stands here"),
    "NUL bytes": (b"\0" * 1000, "an invisible NUL character"),
    "binary": (bytes(range(256)) * 10, "error: "),
}


@pytest.mark.parametrize("case", FILES)
@pytest.mark.parametrize("command", ["plan", "show", "check"])
def test_broken_file(case, command):
    content, words = FILES[case]
    Path("broken.yaml").write_bytes(content)
    if command == "check":  # the findings are its result
        ran = run("check", "broken.yaml")
        assert (ran.code, ran.err) == (1, "")
        assert words in ran.out.decode()
        assert ran.out.decode().startswith("broken.yaml:")
    elif command == "show":
        assert refused(run("show", "broken.yaml"), 1, "broken.yaml:", words)
    else:
        assert refused(run("plan", "-p", "broken.yaml", "--start", "2025-03-01", "-o", "x.ics"), 1, words)
        assert not Path("x.ics").exists()
    assert not Path("owned").exists()


def test_broken_files_print_nothing_that_changes_a_terminal():
    Path("broken.yaml").write_bytes(b'id: "a\\x1b[31m"\n"ke\\ey": \x00\n')
    assert "\x1b" not in run("check", "broken.yaml").out.decode()
    Path("a\x1b[31mb.yaml").write_text("id: x\n")
    ran = run("check", "a\x1b[31mb.yaml")
    assert ran.code == 1
    assert "\x1b" not in ran.out.decode() + ran.err


@pytest.mark.parametrize("name", [".", "/", "folder", "./folder", "folder.yaml"])
def test_folder(name):
    Path("folder").mkdir()
    Path("folder.yaml").mkdir()
    for command in (["plan", "--start", "2025-03-01", "-p"], ["show"], ["check"]):
        assert refused(run(*command, name), 2, "this is a folder, not a file")


def test_no_such_file():
    words = "nothing.yaml: error: there is no such file (check the spelling of the name and of its folder)"
    assert refused(run("show", "nothing.yaml"), 2, words)
    assert refused(run("check", "nothing.yaml"), 2, words)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("cc313", "there is no protocol 'cc313' (did you mean `cc312`?)"),
        ("CC312", "did you mean `cc312`?"),
        ("nothing-like-it", "known here: cc312, gc012f"),
        ("", "there is no protocol ''"),
        ("x" * 5000, "there is no protocol 'xxxx"),
        ("x" * 5000 + ".yaml", "the file cannot be read"),
        ("a\0b.yaml", "the file cannot be read"),
        ("a\udce4b", "there is no protocol 'a\ufffdb'"),
        ("a\nb", "there is no protocol 'a\ufffdb'"),
    ],
)
def test_unknown_protocol(name, words):
    ran = run("plan", "-p", name, "--start", "2025-03-01")
    assert refused(ran, 2, words)
    assert len(ran.err) < 500
    assert refused(run("check", name), 2, words)


def test_check_tells_all_files_and_gives_the_worst_code():
    Path("broken.yaml").write_text("")
    ran = run("check", "small.yaml", "broken.yaml")
    assert ran.code == 1
    assert ran.out.decode().splitlines() == [
        "small.yaml: no errors, no assumed values",
        "broken.yaml:1:1: error: the file is empty (write lines of the form 'name: value', for example 'id: cc312')",
        "broken.yaml: 1 error, no assumed values",
    ]
    assert run("check", "broken.yaml", "nothing").code == 2
    assert run("check", "small.yaml").code == 0


def test_check_lists_what_is_assumed():
    text = PROTOCOL.replace("lasts: 2 h", 'lasts: 2 h, assumed: {window: "the record states none"}')
    Path("small.yaml").write_text(text.replace("false}", 'false, assumed: {day_zero: "SDTM"}}'), encoding="utf-8")
    ran = run("check", "small.yaml")
    assert ran.code == 0
    assert ran.out.decode().splitlines() == [
        "small.yaml: no errors, 2 assumed values",
        "  small.yaml:3: study_day: day_zero is assumed: SDTM",
        "  small.yaml:9: dose: window is assumed: the record states none",
    ]


# --- given dates --------------------------------------------------------------------------------------------------

DATES = {
    "2025-02-30": "'2025-02-30': February 2025 has 28 days, not 30",
    "2025-04-31": "April 2025 has 30 days, not 31",
    "2025-00-10": "there is no month 0",
    "2025-13-10": "there is no month 13",
    "01/03/2025": "'01/03/2025' can be read in two ways (write 2025-03-01 or 2025-01-03)",
    "01.03.2025": "(write 2025-03-01 or 2025-01-03)",
    "13/03/2025": "'13/03/2025' is not written as a date here (write 2025-03-13)",
    "03/13/2025": "(write 2025-03-13)",
    "03/03/2025": "(write 2025-03-03)",
    "99/99/2025": "'99/99/2025' is not a date (write year-month-day, as 2025-03-01",
    "01/03/25": "'01/03/25' is not a date",
    "2025-3-1": "(write 2025-03-01)",
    "2025/03/01": "(write 2025-03-01)",
    "20250301": "(write 2025-03-01)",
    "20251399": "is not a date",
    "2025-03": "'2025-03' is a month, not a day",
    "1899-12-31": "the year 1899 is out of range (years from 1900 to 2200)",
    "2201-01-01": "the year 2201 is out of range",
    "0000-00-00": "the year 0 is out of range",
    "1 March 2025": "is not a date",
    "tomorrow": "'tomorrow' is not a date",
    "": "'' is not a date",
    "2025-03-01T25:00": "there is no time 25:00",
    "2025-03-01T24:00": "midnight is 00:00 of the next day",
    "2025-03-01T9:00": "has a clock time that is not understood (write hours and minutes, as T16:30)",
    "2025-03-01T10:00Z": "has a clock time that is not understood",
    "2025-03-01\x1b[31m": "'2025-03-01?[31m' is not a date",
    "2025-03-01\n": None,  # a copied line's end is no mistake
    "9" * 500: "is not a date",
}


@pytest.mark.parametrize("date", DATES)
def test_start_that_is_no_date(date):
    if DATES[date] is None:
        assert plan("--start", date).code == 0
    else:
        assert refused(plan("--start", date), 2, "error: --start dose-1: ", DATES[date])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "no date is given (write --start DATE for dose-1, or --start VISIT=DATE)"),
        (["--start", "dsoe-1=2025-03-01"], "there is no visit 'dsoe-1' in small (did you mean `dose-1`"),
        (["--start", "infusion=2025-03-01"], "known here: "),
        (["--start", "dose=2025-03-01"], "dose is a series of 2 (name one of dose-1, dose-2)"),
        (["--start", "=2025-03-01"], "does not say which visit (write --start VISIT=DATE)"),
        (["--start", "dose-1="], "'' is not a date"),
        (
            ["--start", "2025-03-01", "--start", "dose-1=2025-03-01"],
            "dose-1 is given two dates",
        ),
        (["--start", "2025-02-30", "--start", "2025-03-01"], "dose-1 is given two dates"),
        (
            ["--end", "dose-1=2025-03-01T10:00", "--end", "dose-1=2025-03-01T11:00"],
            "--end: dose-1 is given two",
        ),
        (["--end", "2025-03-01T10:00"], "does not say which visit (write --end VISIT=DATETHH:MM)"),
        (["--end", "dose-1=2025-03-01"], "an end needs a clock time (as 2025-03-01T16:30)"),
        (["--start", "2025-03-02", "--end", "dose-1=2025-03-01T10:00"], "dose-1: it ends before it starts"),
        (["--start", "2025-03-01T11:00", "--end", "dose-1=2025-03-01T10:00"], "dose-1: it ends before it starts"),
        (
            ["--start", "2025-03-30T02:30", "--time-zone", "Europe/Berlin"],
            "2025-03-30 02:30 does not exist in Europe/Berlin: the clocks skip it",
        ),
        (["--start", "2025-03-01", "--time-zone", "Europe/Berln"], "did you mean `Europe/Berlin`"),
        (["--start", "2025-03-01", "--time-zone", "berlin"], "did you mean `Europe/Berlin`?"),
        (["--start", "2025-03-01", "--time-zone", "New York"], "did you mean `America/New_York`?"),
        (["--start", "2025-03-01", "--time-zone", ""], "write it as Europe/Berlin"),
        (["--start", "2025-03-01", "--time-zone", "../../etc/passwd"], "there is no time zone"),
        (["--start", "2025-03-01", "--time-zone", "Europe"], "there is no time zone 'Europe'"),
        (["--start", "2025-03-01", "--time-zone", "localtime"], "there is no time zone 'localtime'"),
        (["--start", "2025-03-01", "--time-zone", "Factory"], "there is no time zone 'Factory'"),
        (["--start", "2025-03-01", "--time-zone", "posixrules"], "there is no time zone 'posixrules'"),
        (["--start", "2025-03-01", "--time-zone", "right/Europe/Berlin"], "there is no time zone"),
        (["--start", "2025-03-01", "--time-zone", "posix/Europe/Berlin"], "there is no time zone"),
        (
            ["--start", "2011-12-30", "--time-zone", "Pacific/Apia"],
            "dose-1: 2011-12-30 does not exist in Pacific/Apia: the calendar there skips it",
        ),
        (
            ["--start", "2011-12-30T10:00", "--time-zone", "Pacific/Apia"],
            "2011-12-30 10:00 does not exist in Pacific/Apia: the clocks skip it",
        ),
        (
            ["--start", "2011-12-15", "--end", "stay=2012-01-01T10:00", "--time-zone", "Pacific/Apia"],
            "stay: 2011-12-30 does not exist in Pacific/Apia",  # three dates, the last of them on 1 January
        ),
        (
            ["--start", "1900-01-05", "--end", "stay=1900-01-02T10:00"],
            "stay: it would have started in the year 1899 (years from 1900 to 2200)",
        ),
        (["--end", "dose-1=1900-01-01T01:00"], "dose-1: it would have started in the year 1899"),
        (["--start", "\uff12025-03-01"], "has the digit '\uff12' (type the digits 0-9)"),
        (["--start", "2025-03-01", "--set", "half-life=\uff12d"], "(type the digits 0-9)"),
        (["--start", "2025-03-01", "--set", "half-life"], "gives no value (write --set half-life=21d)"),
        (["--start", "2025-03-01", "--set", "halflife=21d"], "did you mean `half-life`?"),
        (["--start", "2025-03-01", "--set", "half-life="], "'' is not a duration"),
        (["--start", "2025-03-01", "--set", "half-life=21"], "'21' has no unit (write '21 d' for days"),
        (["--start", "2025-03-01", "--set", "half-life=-2d"], "has a sign"),
        (["--start", "2025-03-01", "--set", "half-life=3 m"], "'m' may be minutes or months"),
        (["--start", "2025-03-01", "--set", "half-life=90 years"], "'90 years' is too long (at most 10 years)"),
        (["--start", "2025-03-01", "--set", "half-life=2d", "--set", "half-life=3d"], "is given two values"),
        (["--start", "2025-03-01", "--set", "half-life=\x1b[31m"], "'?[31m' is not a duration"),
        (["--start", "2025-03-01", "--subject", ""], "--subject is empty"),
        (["--start", "2025-03-01", "--subject", "01-003\nX"], "characters that cannot be printed"),
        (["--start", "2025-03-01", "--subject", "01\t003"], "characters that cannot be printed"),
        (["--start", "2025-03-01", "--subject", "\x1b[31m"], "characters that cannot be printed"),
        (["--start", "2025-03-01", "--subject", "a\u202eb"], "characters that cannot be printed"),
        (["--start", "2025-03-01", "--subject", "1" * 65], "at most 64 characters"),
    ],
)
def test_arguments(arguments, words):
    ran = plan(*arguments)
    assert refused(ran, 2, words)
    assert "\x1b" not in ran.err


def test_all_argument_mistakes_at_once():
    ran = plan("--start", "2025-02-30", "--end", "dose-9=2025-03-01T10:00", "--set", "x=1d", "--subject", "a\nb")
    assert refused(ran, 2, "February 2025", "'dose-9'", "parameter 'x'", "--subject is empty")
    assert ran.err.count("error: ") == 4


def test_a_time_that_occurs_twice_is_told():
    ran = plan("--start", "2025-10-26T02:30", "--time-zone", "Europe/Berlin")
    assert ran.code == 0
    assert "occurs twice in Europe/Berlin; the first, before the clocks go back, is taken" in ran.err


# --- dates that break a rule ----------------------------------------------------------------------------------------


def rows(ran):
    return {visit["id"]: visit for visit in json.loads(ran.out)["visits"]}


def test_dates_that_break_a_rule_are_planned_and_told():
    ran = plan("--start", "2025-03-03", "--start", "dose-2=2025-03-08", form="json")
    assert ran.code == 1
    assert "error: dose-2 on Sat 2025-03-08 is 1 d too early" in ran.err
    found = json.loads(ran.out)
    assert found["feasible"] is False
    assert rows(ran)["stay"]["planned"] == "2025-03-17"
    assert rows(ran)["dose-2"]["planned"] == "2025-03-08"


def test_end_alone_pins_the_date():
    ran = plan("--end", "dose-1=2025-03-03T11:00", form="json")
    assert ran.code == 0
    assert rows(ran)["dose-1"]["planned"] == "2025-03-03"
    assert rows(ran)["dose-2"]["planned"] == "2025-03-10"
    assert "dose-1 starts Mon 2025-03-03 09:00" in ran.err


def test_end_alone_of_a_visit_that_lasts_days_gives_its_first_day():
    ran = plan("--start", "2025-03-03", "--end", "stay=2025-03-19T16:00", form="json")
    assert ran.code == 0
    assert rows(ran)["stay"]["planned"] == "2025-03-17"


def test_end_alone_over_a_change_of_the_clocks():
    """24 h before Sun 2027-03-14 12:00 in New York is Sat 11:00: that night has no hour from 2 to 3."""
    Path("small.yaml").write_text(PROTOCOL.replace("lasts: 2 h", "lasts: 24 h"), encoding="utf-8")
    ran = plan("--end", "dose-1=2027-03-14T12:00", "--time-zone", "America/New_York", form="json")
    assert "dose-1 starts Sat 2027-03-13 11:00" in ran.err
    assert rows(ran)["dose-1"]["planned"] == "2027-03-13"


# --- subjects -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    ["01-003", "CN-0102-004", "S-2025-0001", "S-2025-0112", "ABC-DEF", "ABC", "1001", "10-01-02", "US01-1203",
     "001/02", "A", "DE-04-2025-17", "0304-1999-12", "PAT_007", "R2-D2", "2025-001", "12-30-001", "NCT06888960-03",
     "SITE-A-12", "101 003", "b-17", "subject-3"],
)  # fmt: skip
def test_study_numbers_are_no_names(subject):
    assert not looks_personal(subject)
    ran = plan("--start", "2025-03-03", "--subject", subject)
    assert ran.code == 0
    assert "looks like" not in ran.err


@pytest.mark.parametrize(
    "subject",
    ["GIVEN FAMILY", "Given Family", "given family", "Family, Given", "Given-Family", "Family", "G. FAMILY",
     "FAMILY 1961-04-30", "1961-04-30", "30.04.1961", "4/30/1961", "30.4.61", "19610430", "AB-30.04.1961"],
)  # fmt: skip
def test_names_and_birth_dates_are_warned_about(subject):
    ran = plan("--start", "2025-03-03", "--subject", subject)
    assert ran.code == 0
    assert ran.out
    assert f"warning: --subject {subject} looks like a person's name or birth date (use the study number" in ran.err


# --- options --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["pln"], "No such command 'pln'"),
        (["plan", "--protcol", "small.yaml"], "No such option"),
        (["plan"], "Missing option '--protocol'"),
        (["plan", "-p", "small.yaml", "--start"], "requires an argument"),
        (["plan", "-p", "small.yaml", "--start", "2025-03-03", "--format", "pdf"], "'pdf' is not one of"),
        (["plan", "-p", "small.yaml", "--start", "2025-03-03", "--windows", "all"], "'all' is not one of"),
        (["plan", "-p", "small.yaml", "2025-03-03"], "unexpected extra argument"),
        (["show"], "error: name one protocol, as trialcal show cc312"),
        (["check"], "Missing argument"),
        (["plan", "-p", "small.yaml", "--start", "2025-03-03", "-o", "x.pdf"], "the suffix does not say the form"),
        (["plan", "-p", "small.yaml", "--start", "2025-03-03", "-o", "x"], "use one of .ics, .csv, .json, .txt"),
    ],
)
def test_wrong_usage(arguments, words):
    assert refused(run(*arguments), 2, words)


def test_standard_output_is_calendar_bytes_when_it_is_no_terminal():
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03")
    assert ran.code == 0
    assert ran.out.startswith(b"BEGIN:VCALENDAR\r\n")
    assert b"\r\r\n" not in ran.out
    assert ran.err.startswith("Day 1 = dose-1 = Mon 2025-03-03")


@pytest.mark.parametrize(("name", "first"), [("x.ics", b"BEGIN:"), ("x.CSV", b"subject,"), ("x.json", b"{")])
def test_the_suffix_chooses_the_form(name, first):
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03", "-o", name)
    assert (ran.code, ran.out) == (0, b"")
    assert Path(name).read_bytes().startswith(first)
    assert listed() == {"small.yaml", name}


@pytest.mark.parametrize(
    "epoch", ["tomorrow", "1.5", "9" * 30, "9" * 5000, "-1", "+1", " 1", "1_0", "\uff11", "\x1b[31m"]
)
def test_source_date_epoch_that_is_none(monkeypatch, epoch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", epoch)
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03")
    assert refused(ran, 2, "SOURCE_DATE_EPOCH", "write whole seconds since 1970, or unset it")
    assert "\x1b" not in ran.err


def test_source_date_epoch_gives_the_same_bytes(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1740787200")  # 2025-03-01 00:00 UTC
    first, second = (run("plan", "-p", "small.yaml", "--start", "2025-03-03").out for _ in range(2))
    assert first == second
    assert b"DTSTAMP:20250301T000000Z" in first


# --- writing --------------------------------------------------------------------------------------------------------


def write(output="x.ics"):
    return run("plan", "-p", "small.yaml", "--start", "2025-03-03", "-o", output)


def test_a_full_disk_leaves_the_old_file_whole(monkeypatch):
    Path("x.ics").write_bytes(b"old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert refused(write(), 1, "x.ics cannot be written: No space left on device; nothing was written")
    assert Path("x.ics").read_bytes() == b"old"
    assert listed() == {"small.yaml", "x.ics"}


def test_a_full_disk_leaves_no_new_file(monkeypatch):
    monkeypatch.setattr(os, "fsync", lambda descriptor: (_ for _ in ()).throw(OSError(28, "No space left")))
    assert refused(write(), 1, "nothing was written")
    assert listed() == {"small.yaml"}


@needs_full_device
def test_a_full_device():
    assert refused(write("/dev/full"), 1, "/dev/full cannot be written: No space left on device")


@pytest.mark.parametrize(
    ("output", "words"),
    [
        ("folder", "folder cannot be written: it is a folder"),
        ("nowhere/x.ics", "there is no such folder"),
        ("small.yaml/x.ics", "Not a directory"),
        ("loop.ics", "loop.ics cannot be written: it is a link that leads to itself"),
        ("loop.ics/x.ics", "Too many levels of symbolic links"),
        ("y" * 300 + ".ics", "File name too long"),
    ],
)
def test_output_where_no_file_can_be(output, words):
    Path("folder").mkdir()
    Path("loop.ics").symlink_to("loop.ics")
    assert refused(write(output), 2, words, "nothing was written")


@pytest.mark.parametrize("form", [[], ["--format", "csv"]])
def test_output_without_a_name(form):
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03", "-o", "", *form)
    assert refused(ran, 2, "error: --output: no file name is given")


def test_output_with_the_longest_name():
    name = "y" * 251 + ".ics"  # 255 bytes
    assert write(name).code == 0
    assert listed() == {"small.yaml", name}


def test_a_fifo_in_place_of_a_file_is_not_waited_for():
    os.mkfifo("pipe.yaml")
    assert refused(run("check", "pipe.yaml"), 2, "this is a device or a pipe, not a file")


def test_output_keeps_the_permissions_and_follows_a_link():
    Path("real.ics").write_bytes(b"old")
    Path("real.ics").chmod(0o640)
    Path("x.ics").symlink_to("real.ics")
    assert write().code == 0
    assert Path("x.ics").is_symlink()
    assert stat.S_IMODE(Path("real.ics").stat().st_mode) == 0o640
    assert Path("real.ics").read_bytes().startswith(b"BEGIN:VCALENDAR\r\n")


def test_a_plan_that_cannot_hold_is_written_too():
    ran = run("plan", "-p", "small.yaml", "--start", "2025-03-03", "--start", "dose-2=2025-03-08", "-o", "x.csv")
    assert ran.code == 1
    assert b"dose-2" in Path("x.csv").read_bytes()


# --- real processes -------------------------------------------------------------------------------------------------


def shell(command, **more):
    environment = {**os.environ, "PATH": f"{WHOLE.parent}:{os.environ['PATH']}", **more}
    return subprocess.run(["bash", "-c", command], capture_output=True, timeout=60, check=False, env=environment)


PLAN = "trialcal plan -p small.yaml --start 2025-03-03 --subject 01-003"


@pytest.mark.parametrize(
    "command",
    [f"{PLAN} --format csv", PLAN, f"{PLAN} --format json", "trialcal check small.yaml small.yaml", "trialcal schema",
     "trialcal protocols", "trialcal show small.yaml"],
)  # fmt: skip
def test_a_closed_pipe_ends_quietly(command):
    """As with `| head -1`: whatever comes after the first line has no reader."""
    both = shell(f"set -o pipefail; {command} 2>notes | true")
    assert both.returncode == 0
    notes = Path("notes").read_text()
    assert "error" not in notes.lower()
    assert "Traceback" not in notes
    assert "Exception" not in notes
    assert shell(f"{command} 2>/dev/null | head -1").stdout.count(b"\n") == 1


def test_a_closed_pipe_for_everything_ends_quietly():
    assert shell(f"{PLAN} 2>&1 | true").stderr == b""
    assert shell("trialcal --help | true").stderr == b""


@needs_full_device
def test_standard_output_that_is_full():
    ran = shell(f"{PLAN} --format csv > /dev/full")
    assert ran.returncode == 1
    last = ran.stderr.decode().splitlines()[-1]
    assert last == "error: the result cannot be written: No space left on device"
    checked = shell("trialcal check small.yaml > /dev/full")
    assert checked.returncode == 1
    assert b"Traceback" not in checked.stderr


@needs_full_device
def test_standard_error_that_is_full_loses_only_the_notes():
    ran = shell(f"{PLAN} --format csv 2> /dev/full")
    assert ran.stdout.startswith(b"subject,")


@needs_full_device
def test_wrong_usage_that_cannot_be_told_is_wrong_usage():
    assert shell("trialcal plan 2> /dev/full").returncode == 2
    assert shell("trialcal plan 2>&-").returncode == 2
    assert shell("trialcal show 2>&-").returncode == 2


@pytest.mark.parametrize(
    "command",
    [PLAN, f"{PLAN} --format table", "trialcal check small.yaml", "trialcal show small.yaml", "trialcal schema",
     "trialcal protocols"],
)  # fmt: skip
def test_standard_output_that_is_closed(command):
    ran = shell(f"{command} >&-")
    assert ran.returncode == 1
    last = ran.stderr.decode().splitlines()[-1]
    assert last == "error: the result cannot be written: standard output is closed"
    assert b"Traceback" not in ran.stderr


def test_standard_output_that_is_closed_does_not_matter_for_a_file():
    for output in ("x.ics", "x.txt"):
        assert shell(f"{PLAN} -o {output} >&-").returncode == 0
        assert Path(output).stat().st_size > 100


def test_both_closed():
    assert shell(f"{PLAN} -o x.ics >&- 2>&-").returncode == 0
    assert shell(f"{PLAN} >&- 2>&-").returncode == 1


def test_brackets_do_not_crash_the_process():
    Path("broken.yaml").write_bytes(b"[" * 400_000)
    ran = shell("trialcal check broken.yaml")
    assert ran.returncode == 1
    assert ran.stderr == b""


def test_any_encoding_of_the_terminal():
    Path("small.yaml").write_text(PROTOCOL.replace("A small protocol", "\u4e2d\u6587 \u2265"), encoding="utf-8")
    for encoding in ("ascii", "cp1252", "utf-8"):
        for command in (
            "check small.yaml",
            "show small.yaml",
            "plan -p small.yaml --start 2025-03-03 --format table",
        ):
            ran = shell(f"trialcal {command}", PYTHONIOENCODING=encoding)
            assert ran.returncode == 0, ran.stderr
            ran.stdout.decode("utf-8")


def test_a_folder_that_is_gone():
    ran = shell("mkdir gone && cd gone && rmdir ../gone && trialcal show cc312")
    assert ran.returncode == 1
    assert b"Traceback" not in ran.stderr
    assert ran.stderr.startswith(b"error: ")


def test_a_fault_of_trialcal_is_told_in_a_line(monkeypatch):
    from trialcal.cli import loading

    def fail(*_):
        raise RuntimeError("some\x1bthing")

    monkeypatch.setattr(loading, "load", fail)
    ran = run("show", "small.yaml")
    assert (ran.code, ran.out) == (1, b"")
    told = "this is a fault of trialcal, not yours: RuntimeError: some?thing"
    assert ran.err == f"error: {told} (please report it, with the command)\n"

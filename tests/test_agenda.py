"""The agenda: whose visits are due, worked by hand from made schedules, and from subjects' files."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date, datetime
from pathlib import Path

import pytest
from command import run
from made_schedules import NEW_YORK, made_protocol, made_schedule, made_visit

from trialcal.agenda import Agenda, agenda_of
from trialcal.cli.agendas import monday_of
from trialcal.files.phrases import Mistake
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.site import Site
from trialcal.subject import Dated, Discontinued, Hold, Subject
from trialcal.writers.agenda_rows import agenda_csv
from trialcal.writers.agenda_table import agenda_text

MONDAY, THURSDAY, SUNDAY = date(2025, 3, 3), date(2025, 3, 6), date(2025, 3, 9)


def day(number: int) -> date:
    return date(2025, 3, number)


def clock(number: int, hour: int, minute: int = 0, zone=None) -> datetime:
    return datetime(2025, 3, number, hour, minute, tzinfo=zone)


def of(subject: str, *visits: ScheduledVisit, site: str = "", **more) -> Schedule:
    dated = {visit.id: Dated(visit.on) for visit in visits if visit.on is not None and visit.status == "completed"}
    found = made_schedule(*visits, site=Site(site))
    anchor = {"dose-1": Dated(date(2025, 2, 1))}  # a window closes only where what it is counted from stands
    return found._replace(subject=Subject(subject, anchor, actual=dated, **more))


def agenda(*schedules: Schedule, today: date = THURSDAY, soon: int = 7) -> Agenda:
    return agenda_of(schedules, MONDAY, SUNDAY, today, soon)


def rows(found: Agenda, kind: str) -> list[tuple]:
    return [(item.day, item.subject, item.visit, item.told) for item in found.items if item.kind == kind]


# --- the days -------------------------------------------------------------------------------------------------------


def test_visits_by_day_then_clock_time_then_subject():
    found = agenda(
        of("S-3", made_visit("dose", day(5)), made_visit("late", day(10))),
        of("S-2", made_visit("dose", day(5), booked=day(5), status="booked", starts=clock(5, 14, 30))),
        of("S-1", made_visit("dose", day(5)), made_visit("lab", day(3), actual=day(3), status="completed")),
        of("S-4", made_visit("dose", day(5), booked=day(5), status="booked", starts=clock(5, 9, zone=NEW_YORK))),
        of("S-5", made_visit("early", day(2)), made_visit("sunday", day(9))),
        today=MONDAY,
    )
    assert rows(found, "visit") == [
        (day(3), "S-1", "lab", "done"),
        (day(5), "S-4", "dose", "booked at 09:00"),
        (day(5), "S-2", "dose", "booked at 14:30"),
        (day(5), "S-1", "dose", "planned"),
        (day(5), "S-3", "dose", "planned"),
        (day(9), "S-5", "sunday", "planned"),
    ]
    assert found.subjects == 5


def test_what_is_not_there_is_not_listed():
    gone = [made_visit(status, day(5), status=status) for status in ("missed", "skipped", "cancelled")]
    pending = made_visit("pending", None, status="pending")
    assert agenda(of("S-1", *gone, pending)).items == ()


def test_visits_of_several_days():
    visits = (
        made_visit("before", date(2025, 2, 28), last_day=day(4)),
        made_visit("into", day(8), last_day=day(11)),
        made_visit("over", date(2025, 2, 26), last_day=day(2)),
    )
    assert rows(agenda(of("S-1", *visits), today=MONDAY), "visit") == [
        (day(3), "S-1", "before", "planned, since Fri 2025-02-28, until Tue 2025-03-04"),
        (day(8), "S-1", "into", "planned, until Tue 2025-03-11"),
    ]


def test_what_is_past_and_not_recorded_says_so():
    booked = made_visit("lab", day(4), booked=day(4), status="booked", starts=clock(4, 10))
    planned = made_visit("dose", day(5), window_start=day(4), window_end=day(20))
    found = agenda(of("S-1", booked, planned, made_visit("today", day(6))))
    assert rows(found, "visit") == [
        (day(4), "S-1", "lab", "booked at 10:00; not recorded"),
        (day(5), "S-1", "dose", "planned; not recorded"),
        (day(6), "S-1", "today", "planned"),
    ]
    assert rows(found, "unrecorded") == [
        (day(4), "S-1", "lab", "booked, and not recorded; no window is stated"),
        (day(5), "S-1", "dose", "past its target; window open until Thu 2025-03-20"),
    ]
    assert [item.days for item in found.of("unrecorded")] == [-2, -1]


@pytest.mark.parametrize(
    ("fields", "is_listed"),
    [
        ({"planned": day(5)}, True),
        ({"planned": day(6)}, False),  # today
        ({"planned": day(7), "target": day(2)}, False),  # moved to a day to come
        ({"planned": day(5), "certainty": "if needed"}, False),
        ({"planned": day(5), "certainty": "more may follow"}, True),
        ({"planned": day(5), "target": None}, False),  # a range: its window counts
        ({"planned": day(5), "target": None, "is_given": True}, True),
        ({"planned": day(5), "status": "completed", "actual": day(5)}, False),
        ({"planned": day(5), "status": "missed"}, False),
        ({"planned": day(4), "last_day": day(6)}, False),  # it still goes on
    ],
)
def test_past_its_date(fields, is_listed):
    visit = made_visit("dose", fields["planned"])._replace(**fields)
    assert bool(agenda(of("S-1", visit)).of("unrecorded")) is is_listed


# --- windows --------------------------------------------------------------------------------------------------------


def windowed(first: int, last: int, **fields) -> ScheduledVisit:
    values = {"planned": day(first), "target": day(first), "window_start": day(first), "window_end": day(last)}
    return made_visit("dose", None, **(values | fields))


@pytest.mark.parametrize(
    ("visit", "kind", "days"),
    [
        (windowed(4, 5), "overdue", -1),
        (windowed(4, 6), "due-soon", 0),  # the last date counts
        (windowed(11, 13), "due-soon", 7),
        (windowed(11, 14), "", None),
        (windowed(4, 6, booked=day(6), status="booked"), "", None),  # arranged
        (windowed(4, 6, booked=day(7), status="booked"), "due-soon", 0),  # booked after its window
        (windowed(4, 8, booked=day(5), status="booked"), "due-soon", 2),  # booked on a day that has passed
        (windowed(4, 5, actual=day(5), status="completed"), "", None),
        (windowed(4, 5, status="missed"), "", None),
        (windowed(4, 5, planned=None, status="no-date"), "overdue", -1),
        (windowed(4, 20, planned=None, status="no-date"), "no-date", -2),
    ],
)
def test_windows_that_close(visit, kind, days):
    items = [item for item in agenda(of("S-1", visit)).items if item.kind != "visit" and item.kind != "unrecorded"]
    assert [(item.kind, item.days) for item in items] == ([(kind, days)] if kind else [])


def test_the_words_of_windows():
    found = agenda(
        of("S-2", windowed(4, 5)),
        of("S-1", windowed(4, 5, booked=day(5), status="booked")),
        of("S-3", windowed(4, 5, planned=None, status="no-date")),
    )
    assert rows(found, "overdue") == [
        (day(5), "S-1", "dose", "booked Wed 2025-03-05"),
        (day(5), "S-2", "dose", "planned Tue 2025-03-04"),
        (day(5), "S-3", "dose", "no date: not everything can hold"),
    ]


# --- subjects -------------------------------------------------------------------------------------------------------


def test_holds_and_those_who_stopped():
    holds = (
        Hold(date(2025, 2, 20), day(7), ("dose",), "ALT raised"),
        Hold(date(2025, 2, 1), day(2), ("dose",), "over before the week, and before today"),
        Hold(day(10), None, ("lab",), "begins after the week"),
    )
    stopped = Discontinued(day(1), ("all",), ("et",), "adverse event")
    later = Discontinued(day(20), ("all",))
    found = agenda(of("S-1", holds=holds), of("S-2", discontinued=stopped), of("S-3", discontinued=later))
    assert [(item.kind, item.subject, item.day, item.name, item.told) for item in found.items] == [
        ("hold", "S-1", date(2025, 2, 20), "dose", "until Fri 2025-03-07; ALT raised"),
        ("discontinued", "S-2", day(1), "all", "without et; adverse event"),
    ]


def test_a_hold_without_an_end():
    (item,) = agenda(of("S-1", holds=(Hold(day(5), None, ("dose", "lab")),))).items
    assert (item.name, item.told) == ("dose, lab", "until further notice")


# --- writers --------------------------------------------------------------------------------------------------------


def whole() -> Agenda:
    window = {"window_start": day(4), "window_end": day(5), "assumed": {"window": "not stated"}}
    return agenda(
        of("S-1", made_visit("dose-2", day(4), short="Dose 2", **window), site="Site 7"),
        of("S-2", made_visit("dose-3", day(8), short="Dose 3", notes=("a", "b"))),
    )


def test_csv():
    header = (
        "kind,day,starts,subject,site,protocol,visit,name,status,told,target,window_start,window_end,days,assumed,"
        "notes"
    )
    assert agenda_csv(whole()).split("\r\n") == [
        header,
        "visit,2025-03-04,,S-1,Site 7,demo,dose-2,Dose 2,planned,planned; not recorded,2025-03-04,2025-03-04,"
        "2025-03-05,-2,true,",
        "visit,2025-03-08,,S-2,,demo,dose-3,Dose 3,planned,planned,2025-03-08,,,2,false,a; b",
        "overdue,2025-03-05,,S-1,Site 7,demo,dose-2,Dose 2,planned,planned Tue 2025-03-04,2025-03-04,2025-03-04,"
        "2025-03-05,-1,true,",
        "",
    ]


def test_the_page():
    assert (
        agenda_text(whole(), width=80, colour=False)
        == """\
Agenda

Days        2025-W10, Mon 2025-03-03 to SUN 2025-03-09
Seen on     Thu 2025-03-06
Subjects    2
Result      2 visits on these days; 1 with a window closed

── Days ────────────────────────────────────────────────────────────────────────
Date       Subject  Site    Visit   Status                 Window
──────────────────────────────────────────────────────────────────────────────
Tue 4 Mar  S-1      Site 7  Dose 2  planned; not recorded  Tue 4 – Wed 5 Mar *

SAT 8 Mar  S-2              Dose 3  planned                none stated

── Windows that are closed, and no visit recorded ──────────────────────────────
Closed     Days     Subject  Site    Visit   Status          Window
────────────────────────────────────────────────────────────────────────────────
Wed 5 Mar  1 d ago  S-1      Site 7  Dose 2  planned         Tue 4 – Wed 5 Mar *
                                             Tue 2025-03-04

* rests on assumed values: confirm against the protocol
· demo: registry record NCT00000000, updated 2025-01-01 (not the protocol
  itself)
"""
    )


@pytest.mark.parametrize("width", [60, 80, 120])
@pytest.mark.parametrize("colour", [False, True])
def test_no_line_is_wider_than_the_page(width, colour):
    protocol = made_protocol(id="another-protocol")
    visit = windowed(4, 6, name="A visit with a very long name that goes on and on", certainty="only arm high-dose")
    many = [of(f"SITE-01-{n:04}", visit, site="University hospital of a large town")._replace(protocol=p)
            for n, p in enumerate((protocol, made_protocol()))]  # fmt: skip
    text = agenda_text(agenda(*many), width=width, colour=colour)
    assert ("\x1b" in text) is colour
    plain = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert max(map(len, plain.splitlines())) <= width
    assert "another-protocol" in plain
    assert all(f"SITE-01-000{n}" in plain for n in (0, 1))


def test_an_agenda_of_nothing():
    text = agenda_text(agenda(of("S-1")), width=80, colour=False)
    assert "no visit is planned, booked or done on these days" in text


# --- weeks ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("week", "monday"),
    [
        ("2025-W10", date(2025, 3, 3)),
        ("2025-W01", date(2024, 12, 30)),
        ("2020-W53", date(2020, 12, 28)),
        ("2026-W53", date(2026, 12, 28)),
        ("2027-W01", date(2027, 1, 4)),
        ("2025W9", date(2025, 2, 24)),
        (" 2025-w52 ", date(2025, 12, 22)),
    ],
)
def test_weeks(week, monday):
    """The Mondays are those of a printed calendar; a year has 53 weeks where it has 53 Thursdays."""
    assert monday_of(week) == monday


@pytest.mark.parametrize(
    ("week", "words"),
    [
        ("2025-W53", "the year 2025 has 52 weeks"),
        ("2026-W54", "the year 2026 has 53 weeks"),
        ("2025-W00", "there is no week 2025-W00"),
        ("W10", "'W10' is not a week"),
        ("2025-10", "'2025-10' is not a week"),
        ("1025-W10", "the year 1025 is out of range"),
    ],
)
def test_no_such_week(week, words):
    with pytest.raises(Mistake, match=words):
        monday_of(week)


# --- the command ----------------------------------------------------------------------------------------------------

PROTOCOL = """\
id: small
title: Small study
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  dose: {at: [Day 1, Day 8], window: ±1 d}
  end: {at: Day 15}
"""


@pytest.fixture
def subjects(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    Path("subjects").mkdir()
    Path("subjects/small.yaml").write_text(PROTOCOL, encoding="utf-8")
    first = "subject: S-01\nprotocol: small.yaml\nvisits:\n  dose-1: {actual: 2025-02-24}\n"
    second = "subject: S-02\nprotocol: small.yaml\ngiven: {dose-1: 2025-03-04}\n"
    Path("subjects/S-01.yaml").write_text(first, encoding="utf-8")
    Path("subjects/S-02.yaml").write_text(second, encoding="utf-8")


def listed(*arguments):
    ran = run("agenda", *arguments, "--today", "2025-03-06", "--format", "csv")
    table = csv.DictReader(io.StringIO(ran.out.decode(), newline=""))
    return ran, [(row["kind"], row["day"], row["subject"], row["visit"]) for row in table]


@pytest.mark.usefixtures("subjects")
def test_the_week_of_today():
    ran, found = listed("subjects")
    assert ran.code == 0
    assert found == [
        ("visit", "2025-03-03", "S-01", "dose-2"),  # Day 8 of 24 Feb; its window ended on 4 Mar
        ("visit", "2025-03-04", "S-02", "dose-1"),
        ("due-soon", "2025-03-12", "S-02", "dose-2"),  # Day 8 of 4 Mar is 11 Mar, ±1 d
        ("overdue", "2025-03-04", "S-01", "dose-2"),
        ("unrecorded", "2025-03-04", "S-02", "dose-1"),
    ]
    assert ran.err.splitlines()[0] == (
        "week 2025-W10 (that of today): Mon 2025-03-03 to Sun 2025-03-09; seen on Thu 2025-03-06"
    )


@pytest.mark.usefixtures("subjects")
def test_other_days():
    assert listed("subjects", "--week", "2025-W11")[1][0] == ("visit", "2025-03-10", "S-01", "end")
    _, found = listed("subjects/S-01.yaml", "--from", "2025-03-03", "--to", "2025-03-10", "--soon", "0d")
    assert found == [
        ("visit", "2025-03-03", "S-01", "dose-2"),
        ("visit", "2025-03-10", "S-01", "end"),
        ("overdue", "2025-03-04", "S-01", "dose-2"),
    ]


@pytest.mark.usefixtures("subjects")
def test_json_and_output():
    ran = run("agenda", "subjects", "--today", "2025-03-06", "-o", "agenda.json")
    assert (ran.code, ran.out) == (0, b"")
    found = json.loads(Path("agenda.json").read_bytes())
    assert (found["schema"], found["from"], found["to"], found["subjects"]) == (
        "trialcal.agenda/1",
        "2025-03-03",
        "2025-03-09",
        2,
    )
    assert found["rows"][0]["assumed"] is False


@pytest.mark.usefixtures("subjects")
def test_a_file_that_is_wrong_is_told_and_the_others_listed():
    Path("subjects/S-03.yaml").write_text("subject: S-03\nprotocol: nosuch\n", encoding="utf-8")
    ran, found = listed("subjects")
    assert ran.code == 1
    assert "S-03.yaml:2:11: error: protocol: there is no protocol 'nosuch'" in ran.err
    assert "1 file left out, as told above" in ran.err
    assert {row[2] for row in found} == {"S-01", "S-02"}


@pytest.mark.usefixtures("subjects")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ["--week", "2025-W53"],
            "--week: there is no week 2025-W53: the year 2025 has 52 weeks (the last is 2025-W52",
        ),
        (["--from", "2025-03-03"], "--to is missing"),
        (["--to", "2025-03-03"], "--from is missing"),
        (["--from", "2025-03-03", "--to", "2025-03-01"], "--to 2025-03-01 is before --from 2025-03-03"),
        (["--from", "3.3.2025", "--to", "2025-03-05T10:00"], "write the date alone: 2025-03-05"),
        (["--week", "2025-W10", "--to", "2025-03-05"], "--week and --from, --to both say the days"),
        (["--soon", "7"], "--soon: '7' has no unit"),
        (["--soon", "48 h"], "--soon: '48 h' is no number of days or weeks (write 7d or 2 weeks)"),
        (["--soon", "99999 d"], "--soon: "),
        (["--today", "yesterday"], "--today: 'yesterday' is not a date"),
        (["-o", "agenda.pdf"], "the suffix does not say the form"),
        (["nosuch.yaml"], ""),
    ],
)
def test_wrong_usage(arguments, words):
    names = arguments if arguments[0] == "nosuch.yaml" else ["subjects", *arguments]
    ran = run("agenda", *names)
    assert (ran.code, ran.out) == (2, b"")
    assert words in ran.err

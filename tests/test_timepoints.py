"""Timepoints, from the protocol file to every output: clock times worked by hand, and against zoneinfo in UTC."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar, Event
from rich.cells import cell_len

from trialcal.files.reader import read_protocol
from trialcal.files.tree import parse
from trialcal.plan import plan
from trialcal.schedule import TIMEPOINT_FIELDS, Schedule, ScheduledTimepoint
from trialcal.site import Site
from trialcal.subject import Dated, Subject
from trialcal.writers.ics import calendar_bytes
from trialcal.writers.rows import csv_text, json_text
from trialcal.writers.table import plan_text

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")
NOW = datetime(2025, 2, 1, 12, 0, tzinfo=UTC)
HEAD = """\
id: samples
title: A study with samples
study_day: {anchor: dose, number: 1, day_zero: false}
start: dose
"""
ONE_DOSE = """\
visits:
  dose: {at: Day 1, name: Infusion, type: dose, LASTS}
timepoints:
  pk: {name: PK blood draw, visit: dose, """
CYCLES = """\
id: cycled
title: A study with samples in cycles
study_day: {anchor: c1d1, number: 1, day_zero: false}
start: c1d1
cycles:
  treatment: {length: 21 d, first: Day 1, rhythm: fixed, COUNT}
visits:
  dose: {at: Day 1, in: every cycle, type: dose, lasts: 30 min}
  progression: {at: pending, waits_for: progression}
timepoints:
  pk:
    name: PK blood draw
    visit: dose
    at: [30 min before, 15 min after end, 2 h after]
    window: ±10 %
  ecg: {name: ECG, visit: [c1d1, c2d1, each dose], at: [0-4 h before, 2 h after], window: ±15 min, notes: lying down}
"""


def planned(text: str, zone: ZoneInfo | None, subject: str = "S-01", **given: Dated) -> Schedule:
    tree, problems = parse(text.encode(), "samples.yaml")
    assert not problems, problems
    protocol, problems = read_protocol(tree, file="samples.yaml", sha256="")
    assert protocol is not None, [problem.told() for problem in problems]
    return plan(protocol, Subject(subject, given), Site(zone=zone))


def around(
    at: str, start: datetime | None, zone: ZoneInfo | None, lasts: str = "", end: datetime | None = None
) -> Any:
    """Plan one dose with timepoints `at`, which may be followed by further keys; give the timepoints."""
    text = HEAD + ONE_DOSE.replace(", LASTS", f", lasts: {lasts}" if lasts else "") + f"at: {at}}}\n"
    return planned(text, zone, dose=Dated(date(2025, 3, 29), start, end)).timepoints


def only(at: str, start: datetime | None, zone: ZoneInfo | None, **more: Any) -> ScheduledTimepoint:
    (found,) = around(at, start, zone, **more)
    return found


def told(clock: datetime | None) -> str | None:
    return None if clock is None else clock.isoformat(timespec="seconds")


def clocks(timepoint: ScheduledTimepoint) -> tuple[str | None, ...]:
    return told(timepoint.target), told(timepoint.window_start), told(timepoint.window_end)


# --- by hand: the clock times -------------------------------------------------------------------------------------

TWO = datetime(
    2025, 3, 29, 14, 0
)  # a Saturday; in Berlin the clocks go from 02:00 to 03:00 in the night that follows


@pytest.mark.parametrize(
    ("at", "target"),
    [
        ("[30 min before]", "2025-03-29T13:30:00+01:00"),
        ("[0 h after]", "2025-03-29T14:00:00+01:00"),
        ("[0 h before]", "2025-03-29T14:00:00+01:00"),
        ("[90 min after]", "2025-03-29T15:30:00+01:00"),
        ("[11 h after]", "2025-03-30T01:00:00+01:00"),
        ("[12 h after]", "2025-03-30T03:00:00+02:00"),  # 01:00 UTC, when the clocks change
        ("[24 h after]", "2025-03-30T15:00:00+02:00"),
        ("[48 h after]", "2025-03-31T15:00:00+02:00"),
        ("[24 h before]", "2025-03-28T14:00:00+01:00"),
    ],
)
def test_berlin_over_the_night_that_has_23_hours(at: str, target: str) -> None:
    found = only(at, TWO, BERLIN)
    assert clocks(found) == (target, None, None)
    assert found.status == "known"


def test_new_york_over_the_night_that_has_23_hours() -> None:
    """Sat 2025-03-08 14:00 EST is 19:00 UTC; 24 h later it is 15:00 EDT."""
    text = (
        HEAD + ONE_DOSE.replace(", LASTS", "") + "at: [24 h before, 24 h after, 47 h after], window: -30/+90 min}\n"
    )
    found = planned(text, NEW_YORK, dose=Dated(date(2025, 3, 8), datetime(2025, 3, 8, 14))).timepoints
    assert [clocks(each) for each in found] == [
        ("2025-03-07T14:00:00-05:00", "2025-03-07T13:30:00-05:00", "2025-03-07T15:30:00-05:00"),
        ("2025-03-09T15:00:00-04:00", "2025-03-09T14:30:00-04:00", "2025-03-09T16:30:00-04:00"),
        ("2025-03-10T14:00:00-04:00", "2025-03-10T13:30:00-04:00", "2025-03-10T15:30:00-04:00"),
    ]
    changed = "the clocks change in between (daylight saving): the time that has passed counts"
    assert [each.notes for each in found] == [(), (changed,), (changed,)]


def test_a_clock_time_that_occurs_twice_is_told() -> None:
    """Berlin, 2025-10-26: 03:00 becomes 02:00. From 22:00 (20:00 UTC), 4 h are 02:00, and 5 h are 02:00 again."""
    text = HEAD + ONE_DOSE.replace(", LASTS", "") + "at: [4 h after, 5 h after, 24 h after]}\n"
    found = planned(text, BERLIN, dose=Dated(date(2025, 10, 25), datetime(2025, 10, 25, 22))).timepoints
    assert [told(each.target) for each in found] == [
        "2025-10-26T02:00:00+02:00",
        "2025-10-26T02:00:00+01:00",
        "2025-10-26T21:00:00+01:00",
    ]
    twice = "Sun 2025-10-26 02:00 occurs twice in Europe/Berlin"
    assert found[0].notes == (f"{twice}: this is the first (UTC+0200)",)
    assert found[1].notes[1:] == (
        "Sun 2025-10-26 02:00 occurs twice in Europe/Berlin: this is the second (UTC+0100)",
    )


@pytest.mark.parametrize(
    ("lasts", "end", "target"),
    [
        ("30 min", None, "2025-03-29T14:45:00+01:00"),
        ("30 min", datetime(2025, 3, 29, 14, 50), "2025-03-29T15:05:00+01:00"),  # what was really so counts
        ("", datetime(2025, 3, 29, 14, 50), "2025-03-29T15:05:00+01:00"),
        ("12 h", None, "2025-03-30T03:15:00+02:00"),  # it ends at 02:00 CET, which is 03:00
    ],
)
def test_after_the_end(lasts: str, end: datetime | None, target: str) -> None:
    found = only("[15 min after end]", TWO, BERLIN, lasts=lasts, end=end)
    assert (told(found.target), found.at) == (target, "15 min after the end of dose")


def test_an_end_alone_leaves_what_is_around_the_start_relative() -> None:
    before, after = around("[15 min after end, 30 min before]", None, BERLIN, end=datetime(2025, 3, 29, 14, 50))
    assert (before.at, before.status) == ("30 min before dose", "relative")
    assert (after.status, told(after.target)) == ("known", "2025-03-29T15:05:00+01:00")


def test_a_start_alone_leaves_what_is_after_the_end_relative() -> None:
    first, second = around("[15 min after end, 30 min before]", TWO, BERLIN)
    assert (first.id, first.status, second.id, second.status) == ("dose-pk-2", "known", "dose-pk-1", "relative")
    assert second.notes == ("no clock time yet: --end dose=DATETHH:MM tells it",)


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("[30 min before], window: ±10 %", "13:27:00", "13:33:00"),
        ("[15 min after], window: ±10 %", "14:13:30", "14:16:30"),  # ±90 s
        ("[2 h after], window: ±10 %", "15:48:00", "16:12:00"),
        ("[1 min after], window: ±10 %", "14:00:54", "14:01:06"),
        ("[0 h after], window: ±10 %", "14:00:00", "14:00:00"),
        ("[2 h after], window: ±15 min", "15:45:00", "16:15:00"),
        ("[2 h after], window: +1 h", "16:00:00", "17:00:00"),
        ("[2 h before], window: -0/+1 h", "12:00:00", "13:00:00"),
        ("[1 min after], window: ±7 %", "14:00:56", "14:01:04"),  # 4.2 s: the whole seconds within
        ("[0-4 h before]", "10:00:00", "14:00:00"),
        ("[30 min to 2 h after]", "14:30:00", "16:00:00"),
    ],
)
def test_windows_are_exact(at: str, start: str, end: str) -> None:
    found = only(at, TWO, BERLIN)
    assert clocks(found)[1:] == (f"2025-03-29T{start}+01:00", f"2025-03-29T{end}+01:00")


def test_a_range_has_no_target() -> None:
    found = only("[48-96 h after]", TWO, BERLIN)
    assert clocks(found) == (None, "2025-03-31T15:00:00+02:00", "2025-04-02T15:00:00+02:00")
    assert found.at == "48-96 h after dose"


def test_windows_in_hundredths_are_explained() -> None:
    before, itself, after = around("[15 min before, 0 h after, 1 min after], window: ±7 %", TWO, BERLIN)
    assert before.notes == ("its window is ±7 % of 15 min: 1 min 3 s to either side",)
    assert itself.notes == ("±7 % of 0 h is no time at all: the target is the whole window",)
    assert after.notes == (
        "its window is ±7 % of 1 min: 4.20 s to either side; in whole seconds, its ends are within that",
    )


def test_without_a_zone_clock_times_float_and_say_so() -> None:
    found = only("[24 h after], window: ±15 min", TWO, None)
    assert clocks(found) == ("2025-03-30T14:00:00", "2025-03-30T13:45:00", "2025-03-30T14:15:00")
    assert found.notes == ("no time zone is known: a change of the clocks (daylight saving) is not counted",)


def test_without_a_clock_time_nothing_is_guessed() -> None:
    first, second = around("[30 min before, 15 min after end], window: ±15 min", None, BERLIN, lasts="30 min")
    assert (first.status, clocks(first)) == ("relative", (None, None, None))
    assert first.notes == ("its window is ±15 min", "no clock time yet: --start dose=DATETHH:MM tells it")
    assert second.notes[1] == (
        "no clock time yet: --start dose=DATETHH:MM (it lasts 30 min) or --end dose=DATETHH:MM tells it"
    )


def test_in_the_order_of_their_times_not_of_the_file() -> None:
    at = "[2 h after, 30 min before, 15 min after end, 0 h after]"
    for start, lasts in ((TWO, "30 min"), (None, "30 min")):
        found = around(at, start, BERLIN, lasts=lasts)
        assert [each.id for each in found] == ["dose-pk-2", "dose-pk-4", "dose-pk-3", "dose-pk-1"]
    assert [each.id for each in around(at, None, BERLIN)][-1] == "dose-pk-3"  # nobody knows when it ends


# --- which visits -------------------------------------------------------------------------------------------------


def cycled(count: str, clock: datetime | None = TWO, **given: Dated) -> Schedule:
    return planned(CYCLES.replace("COUNT", count), BERLIN, c1d1=Dated(date(2025, 3, 29), clock), **given)


def test_cycles_with_timepoints() -> None:
    schedule = cycled("count: 10")
    assert [each.id for each in schedule.timepoints[:5]] == [
        "c1d1-ecg-1", "c1d1-pk-1", "c1d1-pk-2", "c1d1-pk-3", "c1d1-ecg-2",
    ]  # fmt: skip
    assert len(schedule.timepoints) == len({each.id for each in schedule.timepoints}) == 50
    assert {each.visit for each in schedule.timepoints if each.status == "known"} == {"c1d1"}
    assert [each.visit for each in schedule.timepoints[::5]] == [f"c{cycle}d1" for cycle in range(1, 11)]


def test_what_falls_away_has_none_and_what_is_pending_has() -> None:
    open_end = "until: progression, horizon: 4"
    ended = cycled(open_end, progression=Dated(date(2025, 4, 25)))  # cycles begin on 29 March, 19 April, 10 May
    assert {each.visit for each in ended.timepoints} == {"c1d1", "c2d1"}
    text = HEAD + "visits:\n  dose: {at: Day 1}\n  later: {at: pending, waits_for: the word}\n"
    text += "timepoints:\n  pk: {visit: later, at: 2 h after}\n"
    (found,) = planned(text, BERLIN, dose=Dated(date(2025, 3, 29))).timepoints
    assert (found.status, found.visit) == ("relative", "later")
    assert found.notes == ("no clock time yet: later has no date; --start later=DATETHH:MM tells it",)


def test_last_and_first_of_a_type() -> None:
    text = CYCLES.replace("[c1d1, c2d1, each dose]", "[first dose, last dose]")
    for count, names in (("count: 3", ["c1d1", "c3d1"]), ("until: progression, horizon: 3", ["c1d1", ""])):
        schedule = planned(text.replace("COUNT", count), BERLIN, c1d1=Dated(date(2025, 3, 29), TWO))
        found = [each for each in schedule.timepoints if each.entry == "ecg"]
        assert [each.visit for each in found] == [name for name in names for _ in range(2)]
    assert (found[-1].id, found[-1].at) == ("last-dose-ecg-2", "2 h after last dose")
    assert "no clock time yet: which visit is last dose is not known" in found[-1].notes


def test_a_visit_counted_in_hours_has_timepoints_too() -> None:
    text = HEAD + "visits:\n  dose: {at: Day 1}\n  second: {at: 24 h after dose}\n"
    text += "timepoints:\n  pk: {visit: second, at: 1 h after}\n"
    (found,) = planned(text, BERLIN, dose=Dated(date(2025, 3, 29), TWO)).timepoints
    assert told(found.target) == "2025-03-30T16:00:00+02:00"


# --- against independent arithmetic -------------------------------------------------------------------------------

ZONES = ("Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC")


def random_case(random: Random) -> tuple[ZoneInfo, datetime, int, list[tuple[str, timedelta, timedelta, timedelta]]]:
    """Make a zone, a local start that exists, a length in minutes, and timepoints: words, and where they are."""
    while True:
        zone = ZoneInfo(random.choice(ZONES))
        near = random.choice(
            [datetime(2025, 3, 30), datetime(2025, 10, 26), datetime(2025, 3, 9), datetime(2025, 4, 6)]
        )
        start = near + timedelta(minutes=random.randrange(-2880, 2880))
        if start.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == start:
            break
    lasts = random.randrange(1, 300)
    found = []
    for _ in range(4):
        amount, unit = random.choice([(random.randrange(1, 200), "min"), (random.randrange(1, 80), "h")])
        length = timedelta(minutes=amount * (60 if unit == "h" else 1))
        side, edge = random.choice([-1, 1]), random.choice(["", " end"])
        origin = timedelta(minutes=lasts if edge else 0)
        words = f"{amount} {unit} {'after' if side > 0 else 'before'}{edge}"
        found.append((words, origin + side * length, length, origin))
    return zone, start, lasts, found


@pytest.mark.parametrize("seed", range(120))
def test_against_datetime_in_utc(seed: int) -> None:
    """480 timepoints; the expected values come from zoneinfo and timedelta alone."""
    random = Random(seed)
    zone, start, lasts, cases = random_case(random)
    window = random.choice(["±10 %", "±5 %", "±20 min", "-10/+45 min"])
    text = HEAD + f"visits:\n  dose: {{at: Day 1, lasts: {lasts} min}}\ntimepoints:\n"
    text += f"  pk: {{visit: dose, at: [{', '.join(case[0] for case in cases)}], window: {window}}}\n"
    schedule = planned(text, zone, dose=Dated(start.date(), start))
    found = {each.id: each for each in schedule.timepoints}
    began = start.replace(tzinfo=zone).astimezone(UTC)
    for number, (_, distance, length, _) in enumerate(cases, 1):
        share = {"±10 %": length / 10, "±5 %": length / 20}.get(window)
        lower, upper = (share, share) if share is not None else (timedelta(minutes=20), timedelta(minutes=20))
        if window.startswith("-10"):
            lower, upper = timedelta(minutes=10), timedelta(minutes=45)
        target = began + distance
        expected = [each.astimezone(zone) for each in (target, target - lower, target + upper)]
        one = found[f"dose-pk-{number}"]
        assert [one.target, one.window_start, one.window_end] == expected
        assert clocks(one) == tuple(each.isoformat() for each in expected)
    targets = [each.target for each in schedule.timepoints if each.target is not None]
    assert targets == sorted(targets)


# --- JSON and CSV -------------------------------------------------------------------------------------------------


def test_json_of_timepoints() -> None:
    at = "[15 min after end, 2 h after], window: ±10 %, activities: [draw, spin], applies_to: women, "
    at += "notes: on ice, source: PK at 15 min, assumed: {window: a guess}"
    text = HEAD + ONE_DOSE.replace("LASTS", "lasts: 30 min") + f"at: {at}}}\n"
    schedule = planned(text, BERLIN, dose=Dated(date(2025, 3, 29), TWO))
    found = json.loads(json_text(schedule))
    assert list(found)[-2:] == ["timepoints", "problems"]
    assert found["timepoints"][0] == {
        "id": "dose-pk-1",
        "visit": "dose",
        "entry": "pk",
        "name": "PK blood draw",
        "at": "15 min after the end of dose",
        "target": "2025-03-29T14:45:00+01:00",
        "window_start": "2025-03-29T14:43:30+01:00",
        "window_end": "2025-03-29T14:46:30+01:00",
        "status": "known",
        "activities": ["draw", "spin"],
        "applies_to": "women",
        "assumed": {"window": "a guess"},
        "source": {"at": "PK at 15 min"},
        "notes": ["its window is ±10 % of 15 min: 1 min 30 s to either side", "on ice"],
    }
    assert tuple(found["timepoints"][0]) == TIMEPOINT_FIELDS
    without = json.loads(json_text(planned(text, BERLIN, dose=Dated(date(2025, 3, 29)))))["timepoints"][0]
    assert [without[key] for key in ("target", "window_start", "window_end", "status")] == [
        None,
        None,
        None,
        "relative",
    ]
    assert csv_text([schedule]).count("\r\n") == 2  # visits only


# --- the calendar -------------------------------------------------------------------------------------------------

# Worked out with sha1sum (RFC 9562, 5.5), not with Python's uuid.
DOSE = "d27aa438-c35f-58ae-8c30-25dd1be8e72b"
DOSE_PK_2 = "d6bf5b97-a5af-5b43-b54f-89762ebe9167"


def events_of(schedule: Schedule, **options: Any) -> dict[str, Event]:
    found = Calendar.from_ical(calendar_bytes(schedule, now=NOW, **options))
    assert isinstance(found, Calendar)
    return {str(event["SUMMARY"]): event for event in found.walk("VEVENT")}


def sampled(zone: ZoneInfo | None, clock: datetime | None = TWO) -> Schedule:
    at = "at: [0-30 min before, 24 h after], window: ±10 %, applies_to: women, source: {at: PK}, "
    at += "assumed: {window: a guess}}\n"
    text = HEAD + ONE_DOSE.replace("LASTS", "lasts: 30 min") + at
    return planned(text, zone, dose=Dated(date(2025, 3, 29), clock))


def test_events_of_timepoints() -> None:
    events = events_of(sampled(BERLIN))
    assert [(title, event["DTSTART"].to_ical(), event["DTEND"].to_ical()) for title, event in events.items()] == [
        ("PK blood draw (Infusion, 0-30 min before) S-01", b"20250329T123000Z", b"20250329T130000Z"),
        ("Infusion S-01", b"20250329T130000Z", b"20250329T133000Z"),
        ("PK blood draw (Infusion, 24 h after) S-01", b"20250330T130000Z", b"20250330T130100Z"),
    ]
    event = events["PK blood draw (Infusion, 24 h after) S-01"]
    assert (event["UID"], event["RELATED-TO"], event["STATUS"]) == (DOSE_PK_2, DOSE, "TENTATIVE")
    assert (event["TRANSP"], event["X-MICROSOFT-CDO-BUSYSTATUS"], event["SEQUENCE"]) == ("TRANSPARENT", "FREE", 0)
    assert str(event["DESCRIPTION"]).split("\n") == [
        "PK blood draw",
        "Visit: Infusion",
        "When: 24 h after dose",
        "Target: Sun 2025-03-30 15:00 (Europe/Berlin)",
        "Window: Sun 2025-03-30 12:36 to Sun 2025-03-30 17:24 (Europe/Berlin) (assumed)",
        "Length: not stated (shown as one minute)",
        "Applies to: women",
        "ASSUMED (window): a guess",
        'Source (timing): "PK"',
        "Note: its window is ±10 % of 24 h: 2 h 24 min to either side",
        "Note: the clocks change in between (daylight saving): the time that has passed counts",
        "A study with samples (samples)",
        "From: no source stated",
    ]


def test_without_a_zone_events_float() -> None:
    event = events_of(sampled(None))["PK blood draw (Infusion, 24 h after) S-01"]
    assert (event["DTSTART"].to_ical(), event["DTEND"].to_ical()) == (b"20250330T140000", b"20250330T140100")
    assert "Target: Sun 2025-03-30 14:00 (no time zone known)" in str(event["DESCRIPTION"])


def test_seconds_of_a_window_are_told() -> None:
    text = HEAD + ONE_DOSE.replace(", LASTS", "") + "at: 15 min after, window: ±10 %}\n"
    events = events_of(planned(text, BERLIN, dose=Dated(date(2025, 3, 29), TWO)))
    told = str(events["PK blood draw (Infusion, 15 min after) S-01"]["DESCRIPTION"])
    assert "Window: Sat 2025-03-29 14:13:30 to Sat 2025-03-29 14:16:30 (Europe/Berlin)" in told
    none = events_of(planned(text, BERLIN, dose=Dated(date(2025, 3, 29), TWO)), windows="none")
    assert "Window: Sat" not in str(none["PK blood draw (Infusion, 15 min after) S-01"]["DESCRIPTION"])


def test_without_a_clock_time_the_visit_tells_them() -> None:
    events = events_of(sampled(BERLIN, None))
    assert list(events) == ["Infusion S-01"]
    lines = str(events["Infusion S-01"]["DESCRIPTION"]).split("\n")
    at = lines.index("Without a clock time yet:")
    assert lines[at + 1] == "- PK blood draw: 0-30 min before; 24 h after (±10 %) (assumed)"


def test_uids_stay_when_clock_times_move_and_differ_within_a_plan() -> None:
    uids = [
        {str(event["UID"]) for event in events_of(sampled(BERLIN, clock)).values()}
        for clock in (TWO, datetime(2025, 3, 29, 8))
    ]
    assert uids[0] == uids[1]
    many = events_of(cycled("count: 10"))
    assert len({str(event["UID"]) for event in many.values()}) == len(many)


def test_the_same_now_gives_the_same_bytes() -> None:
    first, second = (calendar_bytes(cycled("count: 10"), now=NOW) for _ in range(2))
    assert first == second
    events = Calendar.from_ical(first).walk("VEVENT")
    places = [(event["DTSTART"].dt.isoformat(), str(event["UID"])) for event in events]
    assert places == sorted(places)


def test_a_visit_that_nobody_knows_yet_is_told_in_the_calendar() -> None:
    text = CYCLES.replace("[c1d1, c2d1, each dose]", "last dose").replace("COUNT", "until: progression, horizon: 3")
    calendar = Calendar.from_ical(calendar_bytes(planned(text, BERLIN, c1d1=Dated(date(2025, 3, 29), TWO)), now=NOW))
    assert "- ECG, 2 h after last dose (its window is ±15 min; no clock time yet: which" in str(
        calendar["DESCRIPTION"]
    )


# --- the table ----------------------------------------------------------------------------------------------------


def section(schedule: Schedule, width: int = 80) -> list[str]:
    text = plan_text(schedule, width=width, colour=False)
    found = re.search(r"── Timepoints ─+\n(.*?)(?=\n\n?── |\Z)", text, re.DOTALL)
    return found[1].splitlines() if found else []


def test_no_timepoints_no_section() -> None:
    assert not section(planned(HEAD + "visits:\n  dose: {at: Day 1}\n", None, dose=Dated(date(2025, 3, 29))))


def test_the_sampling_list_of_a_visit() -> None:
    text = HEAD + ONE_DOSE.replace("LASTS", "lasts: 30 min")
    text += "at: [30 min before, 15 min after end, 24 h after, 48-96 h after], window: ±10 %}\n"
    text += "  ecg: {name: ECG, visit: dose, at: [24 h after, 25 h after], window: ±10 %, applies_to: women}\n"
    assert section(planned(text, BERLIN, dose=Dated(date(2025, 3, 29), TWO))) == [
        "Infusion (dose): starts SAT 2025-03-29 14:00, ends SAT 2025-03-29 14:30",
        "Date            Time    Window               What             When",
        "─" * 80,
        "SAT 2025-03-29  13:30   13:27 – 13:33        PK blood draw    30 min before",
        "                14:45   14:43:30 – 14:46:30  PK blood draw    15 min after the",
        "                                                              end",
        "SUN 2025-03-30  15:00   12:36 – 17:24        · PK blood draw  24 h after",  # ±2 h 24 min
        "                                             · ECG",
        "                                             for women",
        "                the clocks change in between (daylight saving): the time that",
        "                has passed counts",
        "                16:00   13:30 – 18:30        ECG              25 h after",  # ±2 h 30 min
        "Mon 2025-03-31  within  15:00 –              PK blood draw    48-96 h after",
        "                        Wed 2 Apr 15:00",
    ]


def test_ten_cycles_are_a_line_for_each_entry() -> None:
    assert section(cycled("count: 10", None), 120) == [
        "Without a clock time yet: state that of the visit, as --start c1d1=DATETHH:MM or --end c1d1=DATETHH:MM",
        "What           At              When",
        "─" * 85,
        "ECG            C1D1 ... C10D1  0-4 h before; 2 h after (±15 min)",
        "PK blood draw  C1D1 ... C10D1  30 min before, 15 min after the end, 2 h after (±10 %)",
    ]


def test_visits_with_and_without_a_clock_time() -> None:
    lines = section(cycled("count: 10"), 120)
    assert lines[0] == "C1D1: starts SAT 2025-03-29 14:00, ends SAT 2025-03-29 14:30"
    assert "SAT 2025-03-29  within  10:00 – 14:00        ECG            0-4 h before" in lines
    assert "ECG            C2D1 ... C10D1  0-4 h before; 2 h after (±15 min)" in lines


def test_times_of_one_side_are_drawn_together() -> None:
    text = HEAD + ONE_DOSE.replace(", LASTS", "") + "at: [5 min before, 5 min after, 10 min after, 2 h after, "
    text += "4 h after]}\n"
    (row,) = section(planned(text, BERLIN, dose=Dated(date(2025, 3, 29))))[3:]
    assert row.endswith("  5 min before, 5, 10 min after, 2, 4 h after")


def test_notes_are_told_once() -> None:
    text = plan_text(cycled("count: 10"), width=120, colour=False)
    assert text.count("ECG: lying down") == text.count("lying down") == 1
    floating = plan_text(sampled(None), width=120, colour=False)
    assert floating.count("no time zone is known") == 1


def test_assumptions_are_marked_and_explained() -> None:
    lines = section(sampled(BERLIN))
    assert any("PK blood draw [1]" in line for line in lines)
    assert lines[-2:] == ["Assumed (confirm against the protocol):", "[1]  window: a guess"]


@pytest.mark.parametrize("width", [60, 61, 72, 80, 100, 120, 200])
@pytest.mark.parametrize("colour", [False, True])
def test_every_line_fits_every_width(width: int, colour: bool) -> None:
    names = CYCLES.replace("ECG,", f"{'x' * 90},").replace("lying down", "wide 试验" * 30)
    text = planned(names.replace("COUNT", "count: 40"), BERLIN, c1d1=Dated(date(2025, 3, 29), TWO))
    for schedule in (text, cycled("count: 2"), sampled(None), sampled(BERLIN), sampled(BERLIN, None)):
        page = plan_text(schedule, width=width, colour=colour)
        plain = re.sub(r"\x1b\[[0-9;]*m", "", page)
        assert max(cell_len(line) for line in plain.splitlines()) <= width
        assert "Timepoints" in plain

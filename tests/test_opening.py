"""Open days and minutes, worked by hand: nights of daylight saving, half days, swapped weekends, several dates."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from test_site_plans import read_protocol_text, read_site_text

from trialcal.files.library import folders, load
from trialcal.opening import opening_of
from trialcal.plan import plan
from trialcal.subject import Dated, Subject

HERE = Path(__file__).parent.parent
NEW_YORK, BERLIN, SYDNEY, LORD_HOWE = "America/New_York", "Europe/Berlin", "Australia/Sydney", "Australia/Lord_Howe"

INPATIENT = """\
id: inpatient
title: A visit of one date and one of three
study_day: {anchor: visit, number: 1, day_zero: false}
start: visit
visits:
  visit: {at: Day 1}
  stay: {type: ward, at: Day 8, window: ±7 d, lasts: 3 d}
"""


def site_of(text, zone=BERLIN):
    return read_site_text(f"name: Day clinic\ntime_zone: {zone}\n{text}")


def a_visit(name="visit"):
    return read_protocol_text(INPATIENT).by_id[name]


def open_days(text, first, last, name="visit"):
    """The open days between two dates, both inclusive, as texts."""
    ends = (date.fromisoformat(day).toordinal() for day in (first, last))
    found = opening_of(site_of(text)).open_days(a_visit(name), *ends)
    return [date.fromordinal(day).isoformat() for begin, end in found for day in range(begin, end + 1)]


# --- minutes in the nights of daylight saving ---------------------------------------------------------------

NIGHTS = [
    # New York: on 14 March 2027, 02:00 EST is 03:00 EDT; on 7 November, 02:00 EDT is 01:00 EST again.
    (NEW_YORK, "2027-03-14", "all day", ["00:00-05:00 to 23:59-04:00"], 23 * 60),
    (NEW_YORK, "2027-03-14", "08:00-16:00", ["08:00-04:00 to 16:00-04:00"], 8 * 60 + 1),
    (NEW_YORK, "2027-03-14", "01:30-02:30", ["01:30-05:00 to 03:00-04:00"], 31),
    (NEW_YORK, "2027-03-14", "02:00-03:00", ["03:00-04:00 to 03:00-04:00"], 1),
    (NEW_YORK, "2027-03-14", "02:15-02:45", ["03:00-04:00 to 03:00-04:00"], 1),
    (NEW_YORK, "2027-03-14", "02:30-04:00", ["03:00-04:00 to 04:00-04:00"], 61),
    (NEW_YORK, "2027-11-07", "all day", ["00:00-04:00 to 23:59-05:00"], 25 * 60),
    (NEW_YORK, "2027-11-07", "01:00-02:00", ["01:00-04:00 to 02:00-05:00"], 121),
    (NEW_YORK, "2027-11-07", "00:30-01:30", ["00:30-04:00 to 01:30-04:00"], 61),
    (NEW_YORK, "2027-11-07", "01:30-03:00", ["01:30-04:00 to 03:00-05:00"], 151),
    # Berlin: on 28 March 2027, 02:00 is 03:00; on 31 October, 03:00 is 02:00 again.
    (BERLIN, "2027-03-28", "all day", ["00:00+01:00 to 23:59+02:00"], 23 * 60),
    (BERLIN, "2027-03-28", "02:00-03:00", ["03:00+02:00 to 03:00+02:00"], 1),
    (BERLIN, "2027-03-28", "01:00-02:30 and 04:00-05:00", [
        "01:00+01:00 to 03:00+02:00", "04:00+02:00 to 05:00+02:00"], 61 + 61),
    (BERLIN, "2027-10-31", "all day", ["00:00+02:00 to 23:59+01:00"], 25 * 60),
    (BERLIN, "2027-10-31", "02:00-03:00", ["02:00+02:00 to 03:00+01:00"], 121),
    (BERLIN, "2027-10-31", "01:30-02:30", ["01:30+02:00 to 02:30+02:00"], 61),
    # Sydney: on 4 April 2027, 03:00 is 02:00 again; on 3 October, 02:00 is 03:00.
    (SYDNEY, "2027-04-04", "02:00-03:00", ["02:00+11:00 to 03:00+10:00"], 121),
    (SYDNEY, "2027-04-04", "all day", ["00:00+11:00 to 23:59+10:00"], 25 * 60),
    (SYDNEY, "2027-10-03", "02:00-03:00", ["03:00+11:00 to 03:00+11:00"], 1),
    (SYDNEY, "2027-10-03", "01:00-04:00", ["01:00+10:00 to 04:00+11:00"], 121),
    # Lord Howe Island: half an hour. On 4 April 2027, 02:00 is 01:30 again; on 3 October, 02:00 is 02:30.
    (LORD_HOWE, "2027-04-04", "01:30-02:00", ["01:30+11:00 to 02:00+10:30"], 61),
    (LORD_HOWE, "2027-04-04", "01:00-03:00", ["01:00+11:00 to 03:00+10:30"], 151),
    (LORD_HOWE, "2027-04-04", "all day", ["00:00+11:00 to 23:59+10:30"], 24 * 60 + 30),
    (LORD_HOWE, "2027-10-03", "02:00-02:30", ["02:30+11:00 to 02:30+11:00"], 1),
    (LORD_HOWE, "2027-10-03", "02:10-03:00", ["02:30+11:00 to 03:00+11:00"], 31),
    (LORD_HOWE, "2027-10-03", "01:00-03:00", ["01:00+10:30 to 03:00+11:00"], 91),
    (LORD_HOWE, "2027-10-03", "all day", ["00:00+10:30 to 23:59+11:00"], 23 * 60 + 30),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day", "hours", "stretches", "count"), NIGHTS)
def test_minutes_of_a_day_on_which_the_clocks_change(zone, day, hours, stretches, count):
    """Both ends of hours count; a time that is skipped is where the clocks go on, of one that is twice the first."""
    number = date.fromisoformat(day).toordinal()
    site = site_of(f"hours: {{Mon-Sun: {hours}}}\n".replace(hours, f'"{hours}"'), zone)
    found = opening_of(site).minutes(a_visit(), number, number, ZoneInfo(zone))

    def clock(minute):
        there = (datetime(1, 1, 1, tzinfo=UTC) + timedelta(minutes=minute)).astimezone(ZoneInfo(zone))
        assert there.date().isoformat() == day
        return there.isoformat()[11:16] + there.isoformat()[19:]

    assert [f"{clock(begin)} to {clock(end)}" for begin, end in found] == stretches
    assert sum(end - begin + 1 for begin, end in found) == count


def test_two_days_of_hours_are_two_stretches_and_two_whole_days_are_one():
    number = date(2027, 3, 13).toordinal()
    for hours, count in (("08:00-16:00", 2), ("all day", 1)):
        site = site_of(f"hours: {{Mon-Sun: {hours}}}\n", NEW_YORK)
        assert len(opening_of(site).minutes(a_visit(), number, number + 1, ZoneInfo(NEW_YORK))) == count


# --- hours after a known end, within opening hours ----------------------------------------------------------

CELLS = """\
id: cells
title: Cells after lymphodepletion
study_day: {anchor: lymphodepletion, number: 1, day_zero: false}
start: lymphodepletion
visits:
  lymphodepletion: {type: conditioning, at: Day 1}
  infusion: {type: dose, at: 48-72 h after end of lymphodepletion}
"""


def infusion_after(end, site, text=CELLS):
    """The schedule after an end of lymphodepletion, and its infusion."""
    clock = datetime.fromisoformat(end)
    given = {"lymphodepletion": Dated(clock.date(), end=clock)}
    schedule = plan(read_protocol_text(text), Subject("", given), site)
    return schedule, next(visit for visit in schedule.visits if visit.id == "infusion")


def clocks(visit, *names):
    return [value and value.isoformat(timespec="minutes") for value in (getattr(visit, name) for name in names)]


# The end, the opening hours of every day, the dates that are possible, and what is open on the first of them.
AFTER = [
    # The design's table (section 4): Fri 2027-03-12 12:00 to Sun 12:00 is 47 h in New York, so 48 h end at 13:00.
    (NEW_YORK, "2027-03-12T12:00", "08:00-16:00", ["2027-03-14", "2027-03-15"], "13:00", "16:00"),
    (NEW_YORK, "2027-03-12T12:00", "08:00-13:00", ["2027-03-14", "2027-03-15"], "13:00", "13:00"),
    (NEW_YORK, "2027-03-12T12:00", "08:00-12:59", ["2027-03-15"], "08:00", "12:59"),
    # 72 h end on Mon 13:00: a site that opens at 13:00 can do it then, one that opens at 13:01 on Sunday only.
    (NEW_YORK, "2027-03-12T12:00", "13:00-16:00", ["2027-03-14", "2027-03-15"], "13:00", "16:00"),
    (NEW_YORK, "2027-03-12T12:00", "13:01-16:00", ["2027-03-14"], "13:01", "16:00"),
    # The design's table: 03-07 16:30 leaves 03-09 16:30 to 03-10 16:30; open 08:00-16:00, 03-10 08:00 to 16:00.
    (NEW_YORK, "2027-03-07T16:30", "08:00-16:00", ["2027-03-10"], "08:00", "16:00"),
    (NEW_YORK, "2027-03-07T16:30", "08:00-17:00", ["2027-03-09", "2027-03-10"], "16:30", "17:00"),
    # In autumn 48 h from Sat 2027-11-06 12:00 end on Mon 11:00, 72 h on Tue 11:00.
    (NEW_YORK, "2027-11-06T12:00", "10:00-11:00", ["2027-11-08", "2027-11-09"], "11:00", "11:00"),
    (NEW_YORK, "2027-11-06T12:00", "10:00-10:59", ["2027-11-09"], "10:00", "10:59"),
    # Berlin, from Fri 2027-03-26 12:00: Sun 28 13:00 to Mon 29 13:00.
    (BERLIN, "2027-03-26T12:00", "12:00-12:30", ["2027-03-29"], "12:00", "12:30"),
    (BERLIN, "2027-03-26T12:00", "12:00-13:00", ["2027-03-28", "2027-03-29"], "13:00", "13:00"),
    # Sydney, from Fri 2027-04-02 12:00: Sun 4 11:00 to Mon 5 11:00.
    (SYDNEY, "2027-04-02T12:00", "09:00-11:00", ["2027-04-04", "2027-04-05"], "11:00", "11:00"),
    (SYDNEY, "2027-04-02T12:00", "11:01-12:00", ["2027-04-04"], "11:01", "12:00"),
    # Lord Howe, from Fri 2027-10-01 12:00: Sun 3 12:30 to Mon 4 12:30; from Fri 2027-04-02: Sun 4 11:30, Mon 5 11:30.
    (LORD_HOWE, "2027-10-01T12:00", "08:00-12:29", ["2027-10-04"], "08:00", "12:29"),
    (LORD_HOWE, "2027-10-01T12:00", "08:00-12:30", ["2027-10-03", "2027-10-04"], "12:30", "12:30"),
    (LORD_HOWE, "2027-04-02T12:00", "08:00-11:30", ["2027-04-04", "2027-04-05"], "11:30", "11:30"),
    (LORD_HOWE, "2027-04-02T12:00", "11:31-16:00", ["2027-04-04"], "11:31", "16:00"),
    # Open in the hour that is skipped: the one minute at which the clocks go on. 48 h after Fri 02:00 are Sun 03:00.
    (NEW_YORK, "2027-03-12T02:00", "02:00-02:30", ["2027-03-14", "2027-03-15"], "03:00", "03:00"),
    (NEW_YORK, "2027-03-12T02:01", "02:00-02:30", ["2027-03-15"], "02:00", "02:30"),
]


@pytest.mark.parametrize(("zone", "end", "hours", "days", "first", "last"), AFTER)
def test_hours_after_an_end_within_opening_hours(zone, end, hours, days, first, last):
    texts = [f'visits: {{infusion: {{hours: "{hours}"}}}}\n']
    if hours[:5] <= end[11:]:  # where the whole site has these hours, it was open when lymphodepletion ended
        texts.append(f'hours: {{Mon-Sun: "{hours}"}}\n')
    for text in texts:
        schedule, infusion = infusion_after(end, site_of(text, zone))
        assert schedule.feasible
        assert [day.isoformat() for day in schedule.dates.feasible("infusion")] == days
        assert infusion.planned.isoformat() == days[0]
        assert (infusion.earliest.isoformat(), infusion.latest.isoformat()) == (days[0], days[-1])
        opens = [told[:16] for told in clocks(infusion, "open_start", "open_end")]
        assert opens == [f"{days[0]}T{first}", f"{days[0]}T{last}"]


def test_the_protocols_own_clock_window_is_not_cut():
    _, infusion = infusion_after("2027-03-12T12:00", site_of("hours: {Mon-Sun: 08:00-16:00}\n", NEW_YORK))
    assert clocks(infusion, "clock_start", "clock_end", "open_start", "open_end") == [
        "2027-03-14T13:00-04:00",
        "2027-03-15T13:00-04:00",
        "2027-03-14T13:00-04:00",
        "2027-03-14T16:00-04:00",
    ]


def test_gc012f_with_a_recorded_end():
    """Lymphodepletion ends on Sun 2027-03-07 16:30; of Wed 03-10, the hours leave what lies before 16:30."""
    gc012f = load("gc012f", folders(HERE), HERE).protocol
    given = {
        "infusion": Dated(date(2027, 3, 10)),
        "lymphodepletion-3": Dated(date(2027, 3, 7), end=datetime(2027, 3, 7, 16, 30)),
    }
    schedule = plan(gc012f, Subject("", given), site_of("hours: {Mon-Sun: 08:00-16:00}\n", NEW_YORK))
    assert schedule.feasible
    infusion = next(visit for visit in schedule.visits if visit.id == "infusion")
    assert clocks(infusion, "clock_start", "clock_end", "open_start", "open_end") == [
        "2027-03-09T16:30-05:00",
        "2027-03-10T16:30-05:00",
        "2027-03-10T08:00-05:00",
        "2027-03-10T16:00-05:00",
    ]


def test_hours_that_leave_no_open_minute():
    """After 03-07 16:30, 48 h end on 03-09 16:30 and 72 h on 03-10 16:30: from 16:31 on there is 03-09 alone."""
    hours = "visits: {infusion: {hours: 16:31-17:00}}\n"
    schedule, infusion = infusion_after("2027-03-07T16:30", site_of(hours, NEW_YORK))
    assert schedule.feasible
    assert infusion.planned == date(2027, 3, 9)
    closed = site_of(f"{hours}closed: [{{on: 2027-03-09, reason: audit}}]\n", NEW_YORK)
    schedule, infusion = infusion_after("2027-03-07T16:30", closed)
    assert not schedule.feasible
    assert infusion.planned is None


def test_an_end_that_was_recorded_before_the_site_opens_still_leaves_its_hours():
    """Lymphodepletion ended at 12:00, whatever the hours are: 48 to 72 h later are Sun 13:00 to Mon 13:00."""
    schedule, infusion = infusion_after("2027-03-12T12:00", site_of("hours: {Mon-Sun: 13:00-16:00}\n", NEW_YORK))
    assert [day.isoformat() for day in schedule.dates.feasible("infusion")] == ["2027-03-14", "2027-03-15"]
    assert [told[:16] for told in clocks(infusion, "open_start", "open_end")] == [
        "2027-03-14T13:00",
        "2027-03-14T16:00",
    ]
    for problem in schedule.problems:
        assert problem.visits == ("lymphodepletion",)


# --- half days ----------------------------------------------------------------------------------------------

HALF_DAY = """\
hours: {Mon-Fri: 08:00-16:00}
closed:
  - {on: 31 December every year, hours: 12:00-16:00, reason: half day}
"""
NEXT_DAY = CELLS.replace("48-72 h", "24-30 h")


def test_what_is_left_of_a_half_day():
    """From Mon 2024-12-30 10:00, 24 to 30 h lead to Tue 12-31 10:00 to 16:00; its last open minute is 12:00."""
    schedule, infusion = infusion_after("2024-12-30T10:00", site_of(HALF_DAY), NEXT_DAY)
    assert schedule.feasible
    assert clocks(infusion, "clock_end", "open_start", "open_end") == [
        "2024-12-31T16:00+01:00",
        "2024-12-31T10:00+01:00",
        "2024-12-31T12:00+01:00",
    ]


@pytest.mark.parametrize(("end", "works"), [("2024-12-30T12:00", True), ("2024-12-30T12:01", False)])
def test_the_closed_half_of_a_day(end, works):
    schedule, infusion = infusion_after(end, site_of(HALF_DAY), NEXT_DAY)
    assert schedule.feasible == works
    assert infusion.planned == (date(2024, 12, 31) if works else None)


@pytest.mark.parametrize(
    ("hours", "is_open"),
    [("08:00-16:00", False), ("07:00-18:00", False), ("08:00-15:59", True), ("16:00-18:00", True)],
)
def test_a_day_that_is_closed_part_by_part_is_closed(hours, is_open):
    text = f"hours: {{Mon-Fri: 08:00-16:00}}\nclosed: [{{on: 2025-06-04, hours: {hours}, reason: works}}]\n"
    others = ["2025-06-03", "2025-06-05", "2025-06-06"]
    assert open_days(text, "2025-06-03", "2025-06-08") == sorted([*others, *["2025-06-04"] * is_open])


# --- days ---------------------------------------------------------------------------------------------------

# The State Council's notice for 2025 (guobanfa mingdian 2024 no. 12): days off, and the days worked for them.
CHINA_OFF = [
    *["2025-01-01"],
    *[f"2025-01-{day}" for day in (28, 29, 30, 31)],
    *[f"2025-02-0{day}" for day in (1, 2, 3, 4)],
    *[f"2025-04-0{day}" for day in (4, 5, 6)],
    *[f"2025-05-0{day}" for day in (1, 2, 3, 4, 5)],
    *["2025-05-31", "2025-06-01", "2025-06-02"],
    *[f"2025-10-0{day}" for day in (1, 2, 3, 4, 5, 6, 7, 8)],
]
CHINA_WORKS = ["2025-01-26", "2025-02-08", "2025-04-27", "2025-09-28", "2025-10-11"]
CHINA = "holidays: {country: CN}\nclosed: [{on: weekends, reason: weekend}]\n"


def test_a_year_in_china():
    every = [date(2025, 1, 1) + timedelta(days=n) for n in range(365)]
    expected = [
        day.isoformat()
        for day in every
        if day.isoformat() in CHINA_WORKS or (day.weekday() < 5 and day.isoformat() not in CHINA_OFF)
    ]
    assert open_days(CHINA, "2025-01-01", "2025-12-31") == expected
    hours = "holidays: {country: CN}\nhours: {Mon-Fri: 08:00-16:00, working weekend days: 09:00-12:00}\n"
    assert open_days(hours, "2025-01-01", "2025-12-31") == expected


def test_only_what_names_the_swapped_days_closes_them():
    text = CHINA.replace("[{", "[{on: [working weekend days], reason: we stay at home}, {")
    assert [day for day in open_days(text, "2025-01-01", "2025-12-31") if day in CHINA_WORKS] == []
    text = CHINA.replace("[{", "[{on: 2025-01-26, reason: moving house}, {on: Sat, reason: closed}, {")
    assert [day for day in open_days(text, "2025-01-01", "2025-12-31") if day in CHINA_WORKS] == CHINA_WORKS[1:]


SPRING_FESTIVAL = """\
id: spring
title: Doses around Spring Festival
study_day: {anchor: dose-1, number: 1, day_zero: false}
start: dose-1
visits:
  dose: {at: [Day 1, Day 5, Day 8, Day 18], window: ±3 d}
"""


def test_doses_around_spring_festival():
    """From Wed 2025-01-22, Day 5 is Sun 26, which is worked, and Day 18 Sat 8 February, which is worked too.

    Day 8 is Wed 29, in the holidays from Tue 28 on: of its window Sun 26 and Mon 27 are open, Mon 27 is nearer.
    """
    schedule = plan(
        read_protocol_text(SPRING_FESTIVAL),
        Subject("", {"dose-1": Dated(date(2025, 1, 22))}),
        read_site_text(f"name: x\ntime_zone: Asia/Shanghai\n{CHINA}"),
    )
    assert schedule.feasible
    planned = [visit.planned.isoformat() for visit in schedule.visits]
    assert planned == ["2025-01-22", "2025-01-26", "2025-01-27", "2025-02-08"]


NTHS = [
    ("second Tuesday of the month", [
        "01-14", "02-11", "03-11", "04-08", "05-13", "06-10", "07-08", "08-12", "09-09", "10-14", "11-11", "12-09"]),
    ("fifth Friday of the month", ["01-31", "05-30", "08-29", "10-31"]),
    ("last Monday of the month", [
        "01-27", "02-24", "03-31", "04-28", "05-26", "06-30", "07-28", "08-25", "09-29", "10-27", "11-24", "12-29"]),
    ("first Saturday of the month", [
        "01-04", "02-01", "03-01", "04-05", "05-03", "06-07", "07-05", "08-02", "09-06", "10-04", "11-01", "12-06"]),
]  # fmt: skip


@pytest.mark.parametrize(("phrase", "days"), NTHS)
def test_weekdays_of_the_month_in_2025(phrase, days):
    found = set(open_days(f"closed: [{{on: {phrase}, reason: training}}]\n", "2025-01-01", "2025-12-31"))
    every = {(date(2025, 1, 1) + timedelta(days=n)).isoformat() for n in range(365)}
    assert sorted(every - found) == [f"2025-{day}" for day in days]
    only = open_days(f"visits: {{ward: {{on: {phrase}, only_start: true}}}}\n", "2025-01-01", "2025-12-31", "stay")
    assert only == [f"2025-{day}" for day in days]


@pytest.mark.parametrize(
    ("phrase", "closed"),
    [
        ("2025-12-30 to 2026-01-02", ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"]),
        ("30 December to 2 January every year", ["2025-12-30", "2025-12-31", "2026-01-01", "2026-01-02"]),
        ("28 February to 1 March every year", []),
        ("31 December every year", ["2025-12-31"]),
    ],
)
def test_ranges_over_the_new_year(phrase, closed):
    found = set(open_days(f"closed: [{{on: {phrase}, reason: closed}}]\n", "2025-12-26", "2026-01-06"))
    every = {(date(2025, 12, 26) + timedelta(days=n)).isoformat() for n in range(12)}
    assert sorted(every - found) == closed


def test_29_february_of_a_range_that_comes_back():
    text = "closed: [{on: 28 February to 1 March every year, reason: closed}]\n"
    assert open_days(text, "2028-02-26", "2028-03-03") == ["2028-02-26", "2028-02-27", "2028-03-02", "2028-03-03"]
    assert open_days(text, "2027-02-26", "2027-03-03") == ["2027-02-26", "2027-02-27", "2027-03-02", "2027-03-03"]


# --- visits that take several dates -------------------------------------------------------------------------

WEEKENDS = "closed: [{on: weekends, reason: weekend}]\n"
WEEK = "2025-03-03", "2025-03-16"  # from Monday, two weeks


@pytest.mark.parametrize(
    ("text", "days"),
    [
        (WEEKENDS, [3, 4, 5, 10, 11, 12]),  # three dates from Mon, Tue, Wed on
        (f"{WEEKENDS}visits: {{ward: {{only_start: true}}}}\n", [3, 4, 5, 6, 7, 10, 11, 12, 13, 14]),
        (f"{WEEKENDS}visits: {{stay: {{on: any day}}}}\n", list(range(3, 17))),
        (f"{WEEKENDS}visits: {{ward: {{on: Mon-Thu}}}}\n", [3, 4, 10, 11]),
        (f"{WEEKENDS}visits: {{ward: {{on: Tue, only_start: true}}}}\n", [4, 11]),
        (f"{WEEKENDS}open: [{{on: 2025-03-08, reason: open day}}]\n", [3, 4, 5, 6, 10, 11, 12]),
        ("closed: [{on: 2025-03-10, reason: audit}]\n", [3, 4, 5, 6, 7, 11, 12, 13, 14, 15, 16]),
        ('hours: {"Mon, Wed, Thu": 08:00-16:00, "Fri, Tue": 08:00-12:00}\n', [3, 4, 5, 10, 11, 12]),
        ("closed: [{on: Wed, hours: 08:00-12:00, reason: rounds}]\n", list(range(3, 17))),
    ],
)
def test_all_dates_of_a_visit_are_open(text, days):
    assert open_days(text, *WEEK, "stay") == [f"2025-03-{day:02}" for day in days]


def test_why_a_visit_of_three_dates_cannot_start():
    opening = opening_of(site_of(WEEKENDS))

    def why(day):
        return opening.why_closed(a_visit("stay"), date(2025, 3, day).toordinal())

    assert [why(day) for day in (5, 6, 7, 8)] == [
        None,
        "its date 3, Sat 2025-03-08, is closed: weekend",
        "its date 2, Sat 2025-03-08, is closed: weekend",
        "weekend",
    ]


def test_a_stay_is_planned_where_all_its_dates_are_open():
    """From Thu 2025-02-27, Day 8 is Thu 03-06: Thu to Sat. Wed to Fri is a day before, Mon to Wed four days after."""
    schedule = plan(
        read_protocol_text(INPATIENT), Subject("", {"visit": Dated(date(2025, 2, 27))}), site_of(WEEKENDS)
    )
    assert schedule.feasible
    stay = next(visit for visit in schedule.visits if visit.id == "stay")
    assert (stay.planned.isoformat(), stay.last_day.isoformat()) == ("2025-03-05", "2025-03-07")
    # its window is Thu 02-27 to Thu 03-13
    days = [day.isoformat() for day in schedule.dates.feasible("stay")]
    assert days == ["2025-03-03", "2025-03-04", "2025-03-05", "2025-03-10", "2025-03-11", "2025-03-12"]


# --- asking in any order ------------------------------------------------------------------------------------


def test_open_days_do_not_depend_on_what_was_asked_before():
    """What is worked out is kept, and grows to both sides: every question has the answer of a fresh site."""
    text = f"{WEEKENDS}visits: {{ward: {{on: Mon-Thu}}}}\n"
    middle = date(2025, 3, 5).toordinal()
    spans = [(0, 0), (3, 4), (-3, -1), (-40, 2), (5, 30), (3, 3), (-50, 60), (100, 120), (-1, 1)]
    opening = opening_of(site_of(text))
    for name in ("visit", "stay"):
        for begin, end in spans:
            fresh = opening_of(site_of(text)).open_days(a_visit(name), middle + begin, middle + end)
            assert opening.open_days(a_visit(name), middle + begin, middle + end) == fresh
            every = [day for first, last in fresh for day in range(first, last + 1)]
            dates = 3 if name == "stay" else 1
            weekdays = range(4) if name == "stay" else range(5)
            assert every == [
                day
                for day in range(middle + begin, middle + end + 1)
                if all(date.fromordinal(day + n).weekday() in weekdays for n in range(dates))
            ]

"""The calendar: every event of a small schedule worked by hand, and what other readers see."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream
from icalendar import Calendar, Event
from made_schedules import (
    NEW_YORK,
    NOW,
    made_period,
    made_protocol,
    made_schedule,
    made_visit,
    small_schedule,
)

from trialcal.days import Duration
from trialcal.problems import Problem
from trialcal.protocol import Visit
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.site import Site
from trialcal.subject import Dated, Subject
from trialcal.timing import OnDay
from trialcal.writers.ics import NAMESPACE, calendar_bytes

# Worked out with sha1sum (RFC 9562, 5.5), not with Python's uuid.
DOSE_1 = "f1feec71-80b2-50fe-bd9a-3ad3ed4f42d1"
DOSE_2 = "94fe4385-2e7d-5c8d-9310-3b25aa3defe5"
DOSE_2_WINDOW = "cf14dea9-f7e4-5b36-a644-507fda7d4b31"
OBSERVATION = "abd6c9a8-55fd-5305-9f39-83e72cf52e03"
DOSE_2_WITHOUT_SUBJECT = "ebaf1050-0a7a-5047-a501-b63afbc8f8bf"
FROM = "Demo study (demo)\nFrom: registry record NCT00000000, updated 2025-01-01 (not the protocol itself)"


def calendar_of(schedule: Schedule, **options: object) -> Calendar:
    found = Calendar.from_ical(calendar_bytes(schedule, now=NOW, **options))
    assert isinstance(found, Calendar)
    return found


def events_of(schedule: Schedule, **options: object) -> dict[str, Event]:
    """Give the events by title; titles are unique in these schedules."""
    return {str(event["SUMMARY"]): event for event in calendar_of(schedule, **options).walk("VEVENT")}


def only(visit: ScheduledVisit, **fields: object) -> Event:
    (event,) = events_of(made_schedule(visit, **fields), windows="text").values()
    return event


def lines_of(event: Event) -> list[str]:
    return str(event["DESCRIPTION"]).split("\n")


# --- the small schedule, by hand ----------------------------------------------------------------------------------


def test_titles_dates_and_order() -> None:
    dates = [(title, event["DTSTART"].dt, event["DTEND"].dt) for title, event in events_of(small_schedule()).items()]
    lab = datetime(2025, 3, 4, 15, 0, tzinfo=UTC)  # 10:00 in New York, winter time
    assert dates == [
        ("Contraception S-01 (at least until 28 Aug 2025)", date(2025, 3, 1), date(2025, 8, 29)),
        ("Observation S-01", date(2025, 3, 1), date(2025, 3, 11)),
        ("Dose 1 S-01", date(2025, 3, 1), date(2025, 3, 2)),
        ("[Dose 2 S-01 window 3 Mar-5 Mar]", date(2025, 3, 3), date(2025, 3, 6)),
        ("Dose 2 S-01", date(2025, 3, 4), date(2025, 3, 5)),
        ("Lab S-01", lab, lab + timedelta(minutes=30)),
    ]


def test_every_property_of_a_visit() -> None:
    lines = calendar_bytes(small_schedule(), now=NOW).replace(b"\r\n ", b"").decode().split("\r\n")
    begin = lines.index("SUMMARY:Dose 2 S-01")
    event = lines[begin : lines.index("END:VEVENT", begin)]
    assert [line for line in event if not line.startswith("DESCRIPTION")] == [
        "SUMMARY:Dose 2 S-01",
        "DTSTART;VALUE=DATE:20250304",
        "DTEND;VALUE=DATE:20250305",
        "DTSTAMP:20250201T120000Z",
        f"UID:{DOSE_2}",
        "SEQUENCE:0",
        "LAST-MODIFIED:20250201T120000Z",
        "STATUS:TENTATIVE",
        "TRANSP:TRANSPARENT",
        "X-MICROSOFT-CDO-BUSYSTATUS:FREE",
    ]


def test_description_of_a_visit() -> None:
    assert lines_of(events_of(small_schedule())["Dose 2 S-01"]) == [
        "Therapeutic dose 2",
        "Warning: dose-2 could also be a day earlier",
        "Planned: Tue 2025-03-04 = Day 4",
        "Target: Tue 2025-03-04 = Day 4",
        "Window: Mon 2025-03-03 to Wed 2025-03-05 (assumed)",
        "Counted from: dose-1",
        "Activities: vital signs; ECG; 12 leads",
        "ASSUMED (window): the record states no windows",
        'Source (timing): "on Day 4"',
        "Note: moves with Dose 1",
        *FROM.split("\n"),
    ]


def test_window_belongs_to_its_visit() -> None:
    event = events_of(small_schedule())["[Dose 2 S-01 window 3 Mar-5 Mar]"]
    assert (event["UID"], event["RELATED-TO"], event["STATUS"]) == (DOSE_2_WINDOW, DOSE_2, "TENTATIVE")
    assert "Window: Mon 2025-03-03 to Wed 2025-03-05 (assumed)" in lines_of(event)


def test_open_period_says_what_its_end_waits_for() -> None:
    event = events_of(small_schedule())["Contraception S-01 (at least until 28 Aug 2025)"]
    assert lines_of(event)[:4] == [
        "Contraception",
        "From: Sat 2025-03-01",
        "At least until: Thu 2025-08-28",
        "Ends with: two negative tests",
    ]


def test_calendar_names_what_it_leaves_out() -> None:
    calendar = calendar_of(small_schedule())
    assert (calendar["VERSION"], calendar["CALSCALE"]) == ("2.0", "GREGORIAN")
    assert calendar["NAME"] == calendar["X-WR-CALNAME"] == "demo S-01"
    assert str(calendar["DESCRIPTION"]).split("\n") == [
        *FROM.split("\n"),
        "Day 1 = dose-1 = 2025-03-01",
        "Warning: dose-2 could also be a day earlier",
        "Without a date, so not in this calendar:",
        "- Follow-up (waits for: progression)",
        "- Aftercare (open until: discharge)",
        "Not in this calendar: lookbacks (1), such as washouts; see the table",
    ]


def test_nothing_that_makes_a_meeting_or_an_alarm() -> None:
    data = calendar_bytes(small_schedule(), now=NOW)
    for forbidden in (b"METHOD", b"CLASS", b"VALARM", b"ORGANIZER", b"ATTENDEE", b"CREATED", b"TZID"):
        assert forbidden not in data


# --- titles and statuses ------------------------------------------------------------------------------------------


def test_without_a_subject_titles_are_bare() -> None:
    assert "[Dose 2 window 3 Mar-5 Mar]" in events_of(small_schedule(subject=""))


@pytest.mark.parametrize(
    ("status", "shown", "title"),
    [
        ("planned", "TENTATIVE", "Dose"),
        ("booked", "CONFIRMED", "Dose"),
        ("completed", "CONFIRMED", "Dose"),
        ("missed", "CANCELLED", "Dose (missed)"),
        ("skipped", "CANCELLED", "Dose (skipped)"),
        ("cancelled", "CANCELLED", "Dose (cancelled)"),
    ],
)
def test_status(status: str, shown: str, title: str) -> None:
    event = only(made_visit("dose", date(2025, 3, 4), short="Dose", status=status))
    assert (event["STATUS"], event["SUMMARY"]) == (shown, title)


@pytest.mark.parametrize(
    ("fields", "day", "line"),
    [
        ({}, 4, "Planned: Tue 2025-03-04"),
        ({"is_given": True}, 4, "Given: Tue 2025-03-04"),
        ({"booked": date(2025, 3, 5), "status": "booked"}, 5, "Booked: Wed 2025-03-05"),
        (
            {"booked": date(2025, 3, 5), "actual": date(2025, 3, 6), "status": "completed"},
            6,
            "Done: Thu 2025-03-06",
        ),
    ],
)
def test_a_visit_is_on_its_actual_else_booked_else_planned_date(
    fields: dict[str, object], day: int, line: str
) -> None:
    event = only(made_visit("dose", date(2025, 3, 4), **fields))
    assert event["DTSTART"].dt == date(2025, 3, day)
    assert line in lines_of(event)


def test_no_date_is_shown_over_its_window() -> None:
    visit = made_visit(
        "dose", None, status="no-date", target=date(2025, 3, 4),
        window_start=date(2025, 3, 3), window_end=date(2025, 3, 5),
    )  # fmt: skip
    (event,) = events_of(made_schedule(visit)).values()  # no second event for the window
    assert (event["SUMMARY"], event["STATUS"]) == ("NO DATE: dose", "TENTATIVE")
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2025, 3, 3), date(2025, 3, 6))


def test_no_date_without_a_window_is_shown_on_its_target() -> None:
    event = only(made_visit("dose", None, status="no-date", target=date(2025, 3, 4)))
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2025, 3, 4), date(2025, 3, 5))


def test_a_visit_over_several_days_ends_the_day_after_its_last() -> None:
    event = only(made_visit("apheresis", date(2025, 3, 30), last_day=date(2025, 4, 1)))
    assert event["DTEND"].dt == date(2025, 4, 2)
    assert "Planned: Sun 2025-03-30 to Tue 2025-04-01" in lines_of(event)


def test_what_is_assumed_is_marked() -> None:
    protocol = made_protocol(study_day_assumed={"day_zero": "SDTM convention"})
    visit = made_visit("dose", date(2025, 3, 4), study_day=-3, on_day=-3, assumed={"at": "as in a sister study"})
    lines = lines_of(only(visit, protocol=protocol))
    assert "Target: Tue 2025-03-04 = Day -3 (assumed)" in lines
    assert "ASSUMED (timing): as in a sister study" in lines
    assert "Study days are assumed: SDTM convention" in lines


def test_a_range_has_no_target_and_its_window_is_as_assumed_as_its_timing() -> None:
    days = {"window_start": date(2025, 3, 3), "window_end": date(2025, 3, 5), "target": None}
    lines = lines_of(only(made_visit("screening", date(2025, 3, 3), assumed={"at": "28 days"}, **days)))
    assert "Target: no single date" in lines
    assert "Window: Mon 2025-03-03 to Wed 2025-03-05 (assumed)" in lines


def test_problems_stand_in_the_visit_and_in_the_calendar() -> None:
    problem = Problem("error", "broken", "dose breaks a rule", visits=("dose",))
    note = Problem("note", "tie", "could be later", visits=("dose",))
    schedule = made_schedule(made_visit("dose", date(2025, 3, 4)), problems=(problem, note), feasible=False)
    told = str(calendar_of(schedule)["DESCRIPTION"]).split("\n")
    assert told[2:] == ["Not everything can hold:", "Problem: dose breaks a rule"]
    assert lines_of(events_of(schedule)["dose"])[1:3] == ["Problem: dose breaks a rule", "Planned: Tue 2025-03-04"]


# --- windows and periods ------------------------------------------------------------------------------------------


def test_windows_as_text_or_not_at_all() -> None:
    as_text, none = (events_of(small_schedule(), windows=windows) for windows in ("text", "none"))
    assert not [title for title in (*as_text, *none) if title.startswith("[")]
    assert "Window: Mon 2025-03-03 to Wed 2025-03-05 (assumed)" in lines_of(as_text["Dose 2 S-01"])
    assert not [line for line in lines_of(none["Dose 2 S-01"]) if line.startswith("Window")]


def test_a_window_of_one_day_gets_no_event() -> None:
    day = date(2025, 3, 4)
    assert list(events_of(made_schedule(made_visit("dose", day, window_start=day, window_end=day)))) == ["dose"]


def test_a_window_without_a_target_gets_an_event_and_tells_years_where_they_change() -> None:
    visit = made_visit(
        "screening", date(2025, 12, 30), target=None, window_start=date(2025, 12, 30), window_end=date(2026, 1, 2)
    )
    event = events_of(made_schedule(visit))["[screening window 30 Dec 2025-2 Jan 2026]"]
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (date(2025, 12, 30), date(2026, 1, 3))


def test_a_period_without_a_start_or_end_is_no_event() -> None:
    day = date(2025, 3, 1)
    periods = (made_period("a", None, day), made_period("b", day, None), made_period("c", day, None, notes=("why",)))
    calendar = calendar_of(made_schedule(periods=periods))
    assert not calendar.walk("VEVENT")
    assert str(calendar["DESCRIPTION"]).split("\n")[2:] == [
        "Without a date, so not in this calendar:",
        "- a (until Sat 2025-03-01)",
        "- b (no start or no end)",
        "- c (why)",
    ]


# --- clock times --------------------------------------------------------------------------------------------------

TEN = datetime(2025, 3, 8, 10, 0)


def timed(lasts: Duration | None = None, **fields: object) -> Event:
    protocol = made_protocol(Visit("dose", "Dose", OnDay(1), lasts=lasts))
    return only(made_visit("dose", date(2025, 3, 8), **fields), protocol=protocol)


def test_a_clock_time_with_a_zone_is_in_utc() -> None:
    ten = TEN.replace(tzinfo=NEW_YORK)
    event = timed(starts=ten, ends=ten + timedelta(hours=2))
    assert event["DTSTART"].to_ical() == b"20250308T150000Z"
    assert event["DTEND"].to_ical() == b"20250308T170000Z"


def test_a_clock_time_without_a_zone_floats() -> None:
    event = timed(Duration(90, "minutes"), starts=TEN)
    assert (event["DTSTART"].to_ical(), event["DTEND"].to_ical()) == (b"20250308T100000", b"20250308T113000")
    assert "Starts: Sat 2025-03-08 10:00 (no time zone known)" in lines_of(event)


def test_hours_of_a_visit_are_elapsed_time() -> None:
    """From Sat 23:00 in New York the clocks go on by one hour at 02:00: 4 hours later it is 04:00, 08:00 UTC."""
    event = timed(Duration(4, "hours"), starts=datetime(2025, 3, 8, 23, 0, tzinfo=NEW_YORK))
    assert (event["DTSTART"].to_ical(), event["DTEND"].to_ical()) == (b"20250309T040000Z", b"20250309T080000Z")


def test_an_unstated_length_is_shown_as_a_minute_and_told() -> None:
    event = timed(starts=TEN)
    assert event["DTEND"].to_ical() == b"20250308T100100"
    assert "Length: not stated (shown as one minute)" in lines_of(event)


def test_the_only_clock_time_left_on_the_day_is_the_start() -> None:
    event = timed(Duration(30, "minutes"), clock_start=TEN, clock_end=TEN)
    assert (event["DTSTART"].to_ical(), event["DTEND"].to_ical()) == (b"20250308T100000", b"20250308T103000")
    assert "Clock window: Sat 2025-03-08 10:00 (no time zone known)" in lines_of(event)


def test_a_clock_time_on_another_day_leaves_the_visit_all_day() -> None:
    other = TEN + timedelta(days=1)
    assert timed(clock_start=other, clock_end=other)["DTSTART"].dt == date(2025, 3, 8)


def test_a_clock_window_is_told_and_leaves_the_visit_all_day() -> None:
    start, end = (datetime(2025, 3, day, 16, 30, tzinfo=NEW_YORK) for day in (7, 8))
    midnight = datetime(2025, 3, 8, tzinfo=NEW_YORK)
    visit = made_visit(
        "dose", date(2025, 3, 8), clock_start=start, clock_end=end, open_start=midnight, open_end=end
    )  # fmt: skip
    event = only(visit, site=Site("", NEW_YORK))
    assert event["DTSTART"].dt == date(2025, 3, 8)
    told = lines_of(event)
    assert "Clock window: Fri 2025-03-07 16:30 to Sat 2025-03-08 16:30 (America/New_York)" in told
    assert "Possible on this day: Sat 2025-03-08 00:00 to Sat 2025-03-08 16:30 (America/New_York)" in told


def test_a_clock_window_may_be_open_at_one_end() -> None:
    assert "Clock window: from Sat 2025-03-08 10:00 (no time zone known)" in lines_of(timed(clock_start=TEN))
    assert "Clock window: until Sat 2025-03-08 10:00 (no time zone known)" in lines_of(timed(clock_end=TEN))


def test_an_end_alone_or_a_start_of_several_days_leaves_the_visit_all_day() -> None:
    assert timed(ends=TEN)["DTEND"].dt == date(2025, 3, 9)
    assert timed(Duration(3, "days"), starts=TEN, last_day=date(2025, 3, 10))["DTEND"].dt == date(2025, 3, 11)


# --- UIDs ---------------------------------------------------------------------------------------------------------


def test_uids_are_as_documented() -> None:
    assert str(NAMESPACE) == "3d89fec0-efe2-579d-a5f0-be63261c21f3"
    events = events_of(small_schedule())
    assert events["Dose 1 S-01"]["UID"] == DOSE_1
    assert events["Observation S-01"]["UID"] == OBSERVATION
    assert events_of(small_schedule(subject=""))["Dose 2"]["UID"] == DOSE_2_WITHOUT_SUBJECT


def uids(schedule: Schedule) -> set[str]:
    return {str(event["UID"]) for event in calendar_of(schedule).walk("VEVENT")}


def test_uids_of_a_subject_stay_when_dates_move() -> None:
    assert uids(small_schedule()) == uids(small_schedule(date(2025, 4, 7)))


def test_uids_differ_between_subjects_and_between_starts_without_a_subject() -> None:
    assert not uids(small_schedule()) & uids(small_schedule(subject="S-02"))
    assert not uids(small_schedule(subject="")) & uids(small_schedule(date(2025, 4, 7), subject=""))


def test_order_of_the_given_dates_does_not_matter() -> None:
    first, second = Dated(date(2025, 3, 1)), Dated(date(2025, 3, 4))
    visit = made_visit("dose", date(2025, 3, 4))
    one, other = (
        made_schedule(visit)._replace(subject=Subject("", given))
        for given in ({"a": first, "b": second}, {"b": second, "a": first})
    )
    assert uids(one) == uids(other)


# --- other readers ------------------------------------------------------------------------------------------------


def test_vobject_reads_it() -> None:
    calendar = vobject.readOne(calendar_bytes(small_schedule(), now=NOW).decode())
    told = [(event.uid.value, event.summary.value, event.dtstart.value) for event in calendar.vevent_list]
    assert (DOSE_2, "Dose 2 S-01", date(2025, 3, 4)) in told
    assert len(told) == 6


def test_ical_reads_it() -> None:
    calendar = IcsCalendarStream.calendar_from_ics(calendar_bytes(small_schedule(), now=NOW).decode())
    events = {event.uid: event for event in calendar.events}
    assert (events[DOSE_2].dtstart, events[DOSE_2].dtend) == (date(2025, 3, 4), date(2025, 3, 5))
    assert "Activities: vital signs; ECG; 12 leads" in (events[DOSE_2].description or "")
    assert events[DOSE_2_WINDOW].related_to[0].uid == DOSE_2
    assert len(events) == 6

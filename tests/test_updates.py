"""Calendars with a history: sequences, stamps and cancelled events, beside a simple model of what they must be."""

from __future__ import annotations

import contextlib
import json
import os
import random
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import typer
from icalendar import Calendar
from made_schedules import NEW_YORK, NOW, made_period, made_protocol, made_schedule, made_visit, small_schedule

import trialcal.cli.exporting
import trialcal.cli.many
import trialcal.files.keeping
from trialcal.cli.exporting import export, state_path
from trialcal.cli.many import write_kept
from trialcal.cli.names import Summary, Windows
from trialcal.files.inputs import forget
from trialcal.schedule import Schedule, ScheduledTimepoint, ScheduledVisit
from trialcal.subject import Absent, Partly, PartlyUnscheduled, Subject
from trialcal.writers.ics import bytes_of, calendar_bytes, contents_of
from trialcal.writers.updates import Merged, State, merged
from trialcal.writers.updates_file import read_state, state_text
from trialcal.writers.updates_words import changes_told

MONDAY = date(2025, 3, 3)
DAY = timedelta(days=1)
STAMPS = ("SEQUENCE", "DTSTAMP", "LAST-MODIFIED")


def exported(schedule: Schedule, state: State | None = None, now: datetime = NOW, **options: Any) -> Merged:
    return merged(contents_of(schedule, **options), state, now)


def data_of(found: Merged, now: datetime = NOW) -> bytes:
    return bytes_of([found.contents], now=now)


def raw_events(data: bytes) -> dict[str, dict[str, str]]:
    """Give the properties of each event, with their parameters, as they are written; by UID, which must be unique."""
    lines = data.decode().replace("\r\n ", "").split("\r\n")
    found: dict[str, dict[str, str]] = {}
    event: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        if line == "BEGIN:VEVENT":
            event = {}
        elif line == "END:VEVENT":
            assert event["UID"] not in found
            found[event["UID"]] = event
            event = {}
        else:
            event[name] = value
    return found


def by_title(found: Merged) -> dict[str, Any]:
    return {str(event["SUMMARY"]): event for event in Calendar.from_ical(data_of(found)).walk("VEVENT")}


def words(schedule: Schedule, later: Schedule, zone: Any = None) -> tuple[str, ...]:
    """Tell what changes from one schedule to another, without the first line."""
    first = exported(schedule)
    second = exported(later, first.state, NOW + DAY)
    return changes_told(second.changes, first.state, second.state, zone)[1:]


# --- 200 histories --------------------------------------------------------------------------------------------------


class Model:
    """What a calendar must be after each export, kept as simply as can be: sequence and stamp beside all the rest."""

    def __init__(self) -> None:
        self.known: dict[str, tuple[dict[str, str], int, datetime, bool]] = {}
        self.last = datetime(1, 1, 1, tzinfo=UTC)

    def export(self, plain: dict[str, dict[str, str]], now: datetime) -> None:
        """Take the events as they are without a history."""
        now = max(now, self.last)
        for uid, event in plain.items():
            rest = {name: value for name, value in event.items() if name not in STAMPS}
            if uid not in self.known:
                self.known[uid] = rest, 0, now, False
            else:
                old, sequence, _, is_gone = self.known[uid]
                if is_gone or old != rest:
                    self.known[uid] = rest, sequence + 1, now, False
        for uid in self.known.keys() - plain.keys():
            old, sequence, _, is_gone = self.known[uid]
            if not is_gone:
                self.known[uid] = old, sequence + 1, now, True
        self.last = max([stamp for _, _, stamp, _ in self.known.values()], default=now)

    def check(self, written: dict[str, dict[str, str]]) -> None:
        assert written.keys() == self.known.keys(), "nothing is lost, nothing is doubled"
        for uid, (rest, sequence, stamp, is_gone) in self.known.items():
            event = written[uid]
            told = stamp.strftime("%Y%m%dT%H%M%SZ")
            assert (event["SEQUENCE"], event["DTSTAMP"], event["LAST-MODIFIED"]) == (str(sequence), told, told)
            if is_gone:
                assert event["STATUS"] == "CANCELLED"
                assert event["SUMMARY"].endswith((" (cancelled)", " (missed)"))
                rest = {name: value for name, value in rest.items() if name.startswith(("DTSTART", "DTEND", "REL"))}
            assert rest.items() <= event.items()


def random_schedule(chance: random.Random, last: Schedule | None) -> Schedule:
    """Change some visits of the last schedule: take away, bring back, move, miss, book, widen a window."""
    visits = {visit.id: visit for visit in last.visits} if last is not None else {}
    for number in range(6):
        name = f"visit-{number}"
        draw = chance.random()
        if draw < 0.2:
            visits.pop(name, None)
        elif draw < 0.5:
            on = MONDAY + chance.randrange(60) * DAY
            wide = chance.randrange(3) * DAY
            status = chance.choice(("planned", "planned", "booked", "completed", "missed"))
            visits[name] = made_visit(
                name, on, status=status, window_start=on - wide, window_end=on + wide, notes=(str(chance.random()),)
            )
    periods = tuple(made_period(f"period-{n}", MONDAY, MONDAY + n * DAY) for n in range(chance.randrange(3)))
    return made_schedule(*visits.values(), subject="S-01", periods=periods)


@pytest.mark.parametrize("seed", range(200))
def test_random_histories(seed: int) -> None:
    """UIDs stay, sequences and stamps rise only where something changed, nothing is lost, the same gives the same."""
    chance = random.Random(seed)
    model, state, schedule, now = Model(), None, None, NOW
    for _ in range(6):
        schedule = random_schedule(chance, schedule)
        now += chance.randrange(-2, 6) * timedelta(hours=7)
        options = {"windows": chance.choice(("event", "event", "text"))}
        found = exported(schedule, state, now, **options)
        model.export(raw_events(calendar_bytes(schedule, now=NOW, **options)), now)
        data = data_of(found, now)
        model.check(raw_events(data))
        kept = state_text(found.state)
        state, problems = read_state(kept.encode(), "S-01.calendar.json", "S-01")
        assert problems == ()
        assert state == found.state
        again = exported(schedule, state, now + DAY, **options)
        assert data_of(again, now + DAY) == data
        assert (state_text(again.state), again.changes) == (kept, ())


# --- a history by hand ----------------------------------------------------------------------------------------------


def one(on: int = 4, **fields: Any) -> Schedule:
    return made_schedule(made_visit("dose", date(2025, 3, on), short="Dose", **fields), subject="S-01")


def test_without_a_change_all_stays_and_a_moved_visit_rises() -> None:
    first = exported(one())
    same = exported(one(), first.state, NOW + DAY)
    assert data_of(same, NOW + DAY) == data_of(first) == calendar_bytes(one(), now=NOW)
    moved = exported(one(5), same.state, NOW + 2 * DAY)
    event = by_title(moved)["Dose S-01"]
    assert (event["SEQUENCE"], event["DTSTAMP"].dt, event["LAST-MODIFIED"].dt) == (1, NOW + 2 * DAY, NOW + 2 * DAY)


def test_a_clock_that_was_set_back_sets_no_stamp_back() -> None:
    first = exported(one())
    moved = by_title(exported(one(5), first.state, NOW - DAY))["Dose S-01"]
    assert (moved["SEQUENCE"], moved["DTSTAMP"].dt) == (1, NOW)


def test_what_is_no_longer_planned_is_cancelled_once_and_may_come_back() -> None:
    nothing = made_schedule(subject="S-01")
    first = exported(one())
    gone = exported(nothing, first.state, NOW + DAY)
    event = by_title(gone)["Dose S-01 (cancelled)"]
    assert (event["STATUS"], event["SEQUENCE"], event["DTSTART"].dt) == ("CANCELLED", 1, date(2025, 3, 4))
    assert "2025-02-02" in event["DESCRIPTION"]
    still = exported(nothing, gone.state, NOW + 2 * DAY)
    assert data_of(still) == data_of(gone)
    back = by_title(exported(one(), still.state, NOW + 3 * DAY))
    assert {title: int(event["SEQUENCE"]) for title, event in back.items()} == {"Dose S-01": 2}


def test_a_rescreening_has_events_of_its_own_and_leaves_what_was_done() -> None:
    done = made_visit("screening", MONDAY, short="Screening", status="completed", actual=MONDAY)
    planned = made_visit("dose", MONDAY + 7 * DAY, short="Dose")
    first = exported(made_schedule(done, planned, subject="S-01"))
    again = made_visit("screening", MONDAY + 60 * DAY, short="Screening")
    second = made_schedule(again)._replace(subject=Subject("S-01", attempt=2))
    found = exported(second, first.state, NOW + DAY)
    before, after = raw_events(data_of(first)), raw_events(data_of(found))
    assert before.keys() < after.keys()
    told = {
        (event["SUMMARY"], next(event[key] for key in event if key.startswith("DTSTART"))): event["SEQUENCE"]
        for event in after.values()
    }
    assert told == {
        ("Screening S-01", "20250303"): "0",
        ("Screening S-01", "20250502"): "0",
        ("Dose S-01 (cancelled)", "20250310"): "1",
    }
    kept = next(uid for uid, event in before.items() if event["SUMMARY"] == "Screening S-01")
    assert after[kept] == before[kept]
    state, _ = read_state(state_text(found.state).encode(), "", "S-01")
    assert data_of(exported(second, state, NOW + 2 * DAY)) == data_of(found)


def test_the_first_attempt_has_the_uids_of_before() -> None:
    first, second = (made_schedule(made_visit("dose", MONDAY), subject="S-01") for _ in range(2))
    second = second._replace(subject=replace(second.subject, attempt=2))
    uids = [set(raw_events(data_of(exported(each)))) for each in (first, second)]
    assert uids[0] == set(raw_events(calendar_bytes(first, now=NOW)))
    assert not uids[0] & uids[1]


# --- neutral titles -------------------------------------------------------------------------------------------------

LEAKS = re.compile("dose|demo|lab|infusion|observation|contraception|PK|blood", re.IGNORECASE)


def with_timepoint(schedule: Schedule) -> Schedule:
    at = datetime(2025, 3, 4, 12, tzinfo=NEW_YORK)
    timepoint = ScheduledTimepoint(
        "pk", "dose-2", "pk", "PK blood draw", "2 h after dose-2", at, None, None, "known", (), "", {}, {}, ()
    )  # fmt: skip
    return schedule._replace(timepoints=(timepoint,))


def test_neutral_titles_tell_study_days_only() -> None:
    found = exported(with_timepoint(small_schedule()), summary="neutral")
    assert [entry.title for entry in found.contents.entries] == [
        "Study period, S-01 (at least until 28 Aug 2025)",
        "Study period, S-01",
        "Study visit Day 1, S-01",
        "[Study visit Day 4, S-01 window 3 Mar-5 Mar]",
        "Study visit Day 4, S-01",
        "Study visit, S-01",
        "Study timepoint Day 4, S-01",
    ]
    calendar = Calendar.from_ical(data_of(found))
    assert str(calendar["NAME"]) == "Study S-01"
    for shown in (calendar["NAME"], calendar["X-WR-CALNAME"], calendar["DESCRIPTION"], calendar["X-WR-CALDESC"]):
        assert not LEAKS.search(str(shown))
    assert "Activities: vital signs; ECG; 12 leads" in by_title(found)["Study visit Day 4, S-01"]["DESCRIPTION"]


def test_uids_are_the_same_with_neutral_titles() -> None:
    full, neutral = (exported(small_schedule(), summary=summary) for summary in ("full", "neutral"))
    assert raw_events(data_of(full)).keys() == raw_events(data_of(neutral)).keys()


def test_what_was_exported_in_full_leaks_nowhere_once_titles_are_neutral() -> None:
    """Also what has gone, and what was done in an earlier attempt, of which only the old title is known."""
    done = made_visit("dose-0", MONDAY, name="Dose", status="completed", actual=MONDAY)
    state = exported(made_schedule(done, made_visit("dose-9", MONDAY), subject="S-01")).state
    state = exported(made_schedule(done, subject="S-01"), state, NOW + DAY).state
    later = small_schedule()._replace(subject=Subject("S-01", attempt=2))
    found = exported(later, state, NOW + 2 * DAY, summary="neutral")
    assert not [entry.title for entry in found.contents.entries if LEAKS.search(entry.title)]
    assert len(found.contents.entries) == 8
    again = exported(later, found.state, NOW + 3 * DAY, summary="neutral")
    assert (again.state, data_of(again)) == (found.state, data_of(found))


@pytest.mark.parametrize("summary", ["full", "neutral"])
def test_not_done_and_no_date_are_told_in_both(summary: str) -> None:
    visits = (
        made_visit("a", MONDAY, short="A", status="missed"),
        made_visit("b", None, short="B", status="no-date", target=MONDAY),
        made_visit("c", MONDAY, short="C", certainty="if needed"),
    )
    titles = {entry.title for entry in exported(made_schedule(*visits), summary=summary).contents.entries}
    if summary == "full":
        assert titles == {"A (missed)", "NO DATE: B", "C (if needed)"}
    else:
        assert titles == {"Study visit (missed)", "NO DATE: Study visit", "Study visit (if needed)"}


# --- what was recorded ----------------------------------------------------------------------------------------------


def entry_of(visit: ScheduledVisit, subject: Subject) -> Any:
    (entry,) = contents_of(made_schedule(visit)._replace(subject=subject), windows="text").entries
    return entry


def test_of_a_visit_of_which_only_the_month_is_known_the_month_is_shown() -> None:
    visit = made_visit("dose", None, short="Dose", status="completed", target=MONDAY)
    march = Partly("2025-03", date(2025, 3, 1), date(2025, 3, 31))
    entry = entry_of(visit, Subject("S-01", partly={"dose": march}))
    assert (entry.start, entry.end, entry.status) == (date(2025, 3, 1), date(2025, 4, 1), "CONFIRMED")
    assert entry.title == "Dose S-01 (day not known)"


def test_of_an_unscheduled_visit_too_the_month_is_shown() -> None:
    march = Partly("2025-03", date(2025, 3, 1), date(2025, 3, 31))
    visit = made_visit("unscheduled-1", None, short="Unscheduled visit", status="completed")
    entry = entry_of(visit, Subject("S-01", partly_unscheduled=(PartlyUnscheduled("unscheduled-1", march),)))
    assert (entry.start, entry.end, entry.title) == (
        date(2025, 3, 1),
        date(2025, 4, 1),
        "Unscheduled visit S-01 (day not known)",
    )


def test_a_visit_that_falls_away_is_on_its_target_not_all_over_its_window() -> None:
    visit = made_visit(
        "dose", None, status="cancelled", target=MONDAY, window_start=MONDAY - DAY, window_end=MONDAY + 9 * DAY
    )
    entry = entry_of(visit, Subject("S-01"))
    assert (entry.start, entry.end, entry.title) == (MONDAY, MONDAY + DAY, "dose S-01 (cancelled)")


def test_a_booked_visit_that_was_missed_is_where_people_said() -> None:
    visit = made_visit("dose", None, status="missed", booked=MONDAY, starts=datetime(2025, 3, 3, 9))
    on = date(2025, 3, 5)
    assert entry_of(visit, Subject("S-01", absent={"dose": Absent("missed")})).start == datetime(2025, 3, 3, 9)
    entry = entry_of(visit, Subject("S-01", absent={"dose": Absent("missed", on=on)}))
    assert (entry.start, entry.end, entry.status) == (on, on + DAY, "CANCELLED")


def test_the_study_day_of_a_delayed_visit_is_the_protocols() -> None:
    """Day 4 by the protocol, two days later: its title stays, and its text says which day it is."""
    visit = made_visit("dose", MONDAY + 5 * DAY, short="Dose", study_day=4, on_day=6)
    schedule = made_schedule(visit, subject="S-01")
    (entry,) = contents_of(schedule, summary="neutral").entries
    assert entry.title == "Study visit Day 4, S-01"
    assert "Planned: Sat 2025-03-08 = Day 6\nTarget: Sat 2025-03-08 (Day 4 by the protocol)\n" in entry.description
    later = visit._replace(study_day=6, on_day=7, planned=MONDAY + 6 * DAY)
    (entry,) = contents_of(made_schedule(later)).entries
    assert "Planned: Sun 2025-03-09 = Day 7\nTarget: Sat 2025-03-08 = Day 6\n" in entry.description
    early = visit._replace(study_day=-1, on_day=1, planned=MONDAY, target=MONDAY - DAY)  # there is no Day 0
    (entry,) = contents_of(made_schedule(early)).entries
    assert "Target: Sun 2025-03-02 = Day -1\n" in entry.description


@pytest.mark.parametrize(("on", "day"), [(None, 3), (date(2025, 3, 6), 6)])
def test_a_missed_visit_is_on_its_target_or_where_people_said(on: date | None, day: int) -> None:
    visit = made_visit(
        "dose", None, status="missed", target=MONDAY, window_start=MONDAY - DAY, window_end=MONDAY + 9 * DAY
    )
    entry = entry_of(visit, Subject("S-01", absent={"dose": Absent("missed", on=on)}))
    assert (entry.start, entry.end) == (date(2025, 3, day), date(2025, 3, day + 1))


# --- changes in words -----------------------------------------------------------------------------------------------


def test_nothing_to_tell_and_all_to_tell() -> None:
    first = exported(one())
    assert changes_told(first.changes, None, first.state, None) == (
        "S-01: nothing was exported before; all of it is new (1 event)",
    )
    second = exported(one(), first.state, NOW + DAY)
    assert changes_told(second.changes, first.state, second.state, None) == (
        "S-01: nothing has changed since the export of Sat 2025-02-01 12:00 UTC",
    )


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ({}, {"on": 6}, "dose: moved from Tue 2025-03-04 to Thu 2025-03-06"),
        ({}, {"status": "cancelled"}, "dose: cancelled (was planned for Tue 2025-03-04)"),
        ({}, {"status": "missed"}, "dose: missed (was planned for Tue 2025-03-04)"),
        ({"status": "missed"}, {}, "dose: planned for Tue 2025-03-04 (was missed, Tue 2025-03-04)"),
        ({}, {"status": "booked", "booked": date(2025, 3, 4)}, "dose: booked for Tue 2025-03-04"),
        (
            {},
            {"status": "booked", "booked": date(2025, 3, 5)},
            "dose: booked for Wed 2025-03-05 (was planned for Tue 2025-03-04)",
        ),
        (
            {"status": "booked", "booked": date(2025, 3, 5)},
            {"status": "completed", "actual": date(2025, 3, 6)},
            "dose: done on Thu 2025-03-06 (was booked for Wed 2025-03-05)",
        ),
        (
            {},
            {"starts": datetime(2025, 3, 4, 9, tzinfo=NEW_YORK)},
            "dose: moved from Tue 2025-03-04 to Tue 2025-03-04 09:00",
        ),
        ({}, {"last_day": date(2025, 3, 6)}, "dose: moved from Tue 2025-03-04 to Tue 2025-03-04 to Thu 2025-03-06"),
        ({}, {"notes": ("bring the diary",)}, "text only: dose"),
    ],
)  # fmt: skip
def test_what_happened_to_a_visit(before: dict[str, Any], after: dict[str, Any], line: str) -> None:
    assert words(one(**before), one(**after), NEW_YORK) == (f"  {line}",)


def test_a_visit_that_comes_and_goes() -> None:
    nothing = made_schedule(subject="S-01")
    first = exported(one())
    second = exported(nothing, first.state, NOW + DAY)
    third = exported(one(5), second.state, NOW + 2 * DAY)
    assert words(nothing, one()) == ("  dose: new, planned for Tue 2025-03-04",)
    assert words(one(), nothing) == ("  dose: cancelled, no longer in the plan (was planned for Tue 2025-03-04)",)
    assert changes_told(third.changes, second.state, third.state, None) == (
        "S-01: 1 new since the export of Sun 2025-02-02 12:00 UTC",
        "  dose: back in the plan, planned for Wed 2025-03-05",
    )


def test_what_moves_with_a_visit_is_told_in_its_line() -> None:
    def schedule(day: int, wide: int) -> Schedule:
        on = date(2025, 3, day)
        return one(day, window_start=on - wide * DAY, window_end=on + wide * DAY)

    window = "window now Thu 2025-03-06 to Sat 2025-03-08 (was Mon 2025-03-03 to Wed 2025-03-05)"
    moved = "moved from Tue 2025-03-04 to Fri 2025-03-07"
    assert words(schedule(4, 1), schedule(7, 1)) == (f"  dose: {moved}; {window}",)
    window = "window now Sun 2025-03-02 to Thu 2025-03-06 (was Mon 2025-03-03 to Wed 2025-03-05)"
    assert words(schedule(4, 1), schedule(4, 2)) == (f"  dose: {window}",)
    gone = "no window any more (was Mon 2025-03-03 to Wed 2025-03-05)"
    assert words(schedule(4, 1), one()) == (f"  dose: {gone}",)


def test_several_are_told_as_several() -> None:
    def schedule(wide: int) -> Schedule:
        sides = {"window_start": MONDAY - wide * DAY, "window_end": MONDAY + wide * DAY}
        visits = [made_visit(name, MONDAY, **sides) for name in ("a", "b")]
        periods = tuple(made_period(name, MONDAY, MONDAY + wide * DAY) for name in ("dlt", "condoms"))
        return made_schedule(*visits, subject="S-01", periods=periods)

    first = exported(schedule(1))
    second = exported(schedule(2), first.state, NOW + DAY)
    told = changes_told(second.changes, first.state, second.state, None)[0]
    assert told == "S-01: 2 windows changed, 2 periods changed since the export of Sat 2025-02-01 12:00 UTC"


def test_windows_that_are_shown_otherwise_are_one_line() -> None:
    """Whatever the visits' events and texts have lost or gained with them; what moved is told as ever."""

    def schedule(day: int) -> Schedule:
        on = date(2025, 3, day)
        sides = {"window_start": on - DAY, "window_end": on + DAY}
        other = made_visit("check", on + 9 * DAY, window_start=on, window_end=on + 12 * DAY)
        return made_schedule(made_visit("dose", on, **sides), other, subject="S-01")

    state, found = exported(schedule(4)).state, []
    steps = [(4, "none"), (4, "none"), (4, "event"), (4, "text"), (5, "none"), (5, "event")]
    for step, (day, windows) in enumerate(steps):
        last, now = state, exported(schedule(day), state, NOW + step * DAY, windows=windows)
        state, _ = read_state(state_text(now.state).encode(), "", "S-01")  # type: ignore[assignment]
        assert state == now.state
        found.append([line.partition(" since")[0] for line in changes_told(now.changes, last, state, None)])
    assert found == [
        ["S-01: windows are no longer shown"],
        ["S-01: nothing has changed"],
        ["S-01: windows are shown again"],
        ["S-01: windows are shown in the text only"],
        [
            "S-01: 2 moved, windows are no longer shown",
            "  dose: moved from Tue 2025-03-04 to Wed 2025-03-05",
            "  check: moved from Thu 2025-03-13 to Fri 2025-03-14",
        ],
        ["S-01: windows are shown again"],
    ]
    first = exported(schedule(4), windows="none")
    second = exported(schedule(4), first.state, NOW + DAY)
    assert changes_told(second.changes, first.state, second.state, None)[0].startswith("S-01: windows are shown now")


def test_where_the_last_calendar_went_is_told() -> None:
    first = merged(contents_of(one()), None, NOW, "S-01b.ics")
    state, _ = read_state(state_text(first.state).encode(), "", "S-01")
    assert state == first.state
    same = merged(contents_of(one()), state, NOW + DAY, "S-01b.ics")
    assert same.state == state
    told = "S-01: nothing has changed since the export of Sat 2025-02-01 12:00 UTC (to S-01b.ics)"
    assert changes_told(same.changes, state, same.state, None) == (told,)
    other = merged(contents_of(one()), state, NOW + DAY, "standard output")
    assert data_of(other) == data_of(first)
    told = "S-01: nothing has changed since the export of Sun 2025-02-02 12:00 UTC (to standard output)"
    assert changes_told((), other.state, other.state, None) == (told,)


def test_a_state_of_before_is_read_though_it_does_not_tell_all() -> None:
    found = exported(small_schedule())
    older = found.state._replace(windows="", to="")
    assert '"windows"' not in state_text(older)
    state, _ = read_state(state_text(older).encode(), "", "S-01")
    assert state == older
    again = exported(small_schedule(), state, NOW + DAY)
    assert (again.state, data_of(again)) == (found.state, data_of(found))


def test_thirty_lines_can_be_read() -> None:
    """The weightiest first, then by date; what changed in the text only is one line."""

    def schedule(shift: int) -> Schedule:
        moving = [made_visit(f"v{n}", MONDAY + (7 * n + shift) * DAY) for n in (2, 0, 1)]
        text = [made_visit(f"t{n}", MONDAY, notes=(str(shift),)) for n in range(12)]
        booked = made_visit("b", MONDAY, status="booked" if shift else "planned", booked=MONDAY if shift else None)
        return made_schedule(
            *text, booked, *moving, subject="S-01", periods=(made_period("dlt", MONDAY, MONDAY + shift * DAY),)
        )

    first = exported(schedule(0))
    second = exported(schedule(1), first.state, NOW + DAY)
    assert changes_told(second.changes, first.state, second.state, None) == (
        "S-01: 3 moved, 1 booked, 1 period changed, 12 in the text only since the export of Sat 2025-02-01 12:00 UTC",
        "  v0: moved from Mon 2025-03-03 to Tue 2025-03-04",
        "  v1: moved from Mon 2025-03-10 to Tue 2025-03-11",
        "  v2: moved from Mon 2025-03-17 to Tue 2025-03-18",
        "  b: booked for Mon 2025-03-03",
        "  dlt (period): now Mon 2025-03-03 to Tue 2025-03-04 (was Mon 2025-03-03)",
        "  text only: t0, t1, t10, t11, t2, t3, t4, t5 and 4 more",
    )


# --- the state's file -----------------------------------------------------------------------------------------------


def a_state() -> str:
    return state_text(exported(small_schedule()).state)


def told_of(data: bytes, subject: str = "S-01") -> str:
    state, problems = read_state(data, "S-01.calendar.json", subject)
    assert state is None
    (problem,) = problems
    assert problem.hint
    return problem.told()


def test_the_state_is_small_and_a_change_is_one_line() -> None:
    before = a_state().splitlines()
    second = small_schedule()
    moved = (second.visits[0], second.visits[1]._replace(planned=date(2025, 3, 5)), *second.visits[2:])
    after = state_text(exported(second._replace(visits=moved), exported(small_schedule()).state, NOW + DAY).state)
    changed = [line for line in after.splitlines() if line not in before]
    assert [line.partition(":")[0] for line in changed[:2]] == ['"written"', '"checksum"']
    names = [json.loads(line.rstrip(","))["name"] for line in changed[2:]]
    assert names == ["dose-2", "dose-2"]  # and its window, whose text tells the date
    assert len(a_state()) < 400 * len(exported(small_schedule()).state.events) + 400


def test_half_a_file_is_never_believed() -> None:
    whole = a_state().encode()
    for length in range(len(whole) - 1):
        state, problems = read_state(whole[:length], "S-01.calendar.json", "S-01")
        assert state is None
        assert len(problems) == 1


def test_a_file_changed_by_hand_is_not_believed() -> None:
    """Whatever character is another one: the state is refused, or it is the very same."""
    chance, whole = random.Random(5), a_state()
    good = exported(small_schedule()).state
    for _ in range(400):
        place = chance.randrange(len(whole))
        other = whole[:place] + chance.choice('x0",:}]\n ') + whole[place + 1 :]
        state, problems = read_state(other.encode(), "S-01.calendar.json", "S-01")
        assert (state == good) if state is not None else problems


def test_other_line_ends_are_no_change() -> None:
    state, _ = read_state(b"\xef\xbb\xbf" + a_state().replace("\n", "\r\n").encode(), "", "S-01")
    assert state == exported(small_schedule()).state


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda text: text[:300], "damaged or not complete; it keeps what was last exported"),
        (lambda text: text.replace('"sequence": 0', '"sequence": 7', 1), "changed by hand or by another program"),
        (lambda text: text.replace('"name"', '"other"', 1), "changed by hand or by another program"),
        (lambda text: text.replace("calendar/1", "calendar/2"), "another version of trialcal (trialcal.calendar/2)"),
        (lambda text: "{}", "not a file of trialcal's"),
        (lambda text: "[1]", "not a file of trialcal's"),
        (lambda text: "[" * 100_000, "not a file of trialcal's"),
        (lambda text: "\ufeff", "damaged or not complete"),
        (lambda text: '{"schema": "trialcal.calendar/1"}', "changed by hand or by another program"),
    ],
)
def test_what_is_told_of_a_wrong_file(change: Callable[[str], str], told: str) -> None:
    assert told in told_of(change(a_state()).encode())


def test_the_state_of_another_subject_is_not_taken() -> None:
    told = told_of(a_state().encode(), "S-02")
    assert "this file keeps the calendar of subject S-01, not of S-02" in told
    assert "delete the events of S-01" in told


# --- beside the subject's file --------------------------------------------------------------------------------------


def run(schedule: Schedule, path: Path | None, now: datetime = NOW, summary: Summary = Summary.full) -> Any:
    return export([(schedule, path)], windows=Windows.event, summary=summary, now=now)


def test_the_state_is_kept_when_it_is_saved_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "S-01.yaml"
    path.write_text("subject: S-01\n", encoding="utf-8")
    first = run(one(), path)
    assert not state_path(path).exists()
    first.save()
    kept = state_path(path).read_bytes()
    assert state_path(path) == tmp_path / "S-01.calendar.json"
    again = run(one(), path, NOW + DAY)
    again.save()
    assert (again.data, state_path(path).read_bytes()) == (first.data, kept)
    moved = run(one(5), path, NOW + DAY)
    assert moved.changes[1:] == ("  dose: moved from Tue 2025-03-04 to Wed 2025-03-05",)
    moved.save()
    assert state_path(path).read_bytes() != kept


def test_without_a_file_there_is_no_history() -> None:
    found = run(one(), None)
    found.save()
    assert (found.data, found.changes) == (calendar_bytes(one(), now=NOW), ())


def test_a_wrong_state_ends_the_command_and_stays_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "S-01.yaml"
    state_path(path).write_text("{", encoding="utf-8")
    with pytest.raises(typer.Exit) as ended:
        run(one(), path)
    assert ended.value.exit_code == 1
    assert "S-01.calendar.json:1: error: the file is damaged" in capsys.readouterr().err
    assert state_path(path).read_text(encoding="utf-8") == "{"


def test_two_exports_at_once_lose_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The second to keep its state is told to write again: what it wrote knows nothing of the first."""
    path = tmp_path / "S-01.yaml"
    path.write_text("subject: S-01\n", encoding="utf-8")
    run(one(), path).save()
    first, second, same = run(one(5), path, NOW + DAY), run(one(6), path, NOW + DAY), run(one(5), path, NOW + DAY)
    first.save()
    same.save()
    with pytest.raises(typer.Exit):
        second.save()
    assert "write the calendar again" in capsys.readouterr().err
    last = run(one(6), path, NOW + 2 * DAY)
    assert raw_events(last.data).popitem()[1]["SEQUENCE"] == "2"


def test_what_is_undone_is_as_before_unless_somebody_exported_since(tmp_path: Path) -> None:
    path = tmp_path / "S-01.yaml"
    path.write_text("subject: S-01\n", encoding="utf-8")
    first = run(one(), path)
    first.save()
    first.undo()
    assert not state_path(path).exists()
    run(one(), path).save()
    kept = state_path(path).read_bytes()
    second = run(one(5), path, NOW + DAY)
    second.save()
    assert state_path(path).read_bytes() != kept
    second.undo()
    assert state_path(path).read_bytes() == kept
    second.save()
    again = run(one(5), path, NOW + DAY)
    again.save()  # it changes nothing, so there is nothing to undo
    later = state_path(path).read_bytes()
    again.undo()
    assert state_path(path).read_bytes() == later
    run(one(6), path, NOW + 2 * DAY).save()
    latest = state_path(path).read_bytes()
    second.undo()
    assert state_path(path).read_bytes() == latest


def test_of_several_all_are_kept_or_none(tmp_path: Path) -> None:
    schedules = [small_schedule(subject=f"S-0{n}") for n in (1, 2)]
    paths = [tmp_path / f"S-0{n}.yaml" for n in (1, 2)]
    for path in paths:
        path.write_text("subject\n", encoding="utf-8")
    pairs = list(zip(schedules, paths, strict=True))
    found = export(pairs, windows=Windows.event, summary=Summary.full, now=NOW)
    run(small_schedule(subject="S-02"), paths[1], NOW + DAY).save()
    with pytest.raises(typer.Exit):
        found.save()
    assert [state_path(path).exists() for path in paths] == [False, True]


# --- killed anywhere ------------------------------------------------------------------------------------------------

WATCHED = tuple(str(each.__file__) for each in (trialcal.cli.many, trialcal.cli.exporting, trialcal.files.keeping))


def write(day: int, path: Path, target: Path, now: datetime) -> None:
    forget()  # as every command begins
    write_kept(run(one(day), path, now), target)


def killed(work: Callable[[], None], point: int) -> bool:
    """Do something in a process of its own that ends at the n-th line of the code; False where it was done before."""
    child = os.fork()
    if child == 0:
        seen = 0

        def trace(frame: Any, event: str, _: Any) -> Any:
            nonlocal seen
            if frame.f_code.co_filename not in WATCHED:
                return None
            seen += 1
            if seen == point:
                os._exit(9)
            return trace

        try:
            sys.settrace(trace)
            with contextlib.suppress(typer.Exit):
                work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.parametrize(
    ("is_writable", "later", "start", "step"), [(True, (5, 6), 1, 2), (True, (6, 5), 2, 2), (False, (6, 5), 1, 3)]
)
def test_killed_anywhere_no_number_is_given_to_two_contents(
    tmp_path: Path, is_writable: bool, later: Sequence[int], start: int, step: int
) -> None:
    """Whatever was written out: before the kill, by the export that was killed, and by those after it."""
    point, is_killed = start - step, True
    while is_killed:
        point += step
        folder = tmp_path / str(point)
        folder.mkdir()
        path, calendar = folder / "S-01.yaml", folder / "S-01.ics"
        path.write_text("subject: S-01\n", encoding="utf-8")
        found: dict[tuple[str, str], set[str]] = {}
        write(4, path, calendar, NOW)
        target = calendar if is_writable else folder / "nowhere" / "S-01.ics"
        for turn, day in enumerate((0, *later)):
            for uid, event in raw_events(calendar.read_bytes()).items():
                found.setdefault((uid, event["SEQUENCE"]), set()).add(str(event))
            if day:
                write(day, path, calendar, NOW + (turn + 1) * DAY)
            else:
                is_killed = killed(partial(write, 5, path, target, NOW + DAY), point)
        for uid, event in raw_events(calendar.read_bytes()).items():
            found.setdefault((uid, event["SEQUENCE"]), set()).add(str(event))
        assert all(len(contents) == 1 for contents in found.values()), point
        assert event["DTSTART;VALUE=DATE"] == f"2025030{later[-1]}"
    assert point > 80


def test_one_calendar_of_several_subjects(tmp_path: Path) -> None:
    schedules = [small_schedule(subject=f"S-0{n}") for n in (1, 2)]
    paths = [tmp_path / f"S-0{n}.yaml" for n in (1, 2)]
    for path in paths:
        path.write_text("subject\n", encoding="utf-8")
    pairs = list(zip(schedules, paths, strict=True))
    found = export(pairs, windows=Windows.event, summary=Summary.full, now=NOW)
    found.save()
    each = [raw_events(calendar_bytes(schedule, now=NOW)) for schedule in schedules]
    assert raw_events(found.data) == each[0] | each[1]
    starts = [event["DTSTART"].dt.isoformat() for event in Calendar.from_ical(found.data).walk("VEVENT")]
    assert starts == sorted(starts)
    assert all(state_path(path).exists() for path in paths)


def test_a_protocol_stands_in_no_name_of_a_neutral_calendar() -> None:
    schedule = made_schedule(protocol=made_protocol(id="secret", title="Secret study"))
    assert b"ecret" not in bytes_of([contents_of(schedule, summary="neutral")], now=NOW)

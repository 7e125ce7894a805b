"""Calendars: what trialcal needs beside `icalendar` alone building and writing the same events.

`icalendar` alone means its documented way, from values that are ready: `Event()`, `add` for each property,
`to_ical`. Both write the same properties with the same values, which is checked before anything is timed. Of 1,000
subjects each calendar has a history: what was exported last is read, compared, and written to the disk again.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter

from icalendar import Calendar, Component, Event
from icalendar.prop import vText

from trialcal.cli.exporting import export
from trialcal.cli.names import Summary
from trialcal.cli.names import Windows as WindowsName
from trialcal.days import StudyDays
from trialcal.protocol import Protocol, Source
from trialcal.schedule import Schedule, ScheduledVisit
from trialcal.site import Site
from trialcal.subject import Subject
from trialcal.writers.ics import Windows, calendar_bytes

EVENTS = 1000
LIMIT = 1.15
ROUNDS = 15
SUBJECTS = 1000
VISITS = 12
LIMIT_MANY = 1.25
ROUNDS_MANY = 3
NOW = datetime(2025, 1, 1, tzinfo=UTC)
_DATES = ("DTSTART", "DTEND", "DTSTAMP", "LAST-MODIFIED")
_TEXTS = ("SUMMARY", "UID", "DESCRIPTION", "STATUS", "TRANSP", "RELATED-TO")
_HEAD = ("PRODID", "VERSION", "CALSCALE", "NAME", "DESCRIPTION")

Prepared = tuple[list[tuple[str, str]], list[list[tuple[str, object]]]]


def report() -> list[tuple[str, str]]:
    """Time both ways in turn; give a name and a line with both medians, the ratio, the limit and the verdict."""
    return [
        _compared(f"calendar of {EVENTS} visits", schedule_of(EVENTS), "text"),
        _compared(f"calendar of {EVENTS // 2} visits and their windows", schedule_of(EVENTS // 2), "event"),
        *(_with_history(*case) for case in (("the first", None), ("a visit of each moved", 1))),
    ]


def schedule_of(count: int, subject: str = "S-01", moved: int = 0) -> Schedule:
    """Make a schedule with visits on consecutive days, each with an assumed window and a quotation.

    The last visit is `moved` days later.
    """
    days = [date(2025, 3, 1) + timedelta(days=n + (moved if n == count else 0)) for n in range(1, count + 1)]
    visits = tuple(_visit(n, day) for n, day in enumerate(days, 1))
    source = Source(registry="NCT00000000", updated="2025-01-01")
    protocol = Protocol("bench", "A study of many visits", StudyDays(), "dose-1", "dose-1", (), source=source)
    return Schedule(protocol, Subject(subject), Site(), True, visits, (), (), (), "")


def icalendar_alone(prepared: Prepared) -> bytes:
    """Build and write the calendar with `icalendar` alone."""
    head, events = prepared
    calendar = Calendar()
    for name, text in head:
        calendar.add(name, vText(text))
    for properties in events:
        event = Event()
        for name, value in properties:
            event.add(name, value)
        calendar.add_component(event)
    return bytes(calendar.to_ical())


def prepared_from(data: bytes) -> Prepared:
    """Take the values out of a written calendar."""
    calendar = Calendar.from_ical(data)
    head = [(name, str(calendar[name])) for name in _HEAD]
    head += [("X-WR-CALNAME", str(calendar["NAME"])), ("X-WR-CALDESC", str(calendar["DESCRIPTION"]))]
    return head, [_values(event) for event in calendar.walk("VEVENT")]


def _values(event: Component) -> list[tuple[str, object]]:
    sequence = int(str(event["SEQUENCE"]))
    found: list[tuple[str, object]] = [(name, event.decoded(name)) for name in _DATES]
    found += [(name, str(event[name])) for name in _TEXTS if name in event]
    return [*found, ("SEQUENCE", sequence), ("X-MICROSOFT-CDO-BUSYSTATUS", "FREE")]


def _visit(number: int, on: date) -> ScheduledVisit:
    day = timedelta(days=1)
    return ScheduledVisit(
        id=f"dose-{number}",
        name=f"Therapeutic dose {number}",
        type="dose",
        epoch="treatment",
        study_day=number,
        on_day=number,
        reference="dose-1",
        target=on,
        window_start=on - day,
        window_end=on + day,
        earliest=on - day,
        latest=on + day,
        planned=on,
        booked=None,
        actual=None,
        status="planned",
        clock_start=None,
        clock_end=None,
        open_start=None,
        open_end=None,
        activities=("vital signs", "ECG"),
        assumed={"window": "the record states no windows; confirm against the protocol"},
        source={"at": f"intravenous infusion on Day {number}"},
        notes=(),
        short=f"Dose {number}",
    )


def _compared(name: str, schedule: Schedule, windows: Windows) -> tuple[str, str]:
    def ours() -> bytes:
        return calendar_bytes(schedule, now=NOW, windows=windows)

    prepared = prepared_from(ours())

    def alone() -> bytes:
        return icalendar_alone(prepared)

    assert _unfolded(ours()) == _unfolded(alone()), "the two ways must write the same"
    spent: dict[Callable[[], bytes], list[float]] = {ours: [], alone: []}
    for _ in range(ROUNDS):
        for way, times in spent.items():
            gc.collect()
            begun = perf_counter()
            way()
            times.append(perf_counter() - begun)
    mine, theirs = median(spent[ours]), median(spent[alone])
    ratio = mine / theirs
    verdict = "ok" if ratio <= LIMIT else "TOO SLOW"
    told = (
        f"{mine * 1000:.1f} ms, icalendar alone {theirs * 1000:.1f} ms: {ratio:.2f} times (limit {LIMIT}) {verdict}"
    )
    return name, told


def _with_history(name: str, moved: int | None) -> tuple[str, str]:
    """Time the export of all subjects, each to a calendar of its own, with what is read and kept for the next one."""
    names = [f"S-{number:04d}" for number in range(SUBJECTS)]
    later = NOW + timedelta(days=1)
    mine, theirs = [], []
    prepared: list[Prepared] = []
    for _ in range(ROUNDS_MANY):
        with TemporaryDirectory() as folder:
            paths = [Path(folder) / f"{each}.yaml" for each in names]
            for path in paths:
                path.write_text("subject\n", encoding="utf-8")
            if moved is not None:
                _export_all([schedule_of(VISITS, each) for each in names], paths, NOW)
            schedules = [schedule_of(VISITS, each, moved or 0) for each in names]
            gc.collect()
            begun = perf_counter()
            written = _export_all(schedules, paths, later)
            mine.append(perf_counter() - begun)
        prepared = prepared or [prepared_from(data) for data in written]
        gc.collect()
        begun = perf_counter()
        alone = [icalendar_alone(each) for each in prepared]
        theirs.append(perf_counter() - begun)
        assert list(map(_unfolded, written)) == list(map(_unfolded, alone)), "the two ways must write the same"
    ours, others = median(mine), median(theirs)
    verdict = "ok" if ours / others <= LIMIT_MANY else "TOO SLOW"
    return (
        f"{SUBJECTS} subjects, {VISITS} visits and windows each, to calendars with a history, kept on disk: {name}",
        f"{ours:.2f} s, icalendar alone {others:.2f} s: {ours / others:.2f} times (limit {LIMIT_MANY}) {verdict}",
    )


def _export_all(schedules: Sequence[Schedule], paths: Sequence[Path], now: datetime) -> list[bytes]:
    written = []
    for schedule, path in zip(schedules, paths, strict=True):
        found = export([(schedule, path)], windows=WindowsName.event, summary=Summary.full, now=now)
        found.save()
        written.append(found.data)
    return written


def _unfolded(data: bytes) -> bytes:
    return data.replace(b"\r\n ", b"")


if __name__ == "__main__":
    for name, text in report():
        print(f"{name}: {text}")

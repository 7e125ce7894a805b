"""The calendar of subjects, as a file that site staff import: an event per visit, window, period, timepoint.

What is in the calendar, when, and under which UID is decided here; the words are in `ics_words`, the bytes in
`ics_bytes`, and what changed since the last one in `updates`. Sources: RFC 5545, RFC 7986, and what calendar programs
do with them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple
from uuid import UUID, uuid5

from trialcal.schedule import Schedule, ScheduledPeriod, ScheduledTimepoint, ScheduledVisit
from trialcal.subject import Subject
from trialcal.telling import day_told
from trialcal.writers.ics_bytes import written, written_alone
from trialcal.writers.ics_words import (
    Kind,
    Summary,
    Words,
    calendar_description,
    calendar_title,
    period_description,
    period_title,
    timepoint_description,
    timepoint_title,
    visit_description,
    visit_title,
    window_description,
    window_title,
    words_of,
)
from trialcal.writers.timepoints import by_visit, is_known

Windows = Literal["event", "text", "none"]

# Every UID is a UUID of version 5 in this name space, which is uuid5(NAMESPACE_URL, "urn:trialcal:event").
# Never change it: calendars that follow a subject by CalDAV or a feed would double every event.
NAMESPACE = UUID("3d89fec0-efe2-579d-a5f0-be63261c21f3")
PRODUCT = "-//trialcal//trialcal//EN"

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_STATUSES = {
    "planned": "TENTATIVE",
    "no-date": "TENTATIVE",
    "booked": "CONFIRMED",
    "completed": "CONFIRMED",
    "missed": "CANCELLED",
    "skipped": "CANCELLED",
    "cancelled": "CANCELLED",
}
_NOT_DONE = frozenset(("missed", "skipped", "cancelled"))
_WITH_WINDOW = frozenset(("planned", "booked", "completed"))
_UNSTATED = "not stated (shown as one minute)"


class Entry(NamedTuple):
    """One event. `start` and `end` are two dates or two moments, the `end` exclusive (RFC 5545, 3.6.1).

    Moments are in UTC, or naive where no time zone is known. `related` is the UID of the event it belongs to. What it
    is of is told by `kind` and `name`, the id of its visit (of a window, too), period or timepoint; `state` is the
    status of its visit. `sequence` counts its changes and `stamp` is the time of the last one, in UTC; where that is
    None, the time of writing. `gone` is what was exported once and is no longer planned.
    """

    uid: str
    start: date
    end: date
    title: str
    description: str
    status: str = ""
    related: str = ""
    kind: Kind = "visit"
    name: str = ""
    state: str = ""
    sequence: int = 0
    stamp: datetime | None = None
    gone: bool = False


class Contents(NamedTuple):
    """What a subject's calendar holds, before it is bytes; the entries are in the order of their dates."""

    subject: str
    attempt: int
    summary: Summary
    name: str
    description: str
    entries: Sequence[Entry]
    windows: Windows = "event"


def calendar_bytes(
    schedule: Schedule, *, now: datetime, windows: Windows = "event", summary: Summary = "full"
) -> bytes:
    """Write a schedule as an iCalendar file; the same schedule and `now` give the same bytes.

    `now` must be aware; it becomes DTSTAMP and LAST-MODIFIED. Raises ValueError where it is naive.
    """
    return bytes_of([contents_of(schedule, windows=windows, summary=summary)], now=now)


def contents_of(schedule: Schedule, *, windows: Windows = "event", summary: Summary = "full") -> Contents:
    """Give the events of a schedule, each as new, and what is said of the calendar as a whole.

    Windows wider than a day get an event of their own (`event`), or stand only in the visits' descriptions (`text`),
    or nowhere (`none`). Pending visits, periods without a known start or end, and lookbacks are no events: the
    calendar's description names them. Timepoints without a clock time stand in the descriptions of their visits. A
    neutral `summary` leaves protocol, product and visit type out of all titles.
    """
    words = words_of(schedule, with_window=windows != "none", summary=summary)
    uid_of = uids(schedule)
    entries: list[Entry] = []
    undated: list[str] = []
    timepoints = by_visit(schedule.timepoints)
    for visit in schedule.visits:
        found = list(_visit_entries(schedule, visit, windows, words, uid_of))
        entries += found
        if not found:
            undated.append(_undated_visit(visit))
        known = filter(is_known, timepoints.get(visit.id, ()))
        entries += [_timepoint_entry(timepoint, visit, words, uid_of) for timepoint in known]
    undated += [f"{each.name}, {each.at} ({'; '.join(each.notes)})" for each in timepoints.get("", ())]
    for period in schedule.periods:
        entry = _period_entry(period, words, uid_of)
        if entry is None:
            undated.append(_undated_period(period))
        else:
            entries.append(entry)
    subject = schedule.subject
    told = calendar_description(schedule, undated, words)
    name = calendar_title(schedule, words)
    return Contents(subject.id, subject.attempt, summary, name, told, in_order(entries), windows)


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """Put events in the order of DTSTART, all-day ones before timed ones of their date, then by UID."""
    return sorted(entries, key=_place)


def bytes_of(calendars: Sequence[Contents], *, now: datetime) -> bytes:
    """Write the calendars of one or several subjects as one. Raises ValueError where `now` is naive."""
    if now.utcoffset() is None:
        raise ValueError("now must carry a time zone: DTSTAMP is in UTC")
    if len(calendars) == 1:
        name, told, entries = calendars[0].name, calendars[0].description, calendars[0].entries
    else:
        name = f"Study visits of {len(calendars)} subjects"
        told = "\n\n".join(f"{each.subject}\n{each.description}" for each in calendars)
        entries = in_order([entry for each in calendars for entry in each.entries])
    return written(name, told, PRODUCT, entries, now)


def bytes_alone(entry: Entry, *, now: datetime) -> bytes:
    """Write one event as a calendar of its own, as a calendar server holds it."""
    return written_alone(PRODUCT, entry, now)


def uids(schedule: Schedule) -> Callable[[str, str], str]:
    """Give the function that names the event of a visit, period or timepoint (by its `key` and `kind`).

    The kind of a visit is "", that of others `window`, `period` or `timepoint of VISIT` (the id of a timepoint may,
    seldom, be that of one of another visit). A UID is the UUID of protocol, subject and visit, so it stays when dates
    move; a rescreening has visits of its own. Where no subject is named the given dates stand in for it: another
    patient with the same start would get the same UIDs.
    """
    subject = schedule.subject
    if subject.id:
        who = f"subject {subject.id}"
        if subject.attempt > 1:
            who += f"\nattempt {subject.attempt}"
    else:
        who = "given " + " ".join(
            f"{visit}={dated.day.isoformat()}" for visit, dated in sorted(subject.given.items())
        )
    head = f"{schedule.protocol.id}\n{who}\n"

    def uid_of(key: str, kind: str = "") -> str:
        return str(uuid5(NAMESPACE, f"{head}{key}\n{kind}" if kind else head + key))

    return uid_of


def _place(entry: Entry) -> tuple[str, str]:
    return entry.start.isoformat(), entry.uid


# --- visits -----------------------------------------------------------------------------------------------------


def _visit_entries(
    schedule: Schedule, visit: ScheduledVisit, windows: Windows, words: Words, uid_of: Callable[..., str]
) -> Iterator[Entry]:
    span = _span(schedule, visit)
    if span is None:
        return
    start, end, length = span
    uid = uid_of(visit.id)
    title, told = visit_title(visit, words), visit_description(visit, length, words)
    status = _STATUSES[visit.status]
    yield Entry(uid, start, end, title, told, status, "", "visit", visit.id, visit.status)
    first, last = visit.window_start, visit.window_end
    if windows != "event" or visit.status not in _WITH_WINDOW or first is None or last is None or first >= last:
        return
    title, told = window_title(visit, first, last, words), window_description(visit, words)
    window_uid = uid_of(visit.id, "window")
    yield Entry(window_uid, first, last + _DAY, title, told, status, uid, "window", visit.id, visit.status)


def _span(schedule: Schedule, visit: ScheduledVisit) -> tuple[date, date, str] | None:
    """Give a visit's start, its exclusive end, and its length in words; None where it is not in the calendar."""
    if visit.status == "pending":
        return None
    stated = schedule.protocol.by_id.get(visit.id)
    lasts = stated.lasts if stated is not None else None
    length = str(lasts) if lasts is not None else ""
    absent, on = schedule.subject.absent.get(visit.id), visit.on
    if absent is not None and absent.on is not None:
        return absent.on, absent.on + _DAY, length  # the day to which people ascribed it, also of one that was booked
    if on is None:
        days = _days_without_date(visit, schedule.subject)
        return None if days is None else (days[0], days[1] + _DAY, length)
    starts, ends = _known_start(visit, on), visit.ends
    if starts is not None and ends is None and lasts is not None and lasts.needs_clock:
        ends = _utc(starts) + timedelta(minutes=lasts.minutes)  # aware times of one zone would add wall-clock time
    if starts is None or (ends is None and visit.last_day is not None and visit.last_day > on):
        last = visit.last_day or on
        return on, max(last, on) + _DAY, length
    start = _utc(starts)
    if ends is None or (end := _utc(ends)) <= start:
        # An end must be later than the start (RFC 5545, 3.8.2.2), and Exchange refuses an event without an end
        # ([MS-STANXICAL] 2.2.67); so a length that nobody states is shown as the shortest one, and told.
        return start, start + _MINUTE, length or _UNSTATED
    return start, end, length


def _known_start(visit: ScheduledVisit, on: date) -> datetime | None:
    """Give the clock time at which a visit starts: as stated, or as the only one that the protocol leaves."""
    if visit.starts is not None:
        return visit.starts
    only = visit.clock_start
    return only if only is not None and only == visit.clock_end and only.date() == on else None


def _days_without_date(visit: ScheduledVisit, subject: Subject) -> tuple[date, date] | None:
    """Give the first and last date over which a visit without a date is shown: its window, else its target.

    One of which a month or a year is known is shown over that, and one that does not take place on its target.
    """
    partly = subject.partly.get(visit.id) or next(
        (each.partly for each in subject.partly_unscheduled if each.id == visit.id), None
    )
    if partly is not None:
        return partly.first, partly.last
    if visit.status in _NOT_DONE and visit.target is not None:
        return visit.target, visit.target
    if visit.window_start is not None and visit.window_end is not None:
        return visit.window_start, visit.window_end
    return (visit.target, visit.target) if visit.target is not None else None


def _utc(clock: datetime) -> datetime:
    """Give a moment in UTC; one without a time zone stays floating."""
    return clock if clock.tzinfo is None else clock.astimezone(UTC)


def _undated_visit(visit: ScheduledVisit) -> str:
    return f"{visit.name} ({'; '.join(visit.notes) or visit.status})"


# --- timepoints -------------------------------------------------------------------------------------------------


def _timepoint_entry(
    timepoint: ScheduledTimepoint, visit: ScheduledVisit, words: Words, uid_of: Callable[..., str]
) -> Entry:
    """Show a target as one minute, as a visit without a stated length, and a range from its start to its end."""
    first, last = timepoint.first, timepoint.window_end
    assert first is not None
    start, length = _utc(first), _UNSTATED
    end = start + _MINUTE
    if timepoint.target is None and last is not None and _utc(last) > start:
        end, length = _utc(last), ""
    return Entry(
        uid_of(timepoint.id, f"timepoint of {visit.id}"),
        start,
        end,
        timepoint_title(timepoint, visit, words),
        timepoint_description(timepoint, visit, length, words),
        _STATUSES[visit.status],
        uid_of(visit.id),
        "timepoint",
        timepoint.id,
        visit.status,
    )


# --- periods ----------------------------------------------------------------------------------------------------


def _period_entry(period: ScheduledPeriod, words: Words, uid_of: Callable[..., str]) -> Entry | None:
    end = period.end or period.end_not_before
    if period.start is None or end is None or end < period.start:
        return None
    uid = uid_of(period.id, "period")
    title, told = period_title(period, words), period_description(period, words)
    return Entry(uid, period.start, end + _DAY, title, told, kind="period", name=period.id)


def _undated_period(period: ScheduledPeriod) -> str:
    reasons = []
    if period.end is not None:
        reasons.append(f"until {day_told(period.end.toordinal())}")
    if period.end_not_before is not None:
        reasons.append(f"at least until {day_told(period.end_not_before.toordinal())}")
    if period.end_pending_on:
        reasons.append(f"open until: {period.end_pending_on}")
    return f"{period.name} ({'; '.join([*reasons, *period.notes]) or 'no start or no end'})"

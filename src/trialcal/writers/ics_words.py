"""The words of a calendar: titles and descriptions of visits, timepoints, windows, periods, and of all.

A room of its own because words change with what coordinators ask for, and the calendar's properties with what
calendar programs understand. Descriptions say what a title cannot: what the protocol asks for, what of it is
assumed, where it comes from, and what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Literal, NamedTuple

from trialcal.days import StudyDays
from trialcal.problems import Problem
from trialcal.protocol import Texts
from trialcal.schedule import Schedule, ScheduledPeriod, ScheduledTimepoint, ScheduledVisit
from trialcal.site import WEEKDAYS
from trialcal.telling import clock_told, day_told
from trialcal.writers.timepoints import by_entry, by_visit, is_known, times_told

Summary = Literal["full", "neutral"]
Kind = Literal["visit", "window", "timepoint", "period"]

_MONTHS = ("", "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NOT_DONE = frozenset(("missed", "skipped", "cancelled"))
_MOST_SPANS = 6  # of other dates that are named; of more of them the number is told
# What neutral titles say: neither the protocol, nor the product, nor what is done at a visit.
_NEUTRAL = {"visit": "Study visit", "window": "Study visit", "timepoint": "Study timepoint", "period": "Study period"}
_FIELD_WORDS = {"at": "timing", "until": "end", "from": "start"}


class Words(NamedTuple):
    """What the texts of all events of one calendar share, worked out once.

    `who` follows a title: a space (in neutral titles a comma, too) and the subject's number, or nothing. `zone` tells
    how clock times are meant. `problems` are lines by visit id, and so are `timepoints`, those without a clock time
    yet; `other_dates` is a line by visit id. `numbering` is that of study days.
    """

    neutral: bool
    who: str
    closing: str
    study_days: str
    zone: str
    with_window: bool
    problems: Mapping[str, tuple[str, ...]]
    timepoints: Mapping[str, tuple[str, ...]]
    other_dates: Mapping[str, str]
    numbering: StudyDays


def words_of(schedule: Schedule, *, with_window: bool, summary: Summary = "full") -> Words:
    """Work out what the texts of a schedule's events share.

    A neutral `summary` leaves protocol, product and visit type out of titles; the texts stay as they are.
    """
    protocol = schedule.protocol
    problems: dict[str, tuple[str, ...]] = {}
    for problem in schedule.problems:
        if problem.level != "note":
            for visit in problem.visits:
                problems[visit] = (*problems.get(visit, ()), _problem_told(problem))
    waiting = by_visit(timepoint for timepoint in schedule.timepoints if not is_known(timepoint))
    reasons = "; ".join(protocol.study_day_assumed.values())
    return Words(
        neutral=summary == "neutral",
        who=who_told(schedule.subject.id, summary),
        closing=f"{protocol.title} ({protocol.id})\nFrom: {protocol.source}",
        study_days=f"Study days are assumed: {reasons}" if reasons else "",
        zone="no time zone known" if schedule.site.zone is None else str(schedule.site.zone),
        with_window=with_window,
        problems=problems,
        timepoints={visit: tuple(map(_times_line, by_entry(several))) for visit, several in waiting.items()},
        other_dates=dict(_other_dates(schedule)) if with_window and schedule.site.may_close else {},
        numbering=protocol.study_days,
    )


def _other_dates(schedule: Schedule) -> Iterator[tuple[str, str]]:
    """Tell of each planned visit which other dates of its window work, where the window has some that do not.

    Asked only of a site that closes days: what it costs would be a large part of all that a calendar costs.
    """
    from trialcal.writers.window_days import runs, window_days

    for visit in schedule.visits:
        days, on = window_days(schedule, visit), visit.on
        if days is None or on is None or not (days.closed or days.impossible) or on not in days.works:
            continue
        others = [day for day in days.works if day != on]
        spans = runs(others)
        if not others:
            yield visit.id, "No other date works"
        elif len(spans) <= _MOST_SPANS:
            told = ", ".join(_span_in_words(first, last, on.year) for first, last in spans)
            yield visit.id, f"Other dates that work: {told}"
        else:
            yield visit.id, f"Other dates that work: {len(others)} of the {days.size} in the window"


def _span_in_words(first: date, last: date, year: int) -> str:
    told = [
        f"{WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month]}" + f" {day.year}" * (day.year != year)
        for day in dict.fromkeys((first, last))
    ]
    return " to ".join(told)


# --- titles -----------------------------------------------------------------------------------------------------


def who_told(subject: str, summary: Summary) -> str:
    """Give what follows a title to say whose event it is."""
    if not subject:
        return ""
    return f", {subject}" if summary == "neutral" else f" {subject}"


def calendar_title(schedule: Schedule, words: Words) -> str:
    """Give the name of the calendar: `gc012f GC-001`; a neutral one is `Study GC-001`."""
    if not words.neutral:
        return f"{schedule.protocol.id}{words.who}"
    return f"Study {schedule.subject.id}" if schedule.subject.id else "Study visits"


def neutral_title(kind: str, subject: str) -> str:
    """Give the neutral title of an event of which no more is known: `Study visit, S-01`."""
    return _NEUTRAL.get(kind, _NEUTRAL["visit"]) + who_told(subject, "neutral")


def _called(visit: ScheduledVisit, words: Words) -> str:
    """Give what titles call a visit; neutral ones tell its study day, which stays when other visits are added."""
    if not words.neutral:
        return visit.short or visit.name
    return _NEUTRAL["visit"] + _study_day_of(visit)


def _study_day_of(visit: ScheduledVisit) -> str:
    return "" if visit.study_day is None else f" Day {visit.study_day}"


def visit_title(visit: ScheduledVisit, words: Words) -> str:
    """Give a visit's title: `Dose 2 S-01`, `NO DATE: Dose 2 S-01`, `Dose 2 S-01 (missed)`.

    A neutral one is `Study visit Day 4, S-01`.
    """
    may_be = f" ({visit.certainty})" if visit.certainty else ""
    title = f"{_called(visit, words)}{may_be}{words.who}"
    if visit.status == "completed" and visit.on is None:
        title += " (day not known)"
    return f"NO DATE: {title}" if visit.status == "no-date" else title + _not_done_told(visit)


def timepoint_title(timepoint: ScheduledTimepoint, visit: ScheduledVisit, words: Words) -> str:
    """Give a timepoint's title: `PK blood draw (C1D1, 2 h after) S-01`; `Study timepoint Day 1, S-01`."""
    if words.neutral:
        return f"{_NEUTRAL['timepoint']}{_study_day_of(visit)}{words.who}{_not_done_told(visit)}"
    return f"{timepoint.name} ({visit.short or visit.name}, {timepoint.when}){words.who}{_not_done_told(visit)}"


def _not_done_told(visit: ScheduledVisit) -> str:
    return f" ({visit.status})" if visit.status in _NOT_DONE else ""


def window_title(visit: ScheduledVisit, start: date, end: date, words: Words) -> str:
    """Give the title of a window's event: `[Dose 2 window 3 Mar-5 Mar]`."""
    return f"[{_called(visit, words)}{words.who} window {span_told(start, end)}]"


def period_title(period: ScheduledPeriod, words: Words) -> str:
    """Give a period's title; that of an open one says at least until when it lasts."""
    title = f"{_NEUTRAL['period'] if words.neutral else period.name}{words.who}"
    if period.end is not None or period.end_not_before is None:
        return title
    until = period.end_not_before
    return f"{title} (at least until {until.day} {_MONTHS[until.month]} {until.year})"


def span_told(start: date, end: date) -> str:
    """Give a span of dates as it fits a title; the year is told only where it changes.

    >>> span_told(date(2025, 3, 3), date(2025, 3, 5)), span_told(date(2025, 12, 30), date(2026, 1, 2))
    ('3 Mar-5 Mar', '30 Dec 2025-2 Jan 2026')
    """
    if start.year == end.year:
        return f"{start.day} {_MONTHS[start.month]}-{end.day} {_MONTHS[end.month]}"
    return f"{start.day} {_MONTHS[start.month]} {start.year}-{end.day} {_MONTHS[end.month]} {end.year}"


# --- descriptions -----------------------------------------------------------------------------------------------


def visit_description(visit: ScheduledVisit, lasts: str, words: Words) -> str:
    """Tell all that is known of a visit, one statement a line; `lasts` is the stated length or why none is shown."""
    lines = [visit.name]
    lines += words.problems.get(visit.id, ())
    on = visit.on
    if on is not None:
        lines.append(f"{_state_told(visit)}: {_days_told(on, visit.last_day)}{_study_day_told(visit.on_day)}")
    if visit.status in _NOT_DONE:
        lines.append(f"Status: {visit.status}")
    if visit.target is not None:
        marked = " (assumed)" if "at" in visit.assumed else ""
        lines.append(f"Target: {day_told(visit.target.toordinal())}{_target_day_told(visit, words)}{marked}")
    elif visit.window_start is not None:
        lines.append("Target: no single date")
    if words.with_window:
        lines.append(_window_line(visit))
    if visit.id in words.other_dates:
        lines.append(words.other_dates[visit.id])
    if visit.starts is not None:
        lines.append(f"Starts: {clock_told(visit.starts)} ({words.zone})")
    if visit.ends is not None:
        lines.append(f"Ends: {clock_told(visit.ends)} ({words.zone})")
    lines += _clock_lines("Clock window", visit.clock_start, visit.clock_end, words)
    lines += _clock_lines("Possible on this day", visit.open_start, visit.open_end, words)
    if lasts:
        lines.append(f"Length: {lasts}")
    if visit.reference:
        lines.append(f"Counted from: {visit.reference}")
    if visit.activities:
        lines.append(f"Activities: {'; '.join(visit.activities)}")
    if visit.id in words.timepoints:
        lines += ["Without a clock time yet:", *words.timepoints[visit.id]]
    lines += _provenance_lines(visit.assumed, visit.source)
    lines += [f"Note: {note}" for note in visit.notes]
    return _closed(lines, words)


def timepoint_description(timepoint: ScheduledTimepoint, visit: ScheduledVisit, length: str, words: Words) -> str:
    """Tell of a timepoint: what it is counted from, its clock times, and what of them is assumed."""
    at, window = (" (assumed)" if key in timepoint.assumed else "" for key in ("at", "window"))
    lines = [timepoint.name, f"Visit: {visit.name}", f"When: {timepoint.at}{at}"]
    start, end = timepoint.window_start, timepoint.window_end
    if timepoint.target is not None:
        lines.append(f"Target: {exact_told(timepoint.target)} ({words.zone})")
    if words.with_window:
        lines += _clock_lines("Window", start, end, words, window) or ["Window: none stated"]
    if length:
        lines.append(f"Length: {length}")
    if timepoint.activities:
        lines.append(f"Activities: {'; '.join(timepoint.activities)}")
    if timepoint.applies_to:
        lines.append(f"Applies to: {timepoint.applies_to}")
    lines += _provenance_lines(timepoint.assumed, timepoint.source)
    lines += [f"Note: {note}" for note in timepoint.notes]
    return _closed(lines, words)


def window_description(visit: ScheduledVisit, words: Words) -> str:
    """Tell of a window: whose it is, its dates with weekdays, and what of it is assumed."""
    lines = [f"Window of {visit.name}", _window_line(visit)]
    on = visit.on
    if on is not None:
        lines.append(f"{_state_told(visit)}: {_days_told(on, visit.last_day)}{_study_day_told(visit.on_day)}")
    lines += _provenance_lines({k: v for k, v in visit.assumed.items() if k in ("at", "window")}, {})
    return _closed(lines, words)


def period_description(period: ScheduledPeriod, words: Words) -> str:
    """Tell of a period: its first and last date, both inclusive, and what its end waits for."""
    lines = [period.name]
    if period.start is not None:
        lines.append(f"From: {day_told(period.start.toordinal())}")
    if period.end is not None:
        lines.append(f"Until: {day_told(period.end.toordinal())}")
    elif period.end_not_before is not None:
        lines.append(f"At least until: {day_told(period.end_not_before.toordinal())}")
    if period.end_pending_on:
        lines.append(f"Ends with: {period.end_pending_on}")
    lines += _provenance_lines(period.assumed, period.source)
    lines += [f"Note: {note}" for note in period.notes]
    return _closed(lines, words)


def calendar_description(schedule: Schedule, undated: Sequence[str], words: Words) -> str:
    """Tell of the whole calendar: what it is, how the dates were understood, what is wrong, what it leaves out.

    A neutral one tells how much it leaves out, not what: calendar programs show it beside the name.
    """
    if words.neutral:
        lines = ["What each event is stands in its text."]
        lines += [] if schedule.feasible else ["Not everything can hold; see the events and the table."]
        return "\n".join(lines + ([f"Without a date, so not in this calendar: {len(undated)}"] if undated else []))
    lines = [words.closing]
    if schedule.understood:
        lines.append(schedule.understood)
    if not schedule.feasible:
        lines.append("Not everything can hold:")
    lines += [_problem_told(problem) for problem in schedule.problems if problem.level != "note"]
    if words.study_days:
        lines.append(words.study_days)
    missing = [f"- {name}" for name in undated]
    if missing:
        lines += ["Without a date, so not in this calendar:", *missing]
    if schedule.lookbacks:  # too many to be read here
        lines.append(f"Not in this calendar: lookbacks ({len(schedule.lookbacks)}), such as washouts; see the table")
    return "\n".join(lines)


def _problem_told(problem: Problem) -> str:
    return f"{'Problem' if problem.level == 'error' else 'Warning'}: {problem.message}"


def _window_line(visit: ScheduledVisit) -> str:
    start, end = visit.window_start, visit.window_end
    if start is not None and end is None:
        return f"Window: not before {day_told(start.toordinal())}"
    if end is not None and start is None:
        return f"Window: not after {day_told(end.toordinal())}"
    if start is None or end is None:
        if not visit.reference and visit.target is not None:
            return "Window: none (study days are counted from this visit)"
        return "Window: see the clock window" if visit.clock_start or visit.clock_end else "Window: none stated"
    marked = " (assumed)" if "window" in visit.assumed or (visit.target is None and "at" in visit.assumed) else ""
    return f"Window: {_days_told(start, end)}{marked}"


def _state_told(visit: ScheduledVisit) -> str:
    if visit.actual is not None:
        return "Done"
    if visit.booked is not None:
        return "Booked"
    return "Given" if visit.is_given else "Planned"


def _days_told(first: date, last: date | None) -> str:
    told = day_told(first.toordinal())
    return told if last is None or last == first else f"{told} to {day_told(last.toordinal())}"


def _target_day_told(visit: ScheduledVisit, words: Words) -> str:
    """Tell the study day of a visit's target; that of a delayed one is the protocol's, and its date another day."""
    day, on, target = visit.study_day, visit.on, visit.target
    if day is None or on is None or visit.on_day is None or target is None:
        return _study_day_told(day)
    distance = words.numbering.distance(visit.on_day) + (target - on).days
    return _study_day_told(day) if words.numbering.study_day(distance) == day else f" (Day {day} by the protocol)"


def _study_day_told(study_day: int | None) -> str:
    return "" if study_day is None else f" = Day {study_day}"


def _clock_lines(
    label: str, start: datetime | None, end: datetime | None, words: Words, marked: str = ""
) -> list[str]:
    if start is None and end is None:
        return []
    if start is None or end is None:
        told = f"until {exact_told(end)}" if end is not None else f"from {exact_told(start)}" if start else ""
    else:
        told = exact_told(start) if start == end else f"{exact_told(start)} to {exact_told(end)}"
    return [f"{label}: {told} ({words.zone}){marked}"]


def exact_told(clock: datetime) -> str:
    """Give a clock time with its date and weekday, and its seconds where it has any: `Sat 2025-03-29 14:43:30`."""
    return f"{clock_told(clock)}:{clock.second:02d}" if clock.second else clock_told(clock)


def _times_line(timepoints: Sequence[ScheduledTimepoint]) -> str:
    """Give the times of one entry: `- PK blood draw: 30 min before, 2 h after (±15 min)`."""
    marked = " (assumed)" if {"at", "window"} & set(timepoints[0].assumed) else ""
    return f"- {timepoints[0].name}: {times_told(timepoints)}{marked}"


def _provenance_lines(assumed: Texts, source: Texts) -> list[str]:
    lines = [f"ASSUMED ({_FIELD_WORDS.get(key, key)}): {text}" for key, text in assumed.items()]
    return lines + [f'Source ({_FIELD_WORDS.get(key, key)}): "{text}"' for key, text in source.items()]


def _closed(lines: list[str], words: Words) -> str:
    if words.study_days:
        lines.append(words.study_days)
    lines.append(words.closing)
    return "\n".join(lines)

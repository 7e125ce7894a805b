"""What was recorded of a subject, as it stands in the rows of a schedule: dates, notes, visits of no protocol.

A room of its own because it plans nothing: it tells what people wrote down beside what the planner found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from trialcal.days import clock_of, minute_of
from trialcal.schedule import VISIT_FIELDS, ScheduledVisit
from trialcal.settle import Settled
from trialcal.subject import Subject, Unscheduled
from trialcal.telling import day_told


def dates_of(subject: Subject, name: str, day: int | None) -> tuple[date | None, date | None, date | None]:
    """Give the planned, the booked and the actual date of a visit.

    Where one is booked or actual, only a given date is a planned one: trialcal proposes nothing.
    """
    booked, actual = subject.booked.get(name), subject.actual.get(name)
    planned = None if day is None else date.fromordinal(day)
    if booked is not None or actual is not None or name in subject.absent:
        given = subject.given.get(name)
        planned = None if given is None else given.day
    return planned, None if booked is None else booked.day, None if actual is None else actual.day


def with_unscheduled(visits: Sequence[ScheduledVisit], settled: Settled, subject: Subject) -> list[ScheduledVisit]:
    """Put the visits that the protocol does not have between the others, by their dates."""
    if not subject.unscheduled:
        return list(visits)
    found = list(visits)
    for extra in sorted(subject.unscheduled, key=lambda each: (each.dated.day, each.id)):
        row = _unscheduled(extra, settled)
        before = [n for n, visit in enumerate(found) if (_place(visit) or date.max) <= extra.dated.day]
        found.insert(max(before, default=-1) + 1, row)
    return found


def _place(visit: ScheduledVisit) -> date | None:
    """Give the date by which a visit stands among the others."""
    return visit.on or visit.target or visit.window_start or visit.earliest or visit.latest


def _unscheduled(extra: Unscheduled, settled: Settled) -> ScheduledVisit:
    model, day = settled.model, extra.dated.day
    anchor = settled.days.get(model.numbers[model.protocol.anchor])
    on_day = None if anchor is None else model.protocol.study_days.study_day(day.toordinal() - anchor)
    zone = model.zone
    starts, ends = (
        None if clock is None else clock_of(minute_of(clock, zone), zone)
        for clock in (extra.dated.start, extra.dated.end)
    )
    notes = ["the protocol does not have this visit", *([extra.reason] if extra.reason else [])]
    nothing = dict.fromkeys(VISIT_FIELDS) | {"type": "", "epoch": "", "reference": "", "activities": ()}
    told = {"id": extra.id, "name": "Unscheduled visit", "on_day": on_day, "actual": day, "status": "completed"}
    more = {"assumed": {}, "source": {}, "notes": tuple(notes), "short": "Unscheduled visit"}
    last_day = day if extra.dated.end is None else extra.dated.end.date()
    dated: dict[str, object] = {"last_day": last_day, "starts": starts, "ends": ends, "is_given": True}
    dated["recorded"] = (extra.reason,) if extra.reason else ()
    return ScheduledVisit(**{**nothing, **told, **more, **dated})  # type: ignore[arg-type]


def recorded_notes(subject: Subject, name: str) -> Iterator[str]:
    """Say what people noted of a visit: why it did not take place, why it was moved, what is known in part."""
    if name in subject.absent:
        absent = subject.absent[name]
        on = f", on {day_told(absent.on.toordinal())}" if absent.on is not None else ""
        stated = subject.stated.get(name)
        meant = f" (it was to be on {day_told(stated.day.toordinal())})" if stated is not None else ""
        yield f"{absent.status}{on}{meant}" + (f": {absent.reason}" if absent.reason else "")
    elif name in subject.partly:
        yield (
            f"took place in {subject.partly[name].told}: the day is not known, so nothing is counted from it and "
            "nothing is judged"
        )
    if name in subject.reasons and name not in subject.absent:
        yield subject.reasons[name]
    for delay in subject.delays:
        if name in delay.visits:
            yield f"{delay.days} d later than by the protocol" + (f": {delay.reason}" if delay.reason else "")

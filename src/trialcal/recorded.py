"""What was recorded of a subject, as it stands in the rows of a schedule: dates, notes, visits of no protocol.

A room of its own because it plans nothing: it tells what people wrote down beside what the planner found.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from trialcal.days import clock_of, minute_of
from trialcal.protocol import Visit
from trialcal.schedule import VISIT_FIELDS, ScheduledVisit
from trialcal.settle import Settled
from trialcal.stopping import is_named
from trialcal.subject import PartlyUnscheduled, Subject, Unscheduled
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
    extras: list[tuple[date, str, Unscheduled | PartlyUnscheduled]] = [
        *((each.dated.day, each.id, each) for each in subject.unscheduled),
        *((each.partly.first, each.id, each) for each in subject.partly_unscheduled),
    ]
    found = list(visits)
    for day, _, extra in sorted(extras, key=lambda each: each[:2]):
        before = [n for n, visit in enumerate(found) if (_place(visit) or date.max) <= day]
        found.insert(max(before, default=-1) + 1, _unscheduled(extra, settled))
    return found


def _place(visit: ScheduledVisit) -> date | None:
    """Give the date by which a visit stands among the others."""
    return visit.on or visit.target or visit.window_start or visit.earliest or visit.latest


def _unscheduled(extra: Unscheduled | PartlyUnscheduled, settled: Settled) -> ScheduledVisit:
    notes = ["the protocol does not have this visit", *([extra.reason] if extra.reason else [])]
    # A row with few values: the fields are put together by name, of which mypy cannot tell the types.
    nothing = dict.fromkeys(VISIT_FIELDS) | {"type": "", "epoch": "", "reference": "", "activities": ()}
    told = {"id": extra.id, "name": "Unscheduled visit", "status": "completed", "assumed": {}, "source": {}}
    more = {"notes": tuple(notes), "short": "Unscheduled visit", "is_given": True}
    recorded = (extra.reason,) if extra.reason else ()
    if isinstance(extra, PartlyUnscheduled):
        recorded = (f"took place in {extra.partly.told}: the day is not known", *recorded)
        more |= {"notes": (notes[0], *recorded)}
        return ScheduledVisit(**{**nothing, **told, **more, "recorded": recorded})  # type: ignore[arg-type]
    model, day = settled.model, extra.dated.day
    anchor, zone = settled.days.get(model.numbers[model.protocol.anchor]), model.zone
    on_day = None if anchor is None else model.protocol.study_days.study_day(day.toordinal() - anchor)
    starts, ends = (
        None if clock is None else clock_of(minute_of(clock, zone), zone)
        for clock in (extra.dated.start, extra.dated.end)
    )
    last_day = day if extra.dated.end is None else extra.dated.end.date()
    dated = {"on_day": on_day, "actual": day, "last_day": last_day, "starts": starts, "ends": ends}
    return ScheduledVisit(**{**nothing, **told, **more, **dated, "recorded": recorded})  # type: ignore[arg-type]


def recorded_notes(subject: Subject, visit: Visit, *, is_delayed: bool) -> Iterator[str]:
    """Say what people noted of a visit: why it did not take place, why it was moved, what is known in part."""
    name = visit.id
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
        if is_delayed and is_named(visit, delay.visits):
            yield f"{delay.days} d later than by the protocol" + (f": {delay.reason}" if delay.reason else "")

"""The visits of a schedule: each one's days put together with its window, study day, clock times, and notes.

A room of its own because it decides nothing: the days are settled, and here each row is told and explained.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from functools import lru_cache

from trialcal.choice import is_late
from trialcal.clocks import Clocks
from trialcal.days import Count, clock_of
from trialcal.hours import Condition
from trialcal.judge import off_target
from trialcal.model import Counted, End, Model
from trialcal.protocol import Protocol, Visit
from trialcal.recorded import dates_of, recorded_notes
from trialcal.schedule import ScheduledVisit, Status
from trialcal.settle import Settled
from trialcal.stating import date_of, number_of
from trialcal.stopping import falls_away
from trialcal.subject import Dated, Subject
from trialcal.telling import clock_told, day_told, label_told, option_told, timing_told
from trialcal.timing import Edge, Offset, OffsetRange, OnDay, Pending, Reference, Whichever

_day = date.fromordinal
NO_CLOCK = (None, None, None, None)


def visits_of(settled: Settled, subject: Subject, clocks: Clocks) -> list[ScheduledVisit]:
    """Give every visit, in the order of their dates."""
    model = settled.model
    days = settled.days
    study_days = model.protocol.study_days
    anchor = days.get(model.numbers[model.protocol.anchor])
    own_notes = _own_notes(model.protocol)
    has_clocks = model.has_hours or bool(model.moments)
    rows: list[tuple[tuple[int, int, bool, bool, int, int, int], ScheduledVisit]] = []
    depths, ranks = _depths(model), _ranks(model)
    absent = model.known.absent
    for i, visit in enumerate(model.protocol.visits):
        link = model.counted[i]
        day = days.get(i) if i not in absent else None
        target, first, last = _around(settled, link, visit)
        if link is None and i in days and isinstance(visit.at, OnDay):
            target = days[i]  # the anchor: days are counted from where it is
        nominal = None
        if target is not None and anchor is not None:
            nominal = study_days.study_day(target - model.known.later.get(i, 0) - anchor)  # as the protocol has it
        elif isinstance(visit.at, OnDay):
            nominal = visit.at.number
        elif day is not None and i == model.numbers[model.protocol.anchor]:
            nominal = study_days.number
        dated = subject.dated.get(visit.id)
        recorded = tuple(recorded_notes(subject, visit, is_delayed=i in model.known.later and link is not None))
        planned, booked, actual = dates_of(subject, visit.id, day)
        notes = [*_notes(settled, i, link, target, first)]
        if has_clocks:
            notes += _clock_notes(settled, clocks, i, dated)
        earliest, latest = settled.earliest.get(i), settled.latest.get(i)
        clock_start, clock_end, open_start, open_end = _clock(clocks, i, model) if has_clocks else NO_CLOCK
        row = ScheduledVisit(
            visit.id,
            visit.name,
            visit.type,
            visit.epoch,
            nominal,
            None if day is None or anchor is None else study_days.study_day(day - anchor),
            _reference(model, link, visit),
            None if target is None else _day(target),
            None if first is None else _day(first),
            None if last is None else _day(last),
            None if earliest is None else _day(earliest),
            None if latest is None else _day(latest),
            planned,
            booked,
            actual,
            _status(settled, i, day, actual),
            clock_start,
            clock_end,
            open_start,
            open_end,
            visit.activities,
            visit.assumed,
            visit.source,
            (*notes, *recorded, *own_notes[i]),
            visit.short,
            None if day is None else _last_day(visit, day, dated),
            _known_clock(model, i, "start") if has_clocks else None,
            _known_clock(model, i, "end") if has_clocks else None,
            dated is not None,
            _certainty(settled, visit),
            recorded,
        )
        absent_on = subject.absent[visit.id].on if visit.id in subject.absent else None
        place = day or (absent_on and absent_on.toordinal()) or target or first or earliest or latest or 10**7
        is_certain = not visit.condition and not visit.optional
        clock = model.moments.get((i, "start"), 0)
        rows.append(((place, ranks[i], day is None, not is_certain, clock, depths[i], i), row))
    rows.sort(key=lambda pair: pair[0])
    return [row for _, row in rows]


def _certainty(settled: Settled, visit: Visit) -> str:
    """Say in a few words for a title that a visit may not take place, is not for all, or is the last one planned."""
    choices = settled.model.protocol.choices
    told = ["if needed" if visit.condition else "optional"] if visit.condition or visit.optional else []
    told += [f"only arm {', '.join(visit.arms)}"] if visit.arms and not choices.arm else []
    told += [f"only cohort {', '.join(visit.cohorts)}"] if visit.cohorts and not choices.cohort else []
    group = settled.model.protocol.repeated.get(visit.repeats)
    if group is not None and group.is_open and group.id not in settled.ended and visit.turn == group.count:
        told.append("more may follow")
    return "; ".join(told)


def _depths(model: Model) -> dict[int, int]:
    """Count for each visit how many others it is counted from in a row: on one date, those come before it."""
    depths: dict[int, int] = {}
    for i in model.order:
        link = model.counted[i]
        depths[i] = 0 if link is None else depths[link.visit] + 1
    return depths


def _ranks(model: Model) -> list[int]:
    """Give the ranks that rules give to visits, no visit before one that it is counted from forwards."""
    ranks = list(model.ranks)
    for i in model.order:
        link, at = model.counted[i], model.visit(i).at
        if link is not None and (not isinstance(at, (Offset, OffsetRange)) or at.sign > 0):
            ranks[i] = max(ranks[i], ranks[link.visit])
    return ranks


def _around(settled: Settled, link: Counted | None, visit: Visit) -> tuple[int | None, int | None, int | None]:
    """Give the target and the window; the window is empty where none is stated."""
    other = None if link is None else settled.days.get(link.visit)
    if link is None or other is None:
        return None, None, None
    target = None if link.target is None else link.target.apply(other)
    if link.exact is not None and link.exact[0].apply(other) != link.exact[1].apply(other):
        target = None  # hours from an unknown clock time: it may be on one date or the next
    if not visit.has_window:
        return (target, None, None) if target is not None else (None, _at(link.low, other), _at(link.high, other))
    return target, _at(link.low, other), _at(link.high, other)


def _at(step: Count | None, day: int) -> int | None:
    return None if step is None else step.apply(day)


def _status(settled: Settled, i: int, day: int | None, actual: date | None) -> Status:
    name = settled.model.visit(i).id
    subject = settled.subject
    if actual is not None or name in subject.partly:
        return "completed"
    if name in subject.absent:
        return subject.absent[name].status
    if name in subject.booked:
        return "booked"
    if day is not None:
        return "planned"
    if i in settled.gone:
        return "cancelled"
    return "no-date" if i in settled.model.dropped else "pending"


def _last_day(visit: Visit, day: int, dated: Dated | None) -> date:
    if dated is not None and dated.end is not None:
        return dated.end.date()
    return _day(day + visit.more_days)


def _reference(model: Model, link: Counted | None, visit: Visit) -> str:
    if link is None:
        return ""
    name = model.visit(link.visit).id
    return f"end of {name}" if link.edge == "end" else name


# --- clock times ------------------------------------------------------------------------------------------------


def _clock(clocks: Clocks, i: int, model: Model) -> tuple[datetime | None, ...]:
    window = clocks.windows.get(i, (None, None))
    return tuple(
        None if minute is None else clock_of(minute, model.zone)
        for minute in (*window, *clocks.opens.get(i, (None, None)))
    )


def _known_clock(model: Model, i: int, edge: Edge) -> datetime | None:
    moment = model.moments.get((i, edge))
    return None if moment is None else clock_of(moment, model.zone)


def _given_clock(dated: Dated | None, how: str) -> Iterator[str]:
    if dated is not None and dated.start is not None:
        yield f"starts {clock_told(dated.start)}, {how}"
    if dated is not None and dated.end is not None:
        yield f"ends {clock_told(dated.end)}, {how}"


def _clock_notes(settled: Settled, clocks: Clocks, i: int, dated: Dated | None) -> Iterator[str]:
    """Say what is known of a visit's clock times, from where, and what must be confirmed."""
    model = settled.model
    unknown = [condition for condition in clocks.unknown if condition.visit == i]
    yield from _hours_notes(settled, unknown)
    visit = model.visit(i)
    if visit.window is not None and visit.window.upper.needs_clock and not visit.counts_hours:
        yield "its window is in hours around a day: confirm the clock times"
    if model.zone is None and (unknown or i in clocks.windows):
        yield "no time zone is known: a change of the clocks (daylight saving) is not counted"
    yield from _given_clock(dated, model.known.how.get(i, "as given"))
    yield from _window_notes(settled, [condition for condition in clocks.known if condition.visit == i])


def _window_notes(settled: Settled, conditions: Sequence[Condition]) -> Iterator[str]:
    """Say where a clock window comes from, and the target's clock time where hours give one."""
    model = settled.model
    for condition in conditions:
        gap = model.gap_at(condition.label)
        visit = model.visit(condition.visit)
        quoted = (gap.rule.source if gap is not None else visit.source).get("at", "")
        told = label_told(model, condition.label)
        yield f"the clock window comes from {told}" + (f": “{quoted}”" if quoted else "")
        at = visit.at
        if gap is None and isinstance(at, Offset) and at.amount.needs_clock and visit.window is not None:
            target = model.moments[condition.other, condition.edge] + at.sign * at.amount.minutes
            yield f"target time {clock_told(clock_of(target, model.zone))}"


def _hours_notes(settled: Settled, conditions: list[Condition]) -> Iterator[str]:
    """Say which hours could not be judged, and where they are used up by the dates alone."""
    model = settled.model
    for condition in conditions:
        other = model.visit(condition.other).id
        name = f"the end of {other}" if condition.edge == "end" else other
        told = label_told(model, condition.label)
        yield f"the clock time of {name} is not known: confirm the hours ({told})"
        most = condition.most
        if most is None or most % 1440 or most <= 0 or most == condition.least:
            continue
        day, start = settled.days[condition.visit], settled.days[condition.other]
        end = start + model.visit(condition.other).more_days if condition.edge == "end" else start
        if day - end == most // 1440:
            yield (
                f"no slack: {day_told(day)} uses up the {most // 60} h after {name} ({day_told(end)}); "
                f"it must start no later in the day than that {'ended' if condition.edge == 'end' else 'started'}"
            )


# --- notes ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=16)
def _own_notes(protocol: Protocol) -> tuple[tuple[str, ...], ...]:
    """Give the notes of every visit that are the same for every subject."""
    found = []
    for visit in protocol.visits:
        notes = [f"visit number {visit.number}"] if visit.number and visit.number not in visit.name.split() else []
        notes += [f"only if: {visit.condition}"] if visit.condition else []
        notes += ["optional"] if visit.optional else []
        notes += [f"by {' or '.join(visit.by)}"] if visit.by else []
        notes += [f"arm: {', '.join(visit.arms)} only"] if visit.arms else []
        notes += [f"cohort: {', '.join(visit.cohorts)} only"] if visit.cohorts else []
        if visit.may_coincide_with:
            notes.append(f"may be on the same day as {' or '.join(map(str, visit.may_coincide_with))}")
        notes += [f"applies to: {visit.applies_to}"] if visit.applies_to else []
        if visit.notes:
            notes.append(visit.notes)
        found.append(tuple(notes))
    return tuple(found)


def _notes(
    settled: Settled,
    i: int,
    link: Counted | None,
    target: int | None,
    first: int | None,
) -> Iterator[str]:
    model = settled.model
    visit = model.visit(i)
    day = settled.days.get(i)
    if i in model.known.absent or i in model.known.partly:
        return
    if day is None:
        yield from _why_no_date(settled, i, link, visit)
        return
    yield from _last_is_planned(settled, link, visit)
    if i in settled.forced:
        yield "the given dates leave this day and no other"
    if i in settled.pins:
        days_off = off_target(settled, i)
        if days_off:
            how = {"as booked": "booked", "as recorded": "done"}.get(model.known.how.get(i, ""), "given")
            yield f"{how} {_days_off(days_off)} its target; no window is stated, so nothing is judged against it"
        return
    if target is None:
        if link is not None and link.exact is not None:
            other = settled.days[link.visit]
            one, two = (day_told(step.apply(other)) for step in link.exact)
            yield f"counted in hours, it is on {one} or {two}: {day_told(day)} fits most clock times"
        elif link is not None and not visit.unchosen:
            which = "latest" if is_late(model, i) else "first"
            fits = " that fits most clock times" if link.usual is not None else ""
            yield f"no single day is asked for: the {which} possible day of the window{fits} is planned"
    elif day != target:
        reason = settled.why_closed(i, target)
        why = "so that all rules and windows hold"
        if reason is not None:
            why = f"as {day_told(target)} is closed" + (f" ({reason})" if reason else "")
        yield f"planned {_days_off(day - target)} its target, {why}"
    if i in settled.tied:
        on_tie = model.protocol.on_tie
        yield f"{day_told(settled.tied[i])} would be as near to the targets: of a tie, the {on_tie} day is planned"


def _last_is_planned(settled: Settled, link: Counted | None, visit: Visit) -> Iterator[str]:
    """Say which visit the last one is taken to be, where that one is only planned."""
    at = visit.at
    if link is None or not isinstance(at, (Offset, OffsetRange)) or at.reference.pick != "last":
        return
    last = settled.model.visit(link.visit)
    if link.visit in settled.days and link.visit not in settled.pins:
        day = day_told(settled.days[link.visit])
        yield (
            f"{at.reference} is taken to be {last.id} on {day}, which is only planned: if it is given, state it "
            f"({date_of(settled.subject, last.id)}); if it is not, this date is another"
        )


def _why_no_date(settled: Settled, i: int, link: Counted | None, visit: Visit) -> Iterator[str]:
    model = settled.model
    if i in settled.gone:
        ends = [(day, name) for name in visit.until if (day := settled.days.get(model.numbers[name])) is not None]
        stop = settled.subject.discontinued
        if stop is not None and falls_away(visit, stop) and (not ends or stop.day.toordinal() <= min(ends)[0]):
            told = f" ({stop.reason})" if stop.reason else ""
            yield f"falls away: discontinued on {day_told(stop.day.toordinal())}{told}"
        else:
            yield f"falls away: {min(ends)[1]} is on {day_told(min(ends)[0])}" if ends else "falls away"
    elif i in model.dropped:
        yield "no date: not everything can hold; see the problems"
    elif isinstance(visit.at, Pending):
        yield f"waits for: {visit.at.waits_for}"
    elif isinstance(visit.at, Whichever) and link is None:
        options = zip(visit.at.options, model.options[i], strict=True)
        waits = [option_told(option) for option, end in options if _waits(settled, end)]
        yield f"waits for {' and for '.join(waits)}: {timing_told(visit.at)} is known when all of them are"
    elif link is None and isinstance(visit.at, (Offset, OffsetRange)) and _has_no_end(settled, visit.at.reference):
        (name,) = visit.at.reference.members
        yield f"no date: {name} was {settled.subject.absent[name].status}, and so has no end to count from"
    elif link is None and isinstance(visit.at, (Offset, OffsetRange)):
        yield from _waits_for_last(settled, visit.at.reference)
    else:
        name = model.protocol.anchor if link is None else model.visit(link.visit).id
        yield (
            f"no date is known that it follows from ({date_of(settled.subject, name)})"
            if name == visit.id
            else (f"waits for a date of {name}")
        )


def _has_no_end(settled: Settled, reference: Reference) -> bool:
    """Tell whether a reference is the end of a visit that did not take place."""
    is_end = reference.pick == "only" and reference.edge == "end"
    return is_end and any(name in settled.subject.absent for name in reference.members)


def _waits(settled: Settled, end: End | None) -> bool:
    return end is None or end.visit not in settled.days


def _waits_for_last(settled: Settled, reference: Reference) -> Iterator[str]:
    """Say why a reference has no date: it has none yet, or nobody knows which visit will be the last."""
    protocol = settled.model.protocol
    groups = {protocol.by_id[name].repeats for name in reference.members} - {""}
    still_open = [protocol.repeated[name] for name in sorted(groups) if protocol.repeated[name].is_open]
    still_open = [each for each in still_open if each.id not in settled.ended]
    if reference.pick != "last" or not still_open:
        yield f"waits for a date of {reference}"
        return
    for each in still_open:
        ends = "".join(f"{date_of(settled.subject, name)}, or " for name in each.until)
        number = number_of(settled.subject, each.id)
        yield f"waits for {reference}: how many {each.what} there will be is not known ({ends}{number})"


def _days_off(days: int) -> str:
    return f"{abs(days)} d {'after' if days > 0 else 'before'}"

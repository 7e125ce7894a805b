"""Judging what is given: dates that break a rule or lie outside a stated window or on a closed day.

Given dates are never moved (design, 4.7); here it is told what they break. A room of its own because it judges dates
that already stand, while the network chooses those that do not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from trialcal.clocks import Clocks, clocks_of
from trialcal.days import clock_of
from trialcal.holding import ON_HOLD
from trialcal.hours import Condition, conditions_of
from trialcal.model import Counted, Model
from trialcal.modelling import build
from trialcal.opening import hours_told
from trialcal.problems import Problem
from trialcal.schedule import Broken
from trialcal.settle import Settled
from trialcal.standing import HORIZON, unjudged_labels
from trialcal.telling import clock_told, day_told, label_told, window_told
from trialcal.timing import Offset, OffsetRange


class Allowed(NamedTuple):
    """The days, or with clock times the minutes, that a condition allows; both ends inclusive."""

    first: int
    last: int
    in_minutes: bool = False


def judged_labels(settled: Settled) -> frozenset[int]:
    """Give the labels of the conditions that bind two given dates."""
    model, pins = settled.model, settled.given
    if len(pins) < 2:
        return frozenset()
    absent = model.known.absent
    labels = {model.label_of(n) for n, gap in enumerate(model.gaps) if gap.visit in pins and gap.other in pins}
    counted = ((i, link) for i, link in enumerate(model.counted) if i in pins and i not in absent)
    labels.update(
        i for i, link in counted if link is not None and link.visit in pins and not _is_last_by_conflict(settled, i)
    )
    return frozenset(labels)


def _is_last_by_conflict(settled: Settled, i: int) -> bool:
    """Tell whether a visit is counted from the last of some only because a conflict took the real last one's date."""
    at, left_out = settled.model.visit(i).at, {dropped.model.visit(dropped.visit).id for dropped in settled.dropped}
    if not isinstance(at, (Offset, OffsetRange)) or at.reference.pick != "last":
        return False
    return bool(left_out.intersection(at.reference.members))


def broken_conditions(settled: Settled) -> Mapping[int, Broken]:
    """Give what the given dates break among themselves, by label: rules as in the file, then windows."""
    labels = judged_labels(settled)
    settled = _without_opening(settled) if labels else settled
    hours = {condition.label: condition for condition in conditions_of(settled.model)} if labels else {}
    broken: dict[int, Broken] = {}
    for label in sorted(labels, key=lambda label: (settled.model.gap_at(label) is None, label)):
        allowed, visit = _allowed(settled, label, hours)
        found = _found(settled, visit, allowed)
        if not allowed.first <= found <= allowed.last:
            broken[label] = _broken(settled, label, visit, allowed, found)
    return broken


def _without_opening(settled: Settled) -> Settled:
    """Give the same days in the protocol's own network: what it allows does not depend on when the site is open."""
    model = settled.model
    if model.opening is None:
        return settled
    return settled._replace(model=build(model.protocol, model.zone, model.known, None))


def closed_days(settled: Settled) -> Iterator[Problem]:
    """Tell the given dates on which the site is closed, and the given clock times at which it is."""
    model, opening = settled.model, settled.opening
    for i in sorted(settled.given.keys() - model.known.absent):
        day, name = settled.pins[i], model.visit(i).id
        how = model.known.how.get(i, "as given")
        hint = f"a {how.removeprefix('as ')} date is never moved"
        reason = settled.why_closed(i, day)
        if i in model.known.how and reason is not None:
            # what has begun before a hold is not held: of a booked or recorded visit, a hold speaks of its start
            closed = settled.opening.closed_dates(model.visit(i), day)
            if all(date > day and why.startswith(ON_HOLD) for date, why in closed):
                reason = None
        start = model.moments.get((i, "start"))
        if reason is not None:
            told = f" ({reason})" if reason else ""
            message = f"{name} is on {day_told(day)}, {how}, which is closed{told}"
            if reason.startswith(ON_HOLD):
                message = f"{name} is on {day_told(day)}, {how}, although it is {reason}"
            yield Problem("error", "closed", message, hint, visits=(name,))
        elif start is not None and opening.has_hours:
            minutes = opening.minutes(model.visit(i), day, day, model.zone)
            if not any(first <= start <= last for first, last in minutes):
                found = opening.day(opening.kind_of(model.visit(i)), day)
                told = f", {found.reason}" if found.reason else ""
                open_then = f"the site is open {hours_told(found.hours)} then{told}"
                message = f"{name} starts {clock_told(clock_of(start, model.zone))}, {how}: {open_then}"
                yield Problem("error", "closed", message, hint, visits=(name,))


def hours_that_contradict(settled: Settled, clocks: Clocks) -> Iterator[Problem]:
    """Tell the conditions in hours that cannot all hold on the days of a plan."""
    if clocks.contradiction is None:
        return
    model = settled.model
    known = len(model.gaps) + len(model.counted)
    labels = [label for label in clocks.contradiction.labels if label < known]
    told = [label_told(model, label) for label in labels]
    visits = {model.visit(i).id for label in labels for i in model.bound_by(label)}
    hint = "another day, or other clock times, are needed"
    if settled.opening.has_hours:
        hint += ", or other opening hours"
        bound = sorted({i for k in clocks.contradiction.own for i in clocks.visits[k : k + 1]})
        told += [_open_told(settled, i) for i in bound if (i, "start") not in model.moments]
    message = f"on these days the hours cannot all hold: {'; '.join(told)}"
    yield Problem("error", "hours-conflict", message, hint, visits=tuple(sorted(visits)))


def _open_told(settled: Settled, i: int) -> str:
    """Tell when a visit can start on its day."""
    visit, day = settled.model.visit(i), settled.days[i]
    hours = settled.opening.day(settled.opening.kind_of(visit), day).hours
    return f"{visit.id} on {day_told(day)} can start {hours_told(hours) if hours else 'at any time'}"


def faults(settled: Settled) -> Iterator[Problem]:
    """Tell all that stands against given dates, and the hours that leave no minute; not what has no date."""
    broken = broken_conditions(settled)
    yield from map(problem_of, broken.values())
    yield from closed_days(settled)
    if settled.model.has_hours:
        clocks = clocks_of(settled, frozenset(broken) | unjudged_labels(settled.model, settled.given))
        yield from hours_that_contradict(settled, clocks)


def unknown_holidays(settled: Settled) -> Iterator[Problem]:
    """Warn of public holidays that nobody knows yet, or only by estimate, among the days of a plan."""
    public = settled.opening.site.public
    days = sorted({*settled.days.values(), *settled.earliest.values(), *settled.latest.values()})
    if public is None or not days:
        return
    years = list(settled.opening.holiday_years(days))
    if years:
        told = str(years[0]) if len(years) == 1 else f"{years[0]} to {years[-1]}"
        message = f"the public holidays of {public.told} are known up to {public.last_year}; the plan reaches {told}"
        hint = "further days may be closed: check again when they are announced"
        yield Problem("warning", "holidays-unknown", message, hint)
    estimated = [day for day in range(days[0], days[-1] + 1) if public.is_estimated(date.fromordinal(day))]
    if estimated:
        told = ", ".join(map(day_told, estimated[:3])) + (", ..." if len(estimated) > 3 else "")
        message = f"public holidays of {public.told} are estimated, as by the moon: {told}"
        yield Problem("warning", "holidays-estimated", message, "they may be a day earlier or later")


def is_judged(model: Model, i: int) -> bool:
    """Tell whether a window is stated for a visit; where none is, nothing is judged against its target."""
    return model.visit(i).has_window


def _allowed(settled: Settled, label: int, hours: Mapping[int, Condition]) -> tuple[Allowed, int]:
    """Give what a condition allows its visit, from the other's given date; in minutes where both clocks are known."""
    model = settled.model
    gap = model.gap_at(label)
    if gap is not None:
        visit, other, low, high = gap.visit, gap.other, gap.low, gap.high
    else:
        visit = label
        link = model.counted[visit]
        assert isinstance(link, Counted)
        if not is_judged(model, visit):
            return Allowed(*HORIZON), visit
        other, low, high = link.visit, link.low, link.high
    condition = hours.get(label)
    if condition is not None and (visit, "start") in model.moments:
        known = model.moments.get((other, condition.edge))
        if known is not None:
            least = HORIZON[0] if condition.least is None else known + condition.least
            most = HORIZON[1] * 1440 if condition.most is None else known + condition.most
            return Allowed(least, most, True), visit
    day = settled.pins[other]
    first = HORIZON[0] if low is None else low.apply(day)
    return Allowed(first, HORIZON[1] if high is None else high.apply(day)), visit


def _found(settled: Settled, visit: int, allowed: Allowed) -> int:
    return settled.model.moments[visit, "start"] if allowed.in_minutes else settled.pins[visit]


def problem_of(broken: Broken) -> Problem:
    """Give what is broken as the problem of a plan."""
    code = "rule-broken" if broken.kind == "rule" else "out-of-window"
    visits = (broken.visit, broken.other) if broken.kind == "rule" else (broken.visit,)
    suffix = "-assumed" if broken.assumed else ""
    return Problem("error", code + suffix, broken.message, f"a {broken.how} date is never moved", visits=visits)


def _broken(settled: Settled, label: int, visit: int, allowed: Allowed, found: int) -> Broken:
    model = settled.model
    name = model.visit(visit).id

    def told(at: int) -> str:
        return clock_told(clock_of(at, model.zone)) if allowed.in_minutes else day_told(at)

    side = "early" if found < allowed.first else "late"
    by = allowed.first - found if found < allowed.first else found - allowed.last
    amount = f"{by // 60} h {by % 60} min" if allowed.in_minutes else f"{by} d"

    def moment(at: int) -> date | None:
        if allowed.in_minutes:
            return clock_of(at, model.zone) if abs(at) < HORIZON[1] * 1440 and at > HORIZON[0] else None
        return date.fromordinal(at) if HORIZON[0] < at < HORIZON[1] else None

    gap = model.gap_at(label)
    link = model.counted[visit]
    if gap is not None:
        other, assumed = gap.other, bool(gap.rule.assumed)
        bound = label_told(model, label)
    else:
        assert link is not None
        other, assumed = link.visit, bool({"at", "window"} & set(model.visit(visit).assumed))
        later = model.known.later.get(visit)
        delayed = f", {later} d later for this subject" if later else ""
        bound = f"its window ({window_told(model.visit(visit))}{delayed}{', assumed' if assumed else ''})"
    message = f"{name} on {told(found)} is {amount} too {side}: {bound} allows {_span(allowed, told)}"
    edge = allowed.first if side == "early" else allowed.last
    days_off = found - edge
    if allowed.in_minutes:
        days_off = (clock_of(found, model.zone).date() - clock_of(edge, model.zone).date()).days
    return Broken(
        "window" if gap is None else "rule",
        name,
        model.visit(other).id,
        clock_of(found, model.zone) if allowed.in_minutes else date.fromordinal(found),
        moment(allowed.first),
        moment(allowed.last),
        days_off,
        assumed,
        bound,
        message,
        model.known.how.get(visit, "as given").removeprefix("as "),
    )


def _span(allowed: Allowed, told: Callable[[int], str]) -> str:
    largest = HORIZON[1] * 1440 if allowed.in_minutes else HORIZON[1]
    if allowed.first <= HORIZON[0]:
        return f"{told(allowed.last)} at the latest"
    if allowed.last >= largest:
        return f"{told(allowed.first)} at the earliest"
    return told(allowed.first) if allowed.first == allowed.last else f"{told(allowed.first)} to {told(allowed.last)}"


def off_target(settled: Settled, i: int) -> int:
    """Give how many days a given visit without a stated window is off its target; negative is early."""
    model = settled.model
    link = model.counted[i]
    if i not in settled.pins or link is None or link.target is None or is_judged(model, i):
        return 0
    other = settled.days.get(link.visit)
    if other is None:
        return 0
    first, last = (step.apply(other) for step in link.exact or (link.target, link.target))
    day = settled.pins[i]
    return min(day - first, 0) or max(day - last, 0)

"""Conditions in hours and minutes, and their network: what rules and timings say of clock times.

A room of its own because both the days (which must leave room for the hours) and the clock times are found with it.
"""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping, Sequence
from typing import NamedTuple

from trialcal.days import Duration, day_of, first_minute, last_minute
from trialcal.model import Model
from trialcal.network import Arc, Domain, bounds
from trialcal.protocol import Rule
from trialcal.timing import Edge, Offset, OffsetRange

LONGEST_SPAN = 800  # days of a visit, above which its nights and closures are left out of the minutes


class Condition(NamedTuple):
    """`visit` starts between `least` and `most` minutes from a start or end of `other`; None is no bound."""

    visit: int
    other: int
    edge: Edge
    least: int | None
    most: int | None
    label: int


def conditions_of(model: Model) -> Iterator[Condition]:
    """Give every condition in hours or minutes: of rules, then of timings."""
    for number, gap in enumerate(model.gaps):
        least, most = _minutes(gap.rule)
        if least is not None or most is not None:
            yield Condition(gap.visit, gap.other, gap.rule.other.edge, least, most, model.label_of(number))
    for i, link in enumerate(model.counted):
        visit = model.visit(i)
        at, window = visit.at, visit.window
        if link is None or i in model.dropped or not isinstance(at, (Offset, OffsetRange)):
            continue
        if i in model.known.later or not _is_of(model, at, link.visit):
            continue  # a delay is in days, and what is counted through another visit has no hours of its own
        if isinstance(at, OffsetRange):
            least, most = _minutes(at)
        elif at.amount.needs_clock and (window is None or window.lower.needs_clock):
            exact = at.sign * at.amount.minutes
            least = exact - (window.lower.minutes if window else 0)
            most = exact + (window.upper.minutes if window else 0)
        else:
            continue
        if least is not None or most is not None:
            yield Condition(i, link.visit, link.edge, least, most, i)


def _is_of(model: Model, at: Offset | OffsetRange, visit: int) -> bool:
    """Tell whether a timing is really counted from a visit that took place or may, and not through another."""
    if visit in model.known.absent:
        return False
    return at.reference.pick != "only" or model.visit(visit).id in at.reference.members


def _minutes(gap: Rule | OffsetRange) -> tuple[int | None, int | None]:
    """Give the bounds that are in hours as minutes from the reference, negative before it."""
    least, most = _elapsed(gap.least), _elapsed(gap.most)
    if gap.sign > 0:
        return least, most
    return (None if most is None else -most), (None if least is None else -least)


def _elapsed(duration: Duration | None) -> int | None:
    return duration.minutes if duration is not None and duration.needs_clock else None


def minute_network(
    model: Model, spans: Mapping[int, tuple[int, int]], conditions: Sequence[Condition]
) -> tuple[Mapping[tuple[int, Edge], int], list[Domain], list[Arc]]:
    """Build the network in minutes: a variable for each start and end that a condition speaks of.

    `spans` gives the first and the last day, both inclusive, on which each visit can start.
    """
    numbers: dict[tuple[int, Edge], int] = {}
    domains: list[Domain] = []
    arcs: list[Arc] = []
    own = len(model.gaps) + len(model.counted)  # a visit's own start and end: after all rules and windows

    def number(i: int, edge: Edge) -> int:
        if (i, edge) not in numbers:
            numbers[i, edge] = len(domains)
            domains.append(_minutes_of(model, spans[i], i, edge))
            if edge == "end":
                start, end = number(i, "start"), numbers[i, "end"]
                lasts = model.visit(i).lasts
                counted = lasts.minutes if lasts and lasts.needs_clock and (i, "end") not in model.moments else 0
                arcs.append(Arc(end, start, counted, label=own + i))
                if counted:
                    arcs.append(Arc(start, end, -counted, label=own + i))
        return numbers[i, edge]

    for condition in conditions:
        visit, other = number(condition.visit, "start"), number(condition.other, condition.edge)
        if condition.least is not None:
            arcs.append(Arc(visit, other, condition.least, label=condition.label))
        if condition.most is not None:
            arcs.append(Arc(other, visit, -condition.most, label=condition.label))
    return numbers, domains, arcs


def _minutes_of(model: Model, span: tuple[int, int], i: int, edge: Edge) -> Domain:
    known = model.moments.get((i, edge))
    if known is not None:
        return ((known, known),)
    first, last = span
    has_ended = (i, "end") in model.moments  # it took place, whenever the site was open
    if edge == "start" and model.opening is not None and not has_ended and last - first <= LONGEST_SPAN:
        minutes = model.opening.minutes(model.visit(i), first, last, model.zone)
        return minutes or ((first_minute(first, model.zone), last_minute(last, model.zone)),)
    lasts = model.visit(i).lasts
    if edge == "end" and lasts is not None:
        if lasts.needs_clock:
            last += lasts.minutes // 1440 + 1
        else:
            first, last = first + model.visit(i).more_days, last + model.visit(i).more_days
    return ((first_minute(first, model.zone), last_minute(last, model.zone)),)


def days_left(
    model: Model, spans: Mapping[int, tuple[int, int]], pins: Container[int], without: Container[int]
) -> Mapping[int, tuple[int, int]]:
    """Narrow the first and last day of every visit by the hours that tie it to known clock times.

    A date between two dates may leave no minute for a row of hours, as 12 h after a visit that starts after noon.
    Gives the spans that changed, of visits that nobody dated (`pins` are dated). Conditions `without` which to go, by
    label, bind nothing. What given dates break among themselves narrows no other visit; where the hours cannot hold
    all the same, nothing is narrowed, and that is told once the days are chosen.
    """
    conditions = [c for c in conditions_of(model) if c.visit in spans and c.other in spans and c.label not in without]
    numbers, domains, arcs = minute_network(model, spans, conditions)
    found = bounds(domains, arcs)
    if found is None:
        open_ones = [c for c in conditions if c.visit not in pins or c.other not in pins]
        numbers, domains, arcs = minute_network(model, spans, open_ones)
        found = bounds(domains, arcs)
    if found is None:
        return {}
    narrowed = {}
    for (i, edge), k in numbers.items():
        if edge == "start" and i not in pins:
            span = day_of(found.earliest[k], model.zone), day_of(found.latest[k], model.zone)
            if span != spans[i]:
                narrowed[i] = span
    return narrowed

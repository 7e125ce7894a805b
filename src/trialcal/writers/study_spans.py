"""Where the visits of a protocol lie in study days, without any date: for its outline.

A room of its own because it counts, and the outline only tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trialcal.days import Count, Months
from trialcal.model import Counted
from trialcal.modelling import model_of
from trialcal.protocol import Protocol, Visit
from trialcal.writers.phrasing import names_told

FAR = 10**6  # days: further away than any visit
_SOME_DAY = 730_500  # the anchor's day for counting in months, where a date is needed and any will do


class Span(NamedTuple):
    """The days of a visit from the anchor's, if all that it is counted from is on its own day.

    `target` is None for a range. Months make the days depend on the date: then they are not `exact`.
    """

    first: int
    last: int
    target: int | None
    is_exact: bool = True


def spans_of(protocol: Protocol) -> Mapping[str, Span]:
    """Find where the visits lie that the anchor's day settles, directly or through others; others are left out."""
    model = model_of(protocol, None)
    anchor = model.numbers[protocol.anchor]
    found = {anchor: Span(0, 0, 0)}
    i, link = anchor, model.counted[anchor]
    while link is not None and link.visit not in found:  # what the anchor itself is counted from
        found[link.visit] = _before(found[i], link)
        i, link = link.visit, model.counted[link.visit]
    for i in model.order:
        link = model.counted[i]
        if i not in found and link is not None and link.visit in found:
            found[i] = behind(found[link.visit], link)
    return {model.visit(i).id: span for i, span in found.items()}


def behind(other: Span, link: Counted) -> Span:
    """Step from a visit to one that is counted from it."""
    is_exact = other.is_exact and _is_exact(link.low) and _is_exact(link.high)
    if other.target is None:
        return Span(_first(link, other.first), _last(link, other.last), None, is_exact)
    target = None if link.target is None else _step(link.target, other.target)
    return Span(_first(link, other.target), _last(link, other.target), target, is_exact)


def _first(link: Counted, distance: int) -> int:
    return -FAR if link.low is None or distance <= -FAR else _step(link.low, distance)


def _last(link: Counted, distance: int) -> int:
    return FAR if link.high is None or distance >= FAR else _step(link.high, distance)


def _before(visit: Span, link: Counted) -> Span:
    """Step from a visit back to the one that it is counted from."""
    is_exact = visit.is_exact and _is_exact(link.low) and _is_exact(link.high)
    if visit.target is not None and link.target is not None:
        at = link.target.last_within(_SOME_DAY + visit.target) - _SOME_DAY
        return Span(at, at, at, is_exact)
    first = -FAR if link.high is None else link.high.first_reaching(_SOME_DAY + visit.first) - _SOME_DAY
    last = FAR if link.low is None else link.low.last_within(_SOME_DAY + visit.last) - _SOME_DAY
    return Span(first, last, None, is_exact)


def _step(step: Count, distance: int) -> int:
    return step.apply(_SOME_DAY + distance) - _SOME_DAY


def _is_exact(step: Count | None) -> bool:
    return step is None or not any(isinstance(part, Months) for part in step.parts)


class Group(NamedTuple):
    """A visit, or the visits of a series; `label` is its id, or the first and the last id."""

    label: str
    visits: tuple[Visit, ...]


def order_of(protocol: Protocol, spans: Mapping[str, Span]) -> Mapping[str, tuple[int, int]]:
    """Give what each visit is put in order by: its day, then its place in the file.

    One that has no day follows the one before it in the file.
    """
    order: dict[str, tuple[int, int]] = {}
    day = -FAR
    written = sorted(protocol.visits, key=lambda visit: (visit.place.file, visit.place.line))
    for place, visit in enumerate(written):
        day = _day(spans[visit.id]) if visit.id in spans else day
        order[visit.id] = day, place
    return order


def groups_of(protocol: Protocol, order: Mapping[str, tuple[int, int]]) -> Sequence[Group]:
    """Gather series, in the order of their first days."""
    series: dict[str, list[Visit]] = {}
    for visit in protocol.visits:
        series.setdefault(f"series {visit.series}" if visit.series else visit.id, []).append(visit)
    groups = [Group(names_told([visit.id for visit in visits]), tuple(visits)) for visits in series.values()]
    return sorted(groups, key=lambda group: min(order[visit.id] for visit in group.visits))


def _day(span: Span) -> int:
    return span.first if span.target is None else span.target

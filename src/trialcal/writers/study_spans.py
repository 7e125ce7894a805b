"""Where the visits of a protocol lie in study days, without any date: for its outline.

A room of its own because it counts, and the outline only tells.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trialcal.days import Count, Months
from trialcal.model import Counted
from trialcal.modelling import model_of
from trialcal.protocol import Cycles, Protocol, Visit
from trialcal.timing import Every, InCycles
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


class Entry(NamedTuple):
    """An entry of the file: its visits as written, and as they are planned; `is_open` where nobody knows how many.

    `written` has one visit for each day of a cycle, and one for a repeat; where its cycles are not planned, there are
    no `visits`.
    """

    id: str
    written: tuple[Visit, ...]
    visits: tuple[Visit, ...]
    is_open: bool

    @property
    def recurs(self) -> bool:
        """Whether it is in cycles or a repeat."""
        return isinstance(self.written[0].at, (InCycles, Every))

    @property
    def names(self) -> list[str]:
        """Give the ids of its visits; of cycles and repeats the label, else its own id where there are none."""
        return [self.label] if self.recurs or not self.visits else [visit.id for visit in self.visits]

    @property
    def label(self) -> str:
        """Give the ids of its visits, drawn together: `dose-1 ... dose-8`, `c1d8, c1d15`; else its own id."""
        names = [visit.id for visit in self.visits]
        told = names_told(names)
        return f"{names[0]} ... {names[-1]}" if self.recurs and told.count(",") > 1 else told or self.id


def entries_of(protocol: Protocol, spans: Mapping[str, Span]) -> Sequence[Entry]:
    """Give the entries that the subject has, by their first days.

    One that has no day keeps its place in the file: it follows all that stand before it there.
    """
    whole = protocol.written or protocol
    written: dict[str, list[Visit]] = {}
    for visit in sorted(whole.visits, key=lambda visit: (visit.place.file, visit.place.line)):
        written.setdefault(visit.entry or visit.id, []).append(visit)
    visits: dict[str, list[Visit]] = {}
    for visit in protocol.visits:
        visits.setdefault(visit.entry or visit.id, []).append(visit)
    entries: list[tuple[int, Entry]] = []
    latest = -FAR
    for name, members in written.items():
        planned = visits.get(name, [])
        if not planned and not _has(members[0], protocol):
            continue
        days = [_day(spans[visit.id]) for visit in planned if visit.id in spans]
        latest = max(latest, *days[:1]) if days else latest
        entry = Entry(name, tuple(members), tuple(planned), _is_open(members, planned, protocol))
        entries.append((min(days) if days else latest, entry))
    return [entry for _, entry in sorted(entries, key=lambda each: each[0])]


def cycles_of(visit: Visit, protocol: Protocol) -> Cycles | None:
    """Give the cycles of a visit as written; None where it is in none."""
    if not isinstance(visit.at, InCycles):
        return None
    named = [cycles for cycles in protocol.cycles if visit.at.group in ("", cycles.id)]
    return named[0] if named else None


def _has(visit: Visit, protocol: Protocol) -> bool:
    """Tell whether subjects of the chosen arm and cohort have a visit, however many cycles are planned."""
    cycles, choices = cycles_of(visit, protocol), protocol.choices
    arms = visit.arms or (cycles.arms if cycles else ())
    cohorts = visit.cohorts or (cycles.cohorts if cycles else ())
    return (not choices.arm or not arms or choices.arm in arms) and (
        not choices.cohort or not cohorts or choices.cohort in cohorts
    )


def _is_open(written: Sequence[Visit], planned: Sequence[Visit], protocol: Protocol) -> bool:
    """Tell whether there may be more of an entry's visits than are planned, or fewer."""
    cycles = cycles_of(written[0], protocol)
    repeated = protocol.repeated.get(cycles.id if cycles else written[0].entry)
    if repeated is None or not repeated.is_open:
        return False
    at = [visit.at for visit in written]
    ends = [each.last for timing in at if isinstance(timing, InCycles) for each in timing.selections]
    return None in ends or not ends or any(end > repeated.count for end in ends if end)


def _day(span: Span) -> int:
    return span.first if span.target is None else span.target

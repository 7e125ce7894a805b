"""Making the network of a protocol: where its words become inequalities.

Every condition is built here, whether a window or a rule, so that "hours after the end of" means the same in both.
The network is made once for each protocol; the planner then only puts a subject's dates in, and makes it anew where
clock times are known or a visit has no date.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import tzinfo
from functools import lru_cache, partial

from trialcal.days import (
    MINUTES_A_DAY,
    NO_TIME,
    Count,
    Duration,
    Elapsed,
    Moment,
    Opens,
    Part,
    count_of,
    day_of,
    landing,
)
from trialcal.model import Counted, End, Ends, Gap, Known, Model
from trialcal.network import Arc, Term
from trialcal.opening import Opening
from trialcal.protocol import Protocol, Rule, Visit
from trialcal.timing import DayRange, Edge, Offset, OffsetRange, OnDay, Reference, Timing, Whichever, Written


@lru_cache(maxsize=16)
def model_of(protocol: Protocol, zone: tzinfo | None, opening: Opening | None = None) -> Model:
    """Build the network of a protocol for which no clock time is known yet; kept, as it is the same for everyone."""
    return build(protocol, zone, Known(), opening)


def build(protocol: Protocol, zone: tzinfo | None, known: Known, opening: Opening | None = None) -> Model:
    """Build the network of a protocol with what is known of a subject.

    The `dropped` visits have no date: nothing is *last* or *previous* to them and no rule binds them, but what is
    counted from one by its id still follows its target (design, 4.6), unless it fell away. The last visit of cycles
    or of a repeat is no reference while nobody knows how many there will be. `opening` are the site's days and hours:
    what is counted in hours then begins and ends while the site is open.
    """
    builder = _Builder(protocol, zone, known, opening)
    dropped = known.dropped
    counted = builder.all_counted()
    order = builder.order
    gaps = tuple(builder.gaps())
    arcs: list[Arc] = []
    usual_arcs: list[Arc] = []
    for label, gap in enumerate(gaps):
        arcs += _between(gap.visit, gap.other, gap.low, gap.high, len(counted) + label)
    target_arcs: list[Arc] = []
    terms: list[Term] = []
    for i, link in enumerate(counted):
        if link is None or i in dropped:
            continue
        arcs += _between(i, link.visit, link.low, link.high, i)
        if link.usual is not None:
            usual_arcs += _between(i, link.visit, *link.usual, i)
        if link.target is not None:
            target_arcs += _between(i, link.visit, link.target, link.target, i)
            terms.append(_term(i, protocol.visits[i].weight, link))
    return Model(
        protocol,
        builder.index,
        counted,
        order,
        _ranks(len(counted), gaps),
        gaps,
        tuple(arcs),
        tuple(target_arcs),
        tuple(usual_arcs),
        tuple(terms),
        tuple(
            Ends(
                builder.end(period.start),
                builder.end(period.until),
                builder.options(period.start),
                builder.options(period.until),
            )
            for period in protocol.periods
        ),
        tuple(builder.end(Offset(NO_TIME, 1, lookback.before)) for lookback in protocol.lookbacks),
        {i: builder.options(visit.at) for i, visit in enumerate(protocol.visits) if isinstance(visit.at, Whichever)},
        known,
        builder.moments,
        zone,
        any(_in_hours(gap) for gap in gaps) or any(visit.at_hours for visit in protocol.visits),
        opening,
    )


def _ranks(visits: int, gaps: Sequence[Gap]) -> tuple[int, ...]:
    """Count for each visit the longest row of rules that put others before it; rules in a circle end the count."""
    ranks = [0] * visits
    followers = [(gap.other, gap.visit) for gap in gaps if gap.rule.sign > 0 and gap.low is not None]
    followers += [(gap.visit, gap.other) for gap in gaps if gap.rule.sign < 0 and gap.high is not None]
    for _ in range(min(visits, 50)):
        changed = False
        for before, after in followers:
            if ranks[after] <= ranks[before]:
                ranks[after], changed = ranks[before] + 1, True
        if not changed:
            break
    return tuple(ranks)


def _in_hours(gap: Gap) -> bool:
    return any(bound is not None and bound.needs_clock for bound in (gap.rule.least, gap.rule.most))


def _between(i: int, other: int, low: Count | None, high: Count | None, label: int) -> Iterator[Arc]:
    """Give the arcs for low(x[other]) <= x[i] <= high(x[other])."""
    if low is not None:
        if low.shift is not None:
            yield Arc(i, other, low.shift, label=label)
        else:
            yield Arc(i, other, 0, low.apply, low.last_within, label)
    if high is not None:
        if high.shift is not None:
            yield Arc(other, i, -high.shift, label=label)
        else:
            yield Arc(other, i, 0, high.first_reaching, high.apply, label)


def _delayed(link: Counted, by: Count) -> Counted:
    """Put everything that is counted for a visit off by some days."""
    target, low, high = (None if step is None else step.then(by) for step in (link.target, link.low, link.high))
    exact, usual = (None if two is None else (two[0].then(by), two[1].then(by)) for two in (link.exact, link.usual))
    return Counted(link.visit, link.edge, target, low, high, exact, usual)


def _term(i: int, weight: int, link: Counted) -> Term:
    assert link.target is not None
    if link.target.shift is not None:
        return Term(i, weight, 0, link.visit, None, link.target.shift)
    return Term(i, weight, 0, link.visit, link.target.apply)


class _Builder:
    """What is needed while one network is built."""

    def __init__(self, protocol: Protocol, zone: tzinfo | None, known: Known, opening: Opening | None) -> None:
        self.protocol = protocol
        self.zone = zone
        self.opening = opening
        self.days = dict(known.days)
        self.moments = dict(known.moments)
        self.dropped = known.dropped
        self.gone = known.gone
        self.absent = known.absent
        self.stood = known.stood
        self.later = known.later
        self.index = {visit.id: i for i, visit in enumerate(protocol.visits)}
        self.open = {each.id for each in protocol.repeated.values() if each.is_open} - known.ended
        self.at: list[Written] = [visit.at for visit in protocol.visits]
        for i, option in known.chosen:
            at = self.at[i]
            assert isinstance(at, Whichever)
            self.at[i] = at.options[option]
        self.anchor = self.index[protocol.anchor]
        self.order = self._order()
        self.done: dict[int, Counted | None] = {}

    # --- who is counted from whom -------------------------------------------------------------------------------

    def referred(self, reference: Reference) -> int | None:
        """Give the visit that a reference names among those that have or may have a date."""
        members = [self.index[name] for name in reference.members]
        if reference.pick == "only":
            return members[0] if members else None
        present = [i for i in members if i not in self.dropped]
        if not present:
            return None
        if reference.pick == "last" and self.open:
            visits = self.protocol.visits
            if any(visits[i].repeats in self.open for i in present):
                return None
        return present[0] if reference.pick == "first" else present[-1]

    def _parent(self, i: int) -> int | None:
        at = self.at[i]
        if isinstance(at, (Offset, OffsetRange)):
            return self.referred(at.reference)
        return self.anchor if isinstance(at, (OnDay, DayRange)) and i != self.anchor else None

    def _order(self) -> tuple[int, ...]:
        """Put every visit behind the one that it is counted from."""
        found: dict[int, None] = {}
        for i in range(len(self.protocol.visits)):
            chain: list[int] = []
            at: int | None = i
            while at is not None and at not in found:
                chain.append(at)
                at = self._parent(at)
            found.update(dict.fromkeys(reversed(chain)))
        return tuple(found)

    def all_counted(self) -> tuple[Counted | None, ...]:
        """Say of every visit how it is counted, in order, so that clock times known of one serve the next."""
        for i in self.order:
            self.done[i] = self._counted(i)
        return tuple(self.done[i] for i in range(len(self.protocol.visits)))

    def _counted(self, i: int) -> Counted | None:
        visit, parent = self.protocol.visits[i], self._parent(i)
        if parent is None or parent in self.gone:
            return None
        at = self.at[i]
        edge: Edge = "start"
        if isinstance(at, (Offset, OffsetRange)):
            edge = at.reference.edge
        if edge == "end" and parent in self.absent:
            return None  # what did not take place has no end (design, 4.6)
        if isinstance(at, Offset) and i not in self.later:
            self._note_moment(i, parent, at)
        link = self._link(visit, at, parent, edge)
        if i in self.later:
            link = _delayed(link, Count((self.later[i],)))
        return self._through_dropped(link) if parent in self.dropped else link

    def _link(self, visit: Visit, at: Written, parent: int, edge: Edge) -> Counted:
        window = visit.window
        if isinstance(at, DayRange):
            return Counted(parent, edge, None, self._day(at.first), self._day(at.last))
        if isinstance(at, OffsetRange) and at.most is None:
            bound = self.span(parent, edge, at.least, at.sign, to=visit, moment="first" if at.sign > 0 else "last")
            if at.sign > 0:
                return Counted(parent, edge, None, bound, None)
            return Counted(parent, edge, None, None, bound)
        if isinstance(at, OffsetRange):
            assert at.most is not None
            least, most = (at.least, at.most) if at.sign > 0 else (at.most, at.least)
            low = self.span(parent, edge, least, at.sign, to=visit, moment="first")
            high = self.span(parent, edge, most, at.sign, to=visit, moment="last")
            usual = None
            if least.needs_clock or most.needs_clock:
                usual = (
                    self.span(parent, edge, least, at.sign, moment="middle"),
                    self.span(parent, edge, most, at.sign, moment="middle"),
                )
            return Counted(parent, edge, None, low, high, None, usual)
        if isinstance(at, OnDay):
            low = high = target = self._day(at.number)
        else:
            assert isinstance(at, Offset)
            low = self.span(parent, edge, at.amount, at.sign, moment="first")
            high = self.span(parent, edge, at.amount, at.sign, moment="last")
            target = low if low.parts == high.parts else self.span(parent, edge, at.amount, at.sign, moment="middle")
        exact = (low, high)
        if isinstance(at, Offset) and at.amount.needs_clock and self.opening is not None:
            low = self.span(parent, edge, at.amount, at.sign, to=visit, moment="first")
            high = self.span(parent, edge, at.amount, at.sign, to=visit, moment="last")
        if window is not None:
            low = self._widened(at, parent, low, window.lower, -1, visit)
            high = self._widened(at, parent, high, window.upper, 1, visit)
        return Counted(parent, edge, target, low, high, exact)

    def _through_dropped(self, link: Counted) -> Counted | None:
        """Count from the target that a visit without a date would have had; None where it had none."""
        above = self.done[link.visit]
        if link.visit in self.stood:
            return link
        if above is None or above.target is None:
            return None
        step = above.target
        target = step.then(link.target) if link.target is not None else None
        exact = None if link.exact is None else (step.then(link.exact[0]), step.then(link.exact[1]))
        low, high = (None if bound is None else step.then(bound) for bound in (link.low, link.high))
        return Counted(above.visit, link.edge, target, low, high, exact)

    def _note_moment(self, i: int, parent: int, at: Offset) -> None:
        """Note the clock time of a visit that is so many hours from a known one."""
        known = self.moments.get((parent, at.reference.edge))
        if known is None or not at.amount.needs_clock or (i, "start") in self.moments or i in self.days:
            return
        window = self.protocol.visits[i].window
        if window is not None and (window.lower.count or window.upper.count):
            return  # it may start at any time of its window
        start = known + at.sign * at.amount.minutes
        self.moments[i, "start"] = start
        self.days[i] = day_of(start, self.zone)
        lasts = self.protocol.visits[i].lasts
        if lasts is not None and lasts.needs_clock:
            self.moments[i, "end"] = start + lasts.minutes

    # --- steps between days -----------------------------------------------------------------------------------------

    def _day(self, number: int) -> Count:
        return Count((self.protocol.study_days.distance(number),))

    def span(
        self, i: int, edge: Edge, duration: Duration, sign: int, *, moment: Moment, to: Visit | None = None
    ) -> Count:
        """Step from a visit's day to the day that lies a duration from its start or end, where `to` may start."""
        if duration.needs_clock:
            return self._after(i, edge, sign * duration.minutes, moment, to)
        return self._edge(i, edge, moment).then(count_of(duration, sign))

    def _after(self, i: int, edge: Edge, minutes: int, moment: Moment, to: Visit | None = None) -> Count:
        """Step from a visit's day to the day that lies elapsed minutes from its start or end."""
        known = self.moments.get((i, edge))
        end = self._opens(to)
        if known is not None:
            return Count((landing(known + minutes, moment, self.zone, end) - self.days[i],))
        lasts = self.protocol.visits[i].lasts
        start = None
        if edge == "start" or lasts is None or lasts.needs_clock:
            start = self._opens(self.protocol.visits[i], is_end=edge == "end" and lasts is None)
        if edge == "end" and lasts is not None and lasts.needs_clock:
            return Count((self._elapsed(lasts.minutes + minutes, moment, start, end),))
        return self._edge(i, edge, moment).then(Count((self._elapsed(minutes, moment, start, end),)))

    def _opens(self, visit: Visit | None, *, is_end: bool = False) -> Opens | None:
        """Give when a visit may start on a day; of its end, where nobody knows how long it lasts, the day's rest."""
        if visit is None or self.opening is None:
            return None
        return partial(self.opening.rest if is_end else self.opening.span, visit, self.zone)

    def _edge(self, i: int, edge: Edge, moment: Moment) -> Count:
        """Step from a visit's day to the day of its start or end."""
        lasts = self.protocol.visits[i].lasts
        if edge == "start":
            return Count()
        if (i, edge) in self.moments:
            return Count((day_of(self.moments[i, edge], self.zone) - self.days[i],))
        if lasts is None:
            return Count()
        if lasts.needs_clock:
            return Count((self._elapsed(lasts.minutes, moment),))
        return Count((self.protocol.visits[i].more_days,))

    def _elapsed(self, minutes: int, moment: Moment, start: Opens | None = None, end: Opens | None = None) -> Part:
        if self.zone is None and minutes % MINUTES_A_DAY == 0 and start is None and end is None:
            return minutes // MINUTES_A_DAY
        return Elapsed(minutes, moment, self.zone, start, end)

    def _widened(self, at: Written, parent: int, step: Count, duration: Duration, sign: int, to: Visit) -> Count:
        """Widen one end of a window. Hours are added to hours, before any rounding to days."""
        if not duration.needs_clock:
            return step.then(count_of(duration, sign))
        moment: Moment = "last" if sign > 0 else "first"
        minutes = sign * duration.minutes
        if isinstance(at, Offset) and at.amount.needs_clock:
            minutes += at.sign * at.amount.minutes
            return self._after(parent, at.reference.edge, minutes, moment, to)
        return step.then(Count((Elapsed(minutes, moment, self.zone),)))

    def options(self, timing: Written | None) -> tuple[End | None, ...]:
        """Give the several dates of which the later or earlier counts; nothing for any other timing."""
        return tuple(map(self.end, timing.options)) if isinstance(timing, Whichever) else ()

    def end(self, timing: Timing | None) -> End | None:
        """Give one end of a period as steps from a visit's day."""
        if isinstance(timing, OnDay):
            step = self._day(timing.number)
            return End(self.anchor, step, step)
        if not isinstance(timing, Offset):
            return None
        i = self.referred(timing.reference)
        if i is None or i in self.gone:
            return None
        edge, amount, sign = timing.reference.edge, timing.amount, timing.sign
        if edge == "end" and i in self.absent:
            return None
        low = self.span(i, edge, amount, sign, moment="first")
        high = self.span(i, edge, amount, sign, moment="last")
        above = self.done[i] if i in self.dropped else None
        if above is not None and above.target is not None:  # as a visit counted from it would be (design, 4.6)
            return End(above.visit, above.target.then(low), above.target.then(high))
        return End(i, low, high)

    # --- rules ------------------------------------------------------------------------------------------------------

    def gaps(self) -> Iterator[Gap]:
        """Write every rule out between single visits, in the order of the file."""
        for rule in self.protocol.rules:
            for i, other in self._pairs(rule):
                low = high = None
                nearer, farther = (rule.least, rule.most) if rule.sign > 0 else (rule.most, rule.least)
                visit, edge = self.protocol.visits[i], rule.other.edge
                if nearer is not None:
                    low = self.span(other, edge, nearer, rule.sign, moment="first", to=visit)
                if farther is not None:
                    high = self.span(other, edge, farther, rule.sign, moment="last", to=visit)
                yield Gap(rule, i, other, low, high)

    def _pairs(self, rule: Rule) -> Iterator[tuple[int, int]]:
        for i in self._all(rule.visit):
            if rule.other.pick == "previous":
                before = self._previous(i, rule.other)
                others = [] if before is None else [before]
            else:
                others = self._all(rule.other)
            for other in others:
                if other != i and not {i, other} & self.dropped:
                    yield i, other

    def _all(self, reference: Reference) -> list[int]:
        if reference.pick == "each":
            return [self.index[name] for name in reference.members if self.index[name] not in self.dropped]
        found = self.referred(reference)
        return [] if found is None else [found]

    def _previous(self, i: int, reference: Reference) -> int | None:
        members = [self.index[name] for name in reference.members]
        if i not in members:
            return None
        before = [other for other in members[: members.index(i)] if other not in self.dropped]
        return before[-1] if before else None

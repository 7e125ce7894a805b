"""Settling the days: a subject's dates and a site's closures put into the protocol's network, and solved.

Everything here is about which day a visit is on, nothing about how that is told. What cannot hold loses its least
important visit until the rest can (design, 4.10); then the best plan is chosen (4.8 and 4.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from trialcal.days import minute_of
from trialcal.ending import decided, ended_groups, ends_of, fallen_away, planned_too_late
from trialcal.hours import days_left
from trialcal.model import NOTHING, Known, Model
from trialcal.modelling import build, model_of
from trialcal.network import Arc, Best, Bounds, Conflict, Domain, Term, best, bounds, greatest, least
from trialcal.opening import Opening, opening_of
from trialcal.protocol import Protocol
from trialcal.site import Site
from trialcal.standing import HORIZON, SENSIBLE, Standing, conflict_of, hours_of, reach_of, standing, unjudged_labels
from trialcal.subject import Subject
from trialcal.timing import DayRange, Edge, OffsetRange, Pending

NOTHING_KNOWN = Known()
MORE_ROUNDS = 4  # of deciding what has ended and which of several dates counts, besides one for each of these


class Dropped(NamedTuple):
    """A visit that got no date, the conflict that it left, and the network in which it stood."""

    visit: int
    conflict: Conflict
    stands: Standing

    @property
    def model(self) -> Model:
        """The network in which the conflict stood."""
        return self.stands.model


class Settled(NamedTuple):
    """The days of one subject, by visit: what the rest of the planner tells in words.

    `days` are the given and the planned ones; `earliest` and `latest` bound what leaves all others possible;
    `tied` maps a visit to the other day that would have been equally good. `ended` are the cycles and repeats that
    have ended, and when; `gone` are the visits that fall away with them.
    """

    model: Model
    pins: Mapping[int, int]
    days: Mapping[int, int]
    earliest: Mapping[int, int]
    latest: Mapping[int, int]
    tied: Mapping[int, int]
    dropped: tuple[Dropped, ...]
    forced: frozenset[int]
    opening: Opening
    domains: Sequence[Domain]
    arcs: Sequence[Arc]
    ended: Mapping[str, int] = MappingProxyType({})
    gone: frozenset[int] = NOTHING

    def why_closed(self, i: int, day: int) -> str | None:
        """Say why a visit, by its index, cannot start on a day; None where the day is open for it."""
        return self.opening.why_closed(self.model.visit(i), day)


def settle(protocol: Protocol, subject: Subject, site: Site) -> Settled:
    """Find every visit's day, leaving out the visits of least weight where not everything can hold.

    Which of two dates counts, where the later or earlier one does, and which cycles have ended, is decided by the
    days that are found without them; it is decided again until it stays. Where it does not stay, the visit waits.
    """
    opening = opening_of(site)
    model = model_of(protocol, site.zone, hours_of(opening))
    pins = {model.numbers[name]: dated.day.toordinal() for name, dated in subject.given.items()}
    known = Known(moments=known_moments(model, subject))
    if known.moments:
        known = known._replace(days=pins)
    days: Mapping[int, int] = pins
    too_late = NOTHING
    untils = {name for visit in protocol.visits for name in visit.until}
    for _ in range(MORE_ROUNDS + len(model.options) + len(untils)):
        ends, ended = ends_of(model, days, pins), ended_groups(model, days, pins)
        known = known._replace(ended=frozenset(ended), dropped=NOTHING, gone=NOTHING)
        if ends:
            gone = fallen_away(build(protocol, site.zone, known, hours_of(opening)), pins, ends) | too_late
            known = known._replace(dropped=gone, gone=gone)
        settled = _settled(protocol, pins, known, opening)
        days, chosen = settled.days, decided(settled.model, settled.days)
        more = planned_too_late(pins, days, ends)
        model = settled.model
        if chosen == known.chosen and not more and ends_of(model, days, pins) == ends:
            break
        known, too_late = known._replace(chosen=chosen), too_late | more
    else:
        settled = _settled(protocol, pins, known._replace(chosen=()), opening)
    return settled._replace(ended=ended, gone=settled.model.known.gone)


def _settled(protocol: Protocol, pins: Mapping[int, int], known: Known, opening: Opening) -> Settled:
    """Find every visit's day in the network that what is known makes."""
    zone, hours = opening.site.zone, hours_of(opening)
    model = model_of(protocol, zone, hours) if known == NOTHING_KNOWN else build(protocol, zone, known, hours)
    dropped: list[Dropped] = []
    while True:
        stands = standing(model, pins, opening)
        arcs, domains = stands.arcs, stands.domains
        found = stands.bounds()
        if found is not None and stands.wide is not None:
            if model.moments and model.has_hours:
                domains, found = _with_hours(model, pins, domains, arcs, found)
            break
        reason = conflict_of(stands)
        visit = _least_important(model, reason, pins)
        dropped.append(Dropped(visit, reason, stands))
        model = build(protocol, zone, model.known._replace(days=pins, dropped=model.dropped | {visit}), hours)
    forced = _forced(model, pins, found)
    rooted = _rooted(model, pins, forced)
    days, tied = _best_days(model, pins, domains, arcs, rooted, found)
    earliest, latest = (
        {
            i: day
            for i, (day, bound) in enumerate(zip(side, unclosed, strict=True))
            if i not in model.dropped and SENSIBLE[0] < bound < SENSIBLE[1]
        }
        for side, unclosed in zip(found, stands.wide, strict=True)
    )
    return Settled(model, pins, days, earliest, latest, tied, tuple(dropped), forced, opening, domains, arcs)


def _with_hours(
    model: Model, pins: Mapping[int, int], domains: list[Domain], arcs: Sequence[Arc], found: Bounds
) -> tuple[list[Domain], Bounds]:
    """Narrow the days by the hours that known clock times leave, until neither narrows the other any more."""
    unjudged = unjudged_labels(model, pins)
    while True:
        spans = {
            i: (first, last)
            for i, (first, last) in enumerate(zip(found.earliest, found.latest, strict=True))
            if i not in model.dropped and SENSIBLE[0] < first and last < SENSIBLE[1]
        }
        narrowed = days_left(model, spans, pins, unjudged)
        smaller = [_cut(domain, *narrowed[i]) if i in narrowed else domain for i, domain in enumerate(domains)]
        tighter = bounds(smaller, arcs) if narrowed else None
        if tighter is None:
            return domains, found
        domains, found = smaller, tighter


def known_moments(model: Model, subject: Subject) -> dict[tuple[int, Edge], int]:
    """Give the minutes of all starts and ends that the given clock times tell."""
    moments: dict[tuple[int, Edge], int] = {}
    for name, dated in subject.given.items():
        i = model.numbers[name]
        lasts = model.visit(i).lasts
        if dated.start is not None:
            moments[i, "start"] = minute_of(dated.start, model.zone)
            if lasts is not None and lasts.needs_clock:
                moments[i, "end"] = moments[i, "start"] + lasts.minutes
        if dated.end is not None:
            moments[i, "end"] = minute_of(dated.end, model.zone)
    return moments


def _least_important(model: Model, reason: Conflict, pins: Mapping[int, int]) -> int:
    """Choose the visit of a conflict that gets no date: least weight, then latest target, then id."""
    involved = set(reason.own)
    for label in reason.labels:
        involved.update(model.bound_by(label))
    usual = usual_targets(model, pins)
    return min(
        (i for i in involved if i not in pins),
        key=lambda i: (model.visit(i).weight, -usual.get(i, HORIZON[1]), model.visit(i).id),
    )


def usual_targets(model: Model, pins: Mapping[int, int]) -> Mapping[int, int]:
    """Give the targets as they follow from the given dates alone, visit from visit; none behind a range."""
    days = dict(pins)
    for i in model.order:
        link = model.counted[i]
        if i not in days and link is not None and link.target is not None and link.visit in days:
            days[i] = link.target.apply(days[link.visit])
    return days


def _forced(model: Model, pins: Mapping[int, int], found: Bounds) -> frozenset[int]:
    """Give the anchor where nobody dated it, but the given dates leave it one single day."""
    anchor = model.numbers[model.protocol.anchor]
    if anchor in pins or model.counted[anchor] is not None or isinstance(model.visit(anchor).at, Pending):
        return frozenset()
    return frozenset({anchor}) if found.earliest[anchor] == found.latest[anchor] else frozenset()


def _rooted(model: Model, pins: Mapping[int, int], forced: frozenset[int]) -> dict[int, int]:
    """Give the visits that can be planned, those counted from a dated one, each with its stage.

    The stage is how many ranges lie between it and the given dates: a range is settled after the targets before it.
    """
    stages: dict[int, int] = {}
    for i in model.order:
        link = model.counted[i]
        if i in pins or i in forced:
            stages[i] = 0
        elif i not in model.dropped and link is not None and link.visit in stages:
            stages[i] = stages[link.visit] + (link.target is None)
    return stages


def _best_days(
    model: Model,
    pins: Mapping[int, int],
    domains: list[Domain],
    arcs: Sequence[Arc],
    stages: Mapping[int, int],
    found: Bounds,
) -> tuple[dict[int, int], dict[int, int]]:
    """Give the best day of every visit that can be planned, and the ties."""
    if not stages:
        return {}, {}
    target_arcs = [
        arc for arc in model.target_arcs if arc.label in stages and (arc.to not in pins or arc.frm not in pins)
    ]
    usual = [arc for arc in model.usual_arcs if arc.to in stages and arc.frm in stages]
    on_target = [*arcs, *target_arcs, *usual]
    first = least(domains, on_target)
    if first is None and usual:
        on_target = [*arcs, *target_arcs]
        first = least(domains, on_target)
    late = [i for i in stages if _is_range(model, i) and is_late(model, i) and i not in pins]
    if first is not None and not late:
        return {i: first[i] for i in stages}, {}
    terms = [term for term in model.terms if term.i in stages and term.i not in pins]
    domains = _narrowed(domains, arcs, found, stages)
    if first is not None:
        return _Choice(domains, on_target, terms, True, model).choose(stages, pins)
    if usual and _costs(domains, [*arcs, *usual], terms) == _costs(domains, arcs, terms):
        arcs = [*arcs, *usual]
    return _Choice(domains, arcs, terms, False, model).choose(stages, pins)


def _costs(domains: Sequence[Domain], arcs: Sequence[Arc], terms: Sequence[Term]) -> int | None:
    cheapest = best(domains, arcs, terms)
    return None if cheapest is None else cheapest.cost


def is_late(model: Model, i: int) -> bool:
    """Tell whether a range is planned at its end: as the file says, or where it has no beginning."""
    link = model.counted[i]
    return model.visit(i).prefer == "latest" or (link is not None and link.target is None and link.low is None)


def _is_range(model: Model, i: int) -> bool:
    return isinstance(model.visit(i).at, (OffsetRange, DayRange))


class _Choice:
    """One choice among the best plans, stage by stage: targets late (or early), then ranges, late ones first."""

    def __init__(
        self, domains: list[Domain], arcs: Sequence[Arc], terms: Sequence[Term], all_on_target: bool, model: Model
    ) -> None:
        self.domains = domains
        self.arcs = arcs
        self.terms = terms
        self.all_on_target = all_on_target
        self.model = model

    def choose(self, stages: Mapping[int, int], pins: Mapping[int, int]) -> tuple[dict[int, int], dict[int, int]]:
        """Give the day of every staged visit, and for each visit with a tie the other day."""
        late_first = self.model.protocol.on_tie == "later"
        tied: dict[int, int] = {}
        for stage in range(max(stages.values()) + 1):
            here = [i for i in stages if stages[i] == stage]
            ranges = [i for i in here if _is_range(self.model, i)]
            self._fix([i for i in ranges if is_late(self.model, i)], latest=True)
            self._fix([i for i in ranges if not is_late(self.model, i)], latest=False)
            targets = [i for i in here if i not in ranges]
            other = self._fix(targets, latest=late_first)
            tied.update({i: day for i, day in other.items() if i not in pins})
        return {i: self.domains[i][0][0] for i in stages}, tied

    def _fix(self, visits: Sequence[int], *, latest: bool) -> dict[int, int]:
        """Fix visits at the latest (earliest) of the best plans; give those for which another day was as good."""
        if not visits:
            return {}
        chosen = self._solve(latest)
        others = self._solve(not latest) if chosen.tied else chosen
        for i in visits:
            self.domains[i] = ((chosen.values[i], chosen.values[i]),)
        return {i: others.values[i] for i in visits if i in chosen.tied}

    def _solve(self, latest: bool) -> Best:
        if self.all_on_target:
            found = (greatest if latest else least)(self.domains, self.arcs)
            assert found is not None
            return Best(found, 0, ())
        cheapest = best(self.domains, self.arcs, self.terms, latest)
        assert cheapest is not None
        return cheapest


def _narrowed(
    domains: Sequence[Domain], arcs: Sequence[Arc], found: Bounds, stages: Mapping[int, int]
) -> list[Domain]:
    """Cut the domains of visits without a date to a hull in which they surely have a place if they have any.

    Whatever they are bound to is within the planned visits' bounds, and no further away than all steps together.
    """
    low = min(found.earliest[i] for i in stages)
    high = max(found.latest[i] for i in stages)
    reach = reach_of(domains, arcs, low)
    return [domain if i in stages else _cut(domain, low - reach, high + reach) for i, domain in enumerate(domains)]


def _cut(domain: Domain, low: int, high: int) -> Domain:
    cut = ((max(first, low), min(last, high)) for first, last in domain)
    return tuple((first, last) for first, last in cut if first <= last)

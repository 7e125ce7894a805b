"""Settling the days: a subject's dates and a site's closures put into the protocol's network, and solved.

Everything here is about which day a visit is on, nothing about how that is told. What cannot hold loses its least
important visit until the rest can (design, 4.10); then the best plan is chosen (4.8 and 4.9).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from trialcal.choice import best_days, cut_to, forced_visits, is_range, rooted_visits
from trialcal.days import minute_of
from trialcal.ending import (
    decided,
    ended_groups,
    ends_of,
    fallen_away,
    planned_too_late,
    stopped,
    stopped_groups,
    undated_and_stopped,
)
from trialcal.holding import opening_for
from trialcal.hours import days_left
from trialcal.model import NOTHING, Known, Model
from trialcal.modelling import build, model_of
from trialcal.network import Arc, Bounds, Conflict, Domain, bounds
from trialcal.opening import Opening
from trialcal.protocol import Protocol
from trialcal.site import Site
from trialcal.standing import HORIZON, SENSIBLE, Standing, conflict_of, hours_of, standing, unjudged_labels
from trialcal.stopping import named_visits
from trialcal.subject import Subject
from trialcal.timing import Edge

NOTHING_KNOWN = Known()
NOBODY = Subject()
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
    stands: Standing
    domains: Sequence[Domain]
    ended: Mapping[str, int] = MappingProxyType({})
    gone: frozenset[int] = NOTHING
    subject: Subject = NOBODY

    @property
    def given(self) -> Mapping[int, int]:
        """The dates that are really given; of a network with a date that is asked about, not that one."""
        asked = self.stands.asked
        return {i: day for i, day in self.pins.items() if i not in asked} if asked else self.pins

    @property
    def opening(self) -> Opening:
        """The site's open days."""
        return self.stands.opening

    def why_closed(self, i: int, day: int) -> str | None:
        """Say why a visit, by its index, cannot start on a day; None where the day is open for it."""
        return self.opening.why_closed(self.model.visit(i), day)


def settle(protocol: Protocol, subject: Subject, site: Site, *, for_verdict: bool = False) -> Settled:
    """Find every visit's day, leaving out the visits of least weight where not everything can hold.

    `for_verdict` only whether everything can hold is wanted to be known, and which visits are off their targets: the
    first conflict is the last, and ranges that no target is counted from get no day.

    Which of two dates counts, where the later or earlier one does, and which cycles have ended, is decided by the
    days that are found without them; it is decided again until it stays. Where it does not stay, the visit waits.
    """
    opening = opening_for(site, subject.holds)
    model = model_of(protocol, site.zone, hours_of(opening))
    pins = {model.numbers[name]: dated.day.toordinal() for name, dated in subject.dated.items()}
    known = _known_of(model, subject, pins)
    if known.stood:
        stated = subject.stated
        pins |= {i: stated[model.visit(i).id].day.toordinal() for i in known.stood}
    if known.moments:
        known = known._replace(days=pins)
    if subject.holds:
        whole = build(protocol, site.zone, known, hours_of(opening))
        targets = usual_targets(whole, pins)
        held = tuple((whole.visit(i).id, day) for i, day in sorted(targets.items()) if i not in pins)
        opening = opening_for(site, subject.holds, held)
        model = model_of(protocol, site.zone, hours_of(opening))
    days: Mapping[int, int] = pins
    too_late = NOTHING
    untils = {name for visit in protocol.visits for name in visit.until}
    for _ in range(MORE_ROUNDS + len(model.options) + len(untils)):
        ends, ended = _ends(model, days, pins, subject)
        known = known._replace(ended=frozenset(ended), dropped=known.absent, gone=NOTHING)
        if ends:
            whole = build(protocol, site.zone, known, hours_of(opening))
            gone = fallen_away(whole, pins, ends) | too_late
            gone = (gone | undated_and_stopped(whole, subject.discontinued, pins)) - known.absent
            known = known._replace(dropped=gone | known.absent, gone=gone)
        settled = _settled(protocol, pins, known, opening, for_verdict)
        if settled.dropped and for_verdict and decides_nothing(model):
            return settled._replace(subject=subject)
        days, chosen = settled.days, decided(settled.model, settled.days)
        more = planned_too_late(pins, days, ends)
        model = settled.model
        if chosen == known.chosen and not more and _ends(model, days, pins, subject)[0] == ends:
            break
        known, too_late = known._replace(chosen=chosen), too_late | more
    else:
        settled = _settled(protocol, pins, known._replace(chosen=()), opening, for_verdict)
    return settled._replace(ended=ended, gone=settled.model.known.gone, subject=subject)


def _ends(
    model: Model, days: Mapping[int, int], pins: Mapping[int, int], subject: Subject
) -> tuple[dict[int, int], dict[str, int]]:
    """Give when visits end, and when cycles and repeats do: with others, or as the subject was discontinued."""
    stop = subject.discontinued
    return stopped(model, stop, ends_of(model, days, pins)), stopped_groups(
        model, stop, ended_groups(model, days, pins)
    )


def _known_of(model: Model, subject: Subject, pins: Mapping[int, int]) -> Known:
    """Give what is known of a subject beside the days: clock times, what did not take place, delays."""
    numbers = model.numbers
    how = {numbers[name]: "as booked" for name in subject.booked if numbers.get(name) in pins}
    how |= {numbers[name]: "as recorded" for name in subject.actual if numbers.get(name) in pins}
    absent = frozenset(numbers[name] for name in subject.absent)
    later: dict[int, int] = {}
    for delay in subject.delays:
        for i in named_visits(model.protocol, delay.visits):
            later[i] = later.get(i, 0) + delay.days
    return Known(
        moments=known_moments(model, subject),
        dropped=absent,
        absent=absent,
        stood=frozenset(i for i in absent if model.counted[i] is None and model.visit(i).id in subject.stated),
        partly={
            numbers[name]: (part.first.toordinal(), part.last.toordinal()) for name, part in subject.partly.items()
        },
        later=later,
        how=how,
    )


def _settled(
    protocol: Protocol, pins: Mapping[int, int], known: Known, opening: Opening, for_verdict: bool
) -> Settled:
    """Find every visit's day in the network that what is known makes."""
    zone, hours = opening.site.zone, hours_of(opening)
    if known._replace(how=NOTHING_KNOWN.how) == NOTHING_KNOWN:
        model = model_of(protocol, zone, hours)._replace(known=known)
    else:
        model = build(protocol, zone, known, hours)
    dropped: list[Dropped] = []
    while True:
        stands = standing(model, pins, opening)
        found = stands.bounds()
        if found is not None:
            no_ranges = for_verdict and not model.moments and decides_nothing(model)
            return solved(stands, found, tuple(dropped), no_ranges=no_ranges)
        reason = conflict_of(stands)
        visit = _least_important(model, reason, pins)
        dropped.append(Dropped(visit, reason, stands))
        if for_verdict and decides_nothing(model):
            return Settled(model, pins, {}, {}, {}, {}, tuple(dropped), NOTHING, stands, stands.domains)
        model = build(protocol, zone, model.known._replace(days=pins, dropped=model.dropped | {visit}), hours)


def decides_nothing(model: Model) -> bool:
    """Tell whether no day that is chosen decides what else there is: no later or earlier of two, no end of visits."""
    repeated = model.protocol.repeated.values()
    ends = any(visit.until for visit in model.protocol.visits) or any(each.until for each in repeated)
    return not model.options and not ends


def solved(stands: Standing, found: Bounds, dropped: tuple[Dropped, ...] = (), *, no_ranges: bool = False) -> Settled:
    """Choose the days in a network of which all can hold; `found` are its bounds.

    With `no_ranges`, ranges from which no target is counted get no day.
    """
    model, pins, arcs, domains = stands.model, stands.pins, stands.arcs, stands.domains
    assert stands.wide is not None
    if model.moments and model.has_hours:
        domains, found = _with_hours(model, pins, domains, arcs, found)
    forced = forced_visits(model, pins, found)
    rooted = rooted_visits(model, pins, forced)
    if no_ranges:
        last = max((stage for i, stage in rooted.items() if not is_range(model, i)), default=0)
        rooted = {i: stage for i, stage in rooted.items() if stage <= last}
    days, tied = best_days(model, pins, domains, arcs, rooted, found, pins.keys() - stands.asked)
    earliest, latest = (
        {
            i: day
            for i, (day, bound) in enumerate(zip(side, unclosed, strict=True))
            if i not in model.dropped and SENSIBLE[0] < bound < SENSIBLE[1]
        }
        for side, unclosed in zip(found, stands.wide, strict=True)
    )
    return Settled(model, pins, days, earliest, latest, tied, dropped, forced, stands, domains)


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
        smaller = [cut_to(domain, *narrowed[i]) if i in narrowed else domain for i, domain in enumerate(domains)]
        tighter = bounds(smaller, arcs) if narrowed else None
        if tighter is None:
            return domains, found
        domains, found = smaller, tighter


def known_moments(model: Model, subject: Subject) -> dict[tuple[int, Edge], int]:
    """Give the minutes of all starts and ends that the given clock times tell."""
    moments: dict[tuple[int, Edge], int] = {}
    for name, dated in subject.dated.items():
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
    """Choose the visit of a conflict that gets no date: least weight, then latest target, then id.

    What nobody can choose, as the end of manufacturing, is not left out where anything else can be.
    """
    involved = set(reason.own)
    for label in reason.labels:
        involved.update(model.bound_by(label))
    usual = usual_targets(model, pins)
    return min(
        (i for i in involved if i not in pins and i not in model.known.partly),
        key=lambda i: (model.visit(i).unchosen, model.visit(i).weight, -usual.get(i, HORIZON[1]), model.visit(i).id),
    )


def usual_targets(model: Model, pins: Mapping[int, int]) -> Mapping[int, int]:
    """Give the targets as they follow from the given dates alone, visit from visit; none behind a range."""
    days = dict(pins)
    for i in model.order:
        link = model.counted[i]
        if i not in days and link is not None and link.target is not None and link.visit in days:
            days[i] = link.target.apply(days[link.visit])
    return days

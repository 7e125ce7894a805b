"""Why a visit cannot be on a date, or what it would cost: the chain of reasons, and which visits would move.

A room of its own because it asks the network of a plan a question that the plan itself does not answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from trialcal.feasible import feasible_days, leaves_minutes
from trialcal.horizon import settled_to_the_end
from trialcal.judge import faults
from trialcal.network import Conflict
from trialcal.protocol import Protocol
from trialcal.settle import Dropped, Settled, decides_nothing, solved
from trialcal.site import Site
from trialcal.standing import Standing, closures_in, conflict_of, standing
from trialcal.starts import cost_of_moves, moves_of
from trialcal.subject import Subject
from trialcal.telling import chain_told, conflict_told
from trialcal.telling import date_told as _told


class Move(NamedTuple):
    """A visit whose planned date would be another. A date is None where the visit would have none."""

    visit: str
    before: date | None
    after: date | None
    target: date | None

    @property
    def off_target(self) -> int:
        """How many days after its target it would then be; negative before, 0 where nothing is counted."""
        return 0 if self.after is None or self.target is None else (self.after - self.target).days


class Answer(NamedTuple):
    """Whether a visit can be on a date, and why not or what follows.

    `planned` is where the plan has it. `says` is the answer in a sentence, `chain` the reasons step by step, `moves`
    the other visits that would move, `cost` the weighted distance from all targets before and after. `works` are
    the dates that are possible for the visit as things stand, None where they have no end. `asked` is the network
    with the date that was asked about, and `conflict` what in it cannot hold.
    `first` is the first date that works, also where they have no end.
    """

    visit: str
    day: date
    possible: bool
    planned: date | None
    says: str
    chain: tuple[str, ...] = ()
    moves: tuple[Move, ...] = ()
    cost: tuple[int, int] = (0, 0)
    works: tuple[date, ...] | None = ()
    asked: Standing | None = None
    conflict: Conflict | None = None
    is_given: bool = False
    first: date | None = None


def why(protocol: Protocol, subject: Subject, site: Site, visit: str, day: date) -> Answer:
    """Say whether a visit can be on a date, besides what is given, and what follows from it.

    Raises KeyError where there is no such visit.
    """
    settled, _ = settled_to_the_end(protocol, subject, site)
    i = settled.model.numbers[visit]
    if visit in subject.absent:
        says = f"it did not take place: it was {subject.absent[visit].status}"
        return _answer(settled, i, day, possible=False, says=says)
    if visit in subject.partly:
        says = f"it took place in {subject.partly[visit].told}: on which day is not known"
        return _answer(settled, i, day, possible=False, says=says)
    if i in settled.pins:
        return _of_given(settled, protocol, subject, site, visit, day)
    if i in settled.gone:
        return _answer(settled, i, day, possible=False, says="it falls away: what ends it has an earlier date")
    earlier = next((dropped for dropped in settled.dropped if dropped.visit == i), None)
    if earlier is not None:
        return _of_dropped(settled, earlier, i, day)
    reason = settled.why_closed(i, day.toordinal())
    if reason is None and not decides_nothing(settled.model):
        return _as_given(settled, protocol, subject, site, visit, day)
    stands = settled.stands
    asked = standing(stands.model, stands.pins, stands.opening, {i: day.toordinal()})
    found = asked.bounds()
    if found is None:
        conflict = conflict_of(asked, i)
        chain = _chain(settled, asked, conflict, i)
        says = _closed(day, reason) if reason is not None else "not everything could hold with it"
        return _answer(settled, i, day, possible=False, says=says, chain=chain, asked=asked, conflict=conflict)
    if reason is not None:
        says = f"{_closed(day, reason)}; on an open day, the rest would be possible"
        return _answer(settled, i, day, possible=False, says=says)
    if not leaves_minutes(settled, i, day.toordinal()):
        says = f"not on {_told(day)}: the known clock times and the opening hours leave no minute of that day"
        return _answer(settled, i, day, possible=False, says=says)
    then = solved(asked, found)
    fault = next((fault for fault in faults(then) if fault.code == "hours-conflict"), None)
    if fault is not None:
        return _answer(settled, i, day, possible=False, says=fault.message)
    return _of_possible(settled, then, i, day)


def _of_given(settled: Settled, protocol: Protocol, subject: Subject, site: Site, visit: str, day: date) -> Answer:
    """Answer for a visit whose date is given: what would follow from giving another."""
    i = settled.model.numbers[visit]
    given = date.fromordinal(settled.pins[i])
    if day == given:
        own = [fault.message for fault in faults(settled) if visit in fault.visits]
        how = settled.model.known.how.get(i, "as given")
        says = f"it is there, {how}" + (f"; but {'; '.join(own)}" if own else "")
        return _answer(settled, i, day, possible=not own, says=says)
    then, _ = settled_to_the_end(protocol, subject.placed(visit, day), site)
    how = settled.model.known.how.get(i, "as given").removeprefix("as ")
    is_given = f"it is {how} on {_told(given)}, and a {how} date is never moved; were it {how} on {_told(day)}"
    reason = then.why_closed(then.model.numbers[visit], day.toordinal())
    broken = [fault.message for fault in faults(then)]
    if reason is not None:
        return _answer(settled, i, day, possible=False, says=f"{is_given}, {_closed(day, reason)}")
    if broken:
        return _answer(settled, i, day, possible=False, says=f"{is_given}: {broken[0]}", chain=tuple(broken))
    if then.dropped:
        first = then.dropped[0]
        name = first.model.visit(first.visit).id
        chain = chain_told(first.model, first.conflict, then.pins, then.why_closed)
        return _answer(settled, i, day, possible=False, says=f"{is_given}, {name} would have no date", chain=chain)
    return _of_possible(settled, then, i, day)._replace(says=f"{is_given}, everything could hold")


def _as_given(settled: Settled, protocol: Protocol, subject: Subject, site: Site, visit: str, day: date) -> Answer:
    """Answer where a date decides what else there is, as an end does: by planning with it."""
    i = settled.model.numbers[visit]
    then, _ = settled_to_the_end(protocol, subject.placed(visit, day), site)
    known = {each.model.visit(each.visit).id for each in settled.dropped}
    first = next((each for each in then.dropped if each.model.visit(each.visit).id not in known), None)
    if first is not None:
        chain = chain_told(first.model, first.conflict, then.pins, then.why_closed, then.model.numbers[visit])
        name = first.model.visit(first.visit).id
        return _answer(settled, i, day, possible=False, says=f"{name} would have no date", chain=chain)
    before = {fault.message for fault in faults(settled)}
    broken = [fault.message for fault in faults(then) if fault.message not in before]
    if broken:
        return _answer(settled, i, day, possible=False, says=broken[0].replace(", as given", ", as asked"))
    return _of_possible(settled, then, i, day)


def _of_dropped(settled: Settled, dropped: Dropped, i: int, day: date) -> Answer:
    """Answer for a visit that has no date in the plan: with the conditions that left it none."""
    stands = dropped.stands
    asked = standing(stands.model, stands.pins, stands.opening, {i: day.toordinal()})
    reason = settled.why_closed(i, day.toordinal())
    says = _closed(day, reason) if reason is not None else "not everything could hold with it"
    if asked.bounds() is not None:  # nothing but the closure is against it
        return _answer(settled, i, day, possible=False, says=f"{says}; on an open day, it would be possible")
    found = conflict_of(asked, i)
    chain = _chain(settled, asked, found, i)
    return _answer(settled, i, day, possible=False, says=says, chain=chain, asked=asked, conflict=found)


def _of_possible(settled: Settled, then: Settled, i: int, day: date) -> Answer:
    name = settled.model.visit(i).id
    moves = tuple(sorted(_moves(settled, then, name), key=lambda move: (move.after or day, move.visit)))
    cost = cost_of_moves(settled, moves_of(settled)), cost_of_moves(then, moves_of(then))
    if settled.days.get(i) == day.toordinal():
        return _answer(settled, i, day, possible=True, says="that is where the plan has it", cost=cost)
    says = "possible; no other visit moves" if not moves else f"possible; {_visits(len(moves))} would move"
    return _answer(settled, i, day, possible=True, says=says, moves=moves, cost=cost)


def _moves(settled: Settled, then: Settled, but: str) -> Iterator[Move]:
    before = {settled.model.visit(i).id: day for i, day in settled.days.items()}
    for i, visit in enumerate(then.model.protocol.visits):
        one, other = before.get(visit.id), then.days.get(i)
        if visit.id != but and one != other:
            link = then.model.counted[i]
            target = None
            if link is not None and link.target is not None and link.visit in then.days:
                target = date.fromordinal(link.target.apply(then.days[link.visit]))
            yield Move(visit.id, _date(one), _date(other), target)


def _chain(settled: Settled, asked: Standing, found: Conflict, i: int) -> tuple[str, ...]:
    """Tell a conflict with the date that was asked about; the conditions by themselves where it has no steps."""
    chain = chain_told(asked.model, found, asked.pins, settled.why_closed, i)
    if chain:
        return chain
    return (conflict_told(asked.model, found, closures_in(asked, found), settled.why_closed),)


def _answer(settled: Settled, i: int, day: date, *, possible: bool, says: str, **others: object) -> Answer:
    planned = settled.days.get(i)
    works = feasible_days(settled, i) if i not in settled.gone else []
    dates = None if works is None else tuple(map(date.fromordinal, works))
    answer = Answer(settled.model.visit(i).id, day, possible, _date(planned), says, works=dates)
    given, first = i in settled.pins, _date(settled.earliest.get(i))
    # `others` are fields of an answer by their names; mypy knows no types of keyword arguments that are passed on
    return answer._replace(is_given=given, first=first, **others)  # type: ignore[arg-type]


def _closed(day: date, reason: str) -> str:
    return f"{_told(day)} is closed" + (f" ({reason})" if reason else "")


def _date(day: int | None) -> date | None:
    return None if day is None else date.fromordinal(day)


def _visits(count: int) -> str:
    return "1 other visit" if count == 1 else f"{count} other visits"

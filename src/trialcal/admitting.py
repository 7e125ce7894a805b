"""The first date on which a subject's own calendar lets a step be, where others hold it back until a day.

A room of its own because it is where rules across subjects meet the plan of one: what holds back becomes days on
which a visit must not be, and the planning core answers as for any other subject, with all rules and closures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from functools import lru_cache
from typing import NamedTuple

from trialcal.horizon import settled_to_the_end
from trialcal.judge import faults
from trialcal.opening import opening_of
from trialcal.plan import plan
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.site import Site
from trialcal.starts import reason_of
from trialcal.subject import Hold, Subject
from trialcal.telling import day_told

_NOBODY = Subject()
MOST_DAYS = 400  # start dates that are tried
_DAY = timedelta(days=1)
_A_MONTH = 27  # days: what is nearer counts no months
_FEW, _SEVERAL = 1, 10  # days


class Admitted(NamedTuple):
    """The plan with the first start that works; or none, and why the first start that was tried does not work."""

    schedule: Schedule | None
    reason: str = ""


def first_admissible(
    protocol: Protocol, subject: Subject, site: Site, not_before: Mapping[str, date], why: str = "the gate"
) -> Admitted:
    """Plan a subject from the first start with which everything holds and no visit is before its day.

    `not_before` are the first days of some visits by their ids (inclusive). A start that the subject's dates already
    state is not looked for: the plan is then made of it. At most `MOST_DAYS` starts are tried.

    >>> from datetime import date
    >>> from trialcal.days import StudyDays
    >>> from trialcal.protocol import Visit
    >>> from trialcal.timing import OnDay
    >>> visits = Visit("conditioning", "Conditioning", OnDay(-5)), Visit("infusion", "Infusion", OnDay(0))
    >>> study = Protocol("demo", "Demo", StudyDays(0, True), "infusion", "infusion", visits)
    >>> admitted = first_admissible(study, Subject(), Site(), {"conditioning": date(2025, 5, 8)})
    >>> [(row.id, str(row.on)) for row in admitted.schedule.visits]
    [('conditioning', '2025-05-08'), ('infusion', '2025-05-13')]
    """
    bounds = tuple(sorted((visit, day) for visit, day in not_before.items() if day > date.min))
    holds = _holds(bounds, why)
    held = replace(subject, holds=(*subject.holds, *holds))
    if protocol.start in subject.dated or protocol.anchor in subject.dated:
        return Admitted(plan(protocol, held, site))
    is_blank = replace(subject, id="", dose_group="", kept_in="", dlt=None, consent=None) == _NOBODY
    found = _first_start(protocol, site, bounds) if is_blank else _first_start_of(protocol, held, site, bounds)
    start, reason = found
    if start is None:
        return Admitted(None, reason)
    return Admitted(plan(protocol, held.placed(protocol.start, start), site))


def _first_start_of(
    protocol: Protocol, held: Subject, site: Site, bounds: tuple[tuple[str, date], ...]
) -> tuple[date | None, str]:
    """Give the first start with which everything holds; else why the last one that was tried does not work."""
    reason = ""
    begin = _first_to_try(protocol, dict(bounds))
    opening, started = opening_of(site), protocol.by_id[protocol.start]
    for number in range(MOST_DAYS):
        day = begin + number * _DAY
        closed = opening.why_closed(started, day.toordinal()) if opening.closes else None
        if closed is not None:
            reason = f"{protocol.start} cannot be on {day_told(day.toordinal())}: closed ({closed})"
            continue
        settled, _ = settled_to_the_end(protocol, held.placed(protocol.start, day), site, for_verdict=True)
        broken = None if settled.dropped else next(faults(settled), None)
        if not settled.dropped and broken is None:
            return day, ""
        reason = reason_of(settled, settled.dropped[0]) if broken is None else broken.message
    return None, f"no start in {MOST_DAYS} days lets everything hold; of the last one tried: {reason}"


@lru_cache(maxsize=256)
def _first_start(protocol: Protocol, site: Site, bounds: tuple[tuple[str, date], ...]) -> tuple[date | None, str]:
    """Give the first start of a subject without dates of its own: the same for all who wait for the same days."""
    return _first_start_of(protocol, Subject(holds=_holds(bounds)), site, bounds)


def _holds(bounds: tuple[tuple[str, date], ...], why: str = "") -> tuple[Hold, ...]:
    """Give what keeps visits from being before their days, those of the same day together."""
    days = sorted({day for _, day in bounds})
    together = {day: tuple(visit for visit, other in bounds if other == day) for day in days}
    return tuple(Hold(date.min, day - _DAY, visits, why) for day, visits in together.items())


def _first_to_try(protocol: Protocol, not_before: Mapping[str, date]) -> date:
    """Give a start before which some visit would be too early, whatever its window allows."""
    latest = _latest(protocol)
    first = max(
        (day - timedelta(latest[visit]) for visit, day in not_before.items() if visit in latest), default=None
    )
    return first if first is not None else max(not_before.values())


@lru_cache(maxsize=64)
def _latest(protocol: Protocol) -> Mapping[str, int]:
    """Give by how many days each visit can be after the start at most (negative before it).

    It is looked up in one plan without closures. On other dates it may be a day more (clocks change), or some
    days where months are counted: so many are added.
    """
    start = date(2027, 3, 1)
    settled, _ = settled_to_the_end(protocol, Subject().placed(protocol.start, start), Site())
    found = {}
    for i, day in settled.latest.items():
        days = day - start.toordinal()
        found[settled.model.visit(i).id] = days + (_FEW if abs(days) < _A_MONTH else _SEVERAL)
    return found

"""What each start date means for one subject, day by day: the table that a simulated subject is looked up in.

The planning core is asked once for each start date, and only for those that a simulation comes to; every subject
without dates of its own has the same answer. A room of its own because simulating is about many subjects and this is
about the calendar of one, exactly as `trialcal starts` and `trialcal plan` tell it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import NamedTuple

from trialcal.days import count_of
from trialcal.escalation import Escalation, Review
from trialcal.horizon import settled_to_the_end
from trialcal.judge import faults
from trialcal.opening import opening_of
from trialcal.protocol import Protocol
from trialcal.settle import Settled
from trialcal.site import Possible, Site
from trialcal.spans import periods_of
from trialcal.subject import Subject

MOST_DAYS = 400  # start dates that are tried in a row, and days in which a meeting is looked for
_SLACK = 10  # days: months and changes of the clocks move a visit by less, seen from another start
_ANY_START = date(2027, 3, 1)


class StartDay(NamedTuple):
    """The days (ordinals) of a subject with one start: first step, first dose, and the DLT period, ends included."""

    commits: int
    first_dose: int
    observed_from: int
    observed_until: int


class NoEnd(ValueError):
    """The DLT period has no first or last day that a calendar knows, although all visits have their days."""


class StartDays:
    """The start dates of a protocol at a site; filled as it is asked. The protocol has an escalation."""

    def __init__(self, protocol: Protocol, site: Site) -> None:
        assert protocol.escalation is not None
        self.escalation = protocol.escalation
        self.site = site
        self.opening = opening_of(site)
        self.started = protocol.by_id[protocol.start]
        periods = tuple(each for each in protocol.periods if each.id == self.escalation.dlt_period)
        self.protocol = replace(protocol, periods=periods)
        self._days: dict[int, StartDay | None] = {}
        self._reaching: tuple[dict[int, int | None], dict[int, int | None]] = ({}, {})
        self._leads = self._longest_leads()

    def on(self, start: int) -> StartDay | None:
        """Give what a start date means; None where not everything can hold with it."""
        if start not in self._days:
            self._days[start] = self._worked_out(start)
        return self._days[start]

    def first(self, commits: int, first_dose: int) -> StartDay | None:
        """Give the first start with which neither the first step nor the first dose is before its day.

        None where no start within `MOST_DAYS` days works.
        """
        begin, other = self._first_with(0, commits), self._first_with(1, first_dose)
        if begin is None or other is None:
            return None
        begin = max(begin, other)
        for start in range(begin, begin + MOST_DAYS):
            found = self.on(start)
            if found is not None and found.commits >= commits and found.first_dose >= first_dose:
                return found
        return None

    def _first_with(self, which: int, day: int) -> int | None:
        """Give the first start that works with which the first step (0) or the first dose (1) reaches a day."""
        kept = self._reaching[which]
        if day not in kept:
            begin = day - self._leads[which] - _SLACK
            starts = range(begin, begin + MOST_DAYS)
            kept[day] = next((s for s in starts if (found := self.on(s)) is not None and found[which] >= day), None)
        return kept[day]

    def _longest_leads(self) -> tuple[int, int]:
        """Give by how many days the first step and the first dose can be after the start, at most."""
        start = _ANY_START.toordinal()
        settled = self._settled(Site(), start, for_verdict=False)
        numbers = settled.model.numbers
        latest = {**settled.days, **settled.latest}
        commits, first_dose = (
            latest.get(numbers[name], start) - start for name in (self.escalation.commits, self.escalation.first_dose)
        )
        return commits, first_dose

    def _worked_out(self, start: int) -> StartDay | None:
        if self.opening.closes and self.opening.why_closed(self.started, start) is not None:
            return None
        settled = self._settled(self.site, start, for_verdict=True)
        if settled.dropped or next(faults(settled), None) is not None:
            return None
        numbers = settled.model.numbers
        visits = numbers[self.escalation.commits], numbers[self.escalation.first_dose]
        if not settled.days.keys() >= set(visits):  # a range, which a verdict needs no day of
            settled = self._settled(self.site, start, for_verdict=False)
            if not settled.days.keys() >= set(visits):
                return None
        period = next(periods_of(settled), None)
        if period is None or period.start is None or period.end is None or period.end < period.start:
            raise NoEnd(self.escalation.dlt_period)
        commits, first_dose = (settled.days[i] for i in visits)
        return StartDay(commits, first_dose, period.start.toordinal(), period.end.toordinal())

    def _settled(self, site: Site, start: int, *, for_verdict: bool) -> Settled:
        subject = Subject().placed(self.protocol.start, date.fromordinal(start))
        settled, _ = settled_to_the_end(self.protocol, subject, site, for_verdict=for_verdict)
        return settled


class MeetingDays:
    """When each review of an escalation can be held at a site at the earliest; kept as it is asked."""

    def __init__(self, escalation: Escalation, site: Site) -> None:
        meets = {each.id: Possible(each.id, each.meets) for each in escalation.reviews if each.meets}
        self.opening = opening_of(replace(site, possible={**meets, **site.possible}))
        self._held: dict[tuple[str, int], int | None] = {}

    def held(self, review: Review, last: int) -> int | None:
        """Give the day of a review whose last observation ends on a day; None where the committee does not meet."""
        asked = review.id, last
        if asked not in self._held:
            day = last if review.opens == "on-the-last-day" else last + 1
            if review.preparation is not None:
                day = count_of(review.preparation).apply(day)
            kind = review.id if review.id in self.opening.site.possible else ""
            days = range(day, day + MOST_DAYS)
            self._held[asked] = next((each for each in days if self.opening.day(kind, each).hours), None)
        return self._held[asked]

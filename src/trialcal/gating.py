"""Gates, staggers and reviews: what holds back a place in a dose group, and from which day on no longer.

A room of its own because these are rules that the protocol, or a site, lays over the order of dosing; where the
decision table leads is `stepping`'s. A committee's meeting days are days of the site of their own kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from trialcal.cohort import Cohort, CohortFinding, ReviewRow, Wait
from trialcal.days import add
from trialcal.escalation import DoseGroup, Escalation, Gate, Review, Stagger
from trialcal.opening import opening_of
from trialcal.site import Possible
from trialcal.stepping import Table, Taken, observation, opening_day
from trialcal.telling import day_told

MOST_DAYS = 400  # in which a meeting day is looked for
_DAY = timedelta(days=1)


class Gates:
    """The rules of one cohort, asked about places in its dose groups."""

    def __init__(self, cohort: Cohort, escalation: Escalation, table: Table, today: date) -> None:
        self.cohort = cohort
        self.escalation = escalation
        self.table = table
        self.today = today
        meets = {each.id: Possible(each.id, each.meets) for each in escalation.reviews if each.meets}
        self.opening = opening_of(replace(cohort.site, possible={**meets, **cohort.site.possible}))

    # --- gates ------------------------------------------------------------------------------------------------------

    def of(self, group: str, position: int) -> tuple[Gate, ...]:
        """Give the gates of a place."""
        lowest = next((each.id for each in self.escalation.groups if not each.spare), group)
        is_first = position == 1 and group == lowest  # nobody was before, unless the file names the group
        return tuple(
            gate
            for gate in self.escalation.gates
            if gate.group in ((group,) if is_first else ("", group)) and gate.subject.has(position)
        )

    def waits(self, group: DoseGroup, position: int, subject: str) -> list[Wait]:
        """Give what the gates of a place wait for, in the order of the file."""
        found: list[Wait] = []
        for gate in self.of(group.id, position):
            review = next((each for each in self.escalation.reviews if each.id == gate.review), None)
            if review is not None:
                found += self._reviewed(gate, review, group, position)
            else:
                found += self._observed(gate, group, position)
            if gate.release:
                found.append(self._released(gate, group, subject))
        return found

    def _observed(self, gate: Gate, group: DoseGroup, position: int) -> Iterator[Wait]:
        before = self._before(group, position)
        if before:
            yield observation(before, self.escalation, self.today)._replace(rule=gate.id, assumed=_why(gate))

    def _before(self, group: DoseGroup, position: int) -> list[Taken]:
        """Give those who stand before a place: in its group, or before its first place in the group below."""
        counted = self.table.counted(group.id)[: position - 1]
        below = self.escalation.below(group) if not counted and group in self.escalation.groups else None
        return counted if below is None else self.table.counted(below.id)

    def _reviewed(self, gate: Gate, review: Review, group: DoseGroup, position: int) -> Iterator[Wait]:
        about = group
        if review.after is None or review.after >= position:
            below = self.escalation.below(group) if group in self.escalation.groups else None
            if position == 1 and below is None:
                return
            about = below if position == 1 and below is not None else group
        row = self.review_row(review, about, upto=position - 1 if about == group else None)
        assumed = _why(gate) or _why(review)
        if row.held is not None:
            since = opening_day(row.held, gate.opens)
            told = f"{review.name}, held on {_told(row.held)}"
            yield Wait("review", gate.id, told, since, since > self.today, assumed)
            return
        if row.earliest is None:
            yield from (wait._replace(assumed=wait.assumed or assumed) for wait in row.waits)
            yield Wait("review", gate.id, f"{review.name}: {row.told}", None, True, assumed)
            return
        since = opening_day(row.earliest, gate.opens)
        told = f"{review.name}, {row.told}; that it was held is not recorded"
        yield Wait("review", gate.id, told, since, True, assumed)

    def _released(self, gate: Gate, group: DoseGroup, subject: str) -> Wait:
        found = [
            each
            for each in self.cohort.releases
            if each.gate == gate.id and each.group in ("", group.id) and each.subject in ("", subject)
        ]
        who = f" by {gate.released_by}" if gate.released_by else ""
        if not found:
            return Wait("release", gate.id, f"release decision{who} not recorded", None, True, _why(gate))
        release = found[-1]
        since = opening_day(release.on, gate.opens)
        who = f" by {release.by}" if release.by else who
        return Wait(
            "release", gate.id, f"released on {_told(release.on)}{who}", since, since > self.today, _why(gate)
        )

    # --- staggers ---------------------------------------------------------------------------------------------------

    def staggers(self, group: DoseGroup) -> list[Wait]:
        """Give what the first dose of the next subject of a group waits for; everybody dosed counts."""
        return [wait for stagger, wait in self._staggered(group)]

    def in_order(self, before: Taken | None) -> list[Wait]:
        """Say that a first dose is not before that of the subject before, where that one is to come."""
        if before is None or before.first_dose is None or before.is_actual:
            return []
        told = f"the order of dosing: {before.subject} is dosed before, on {_told(before.first_dose)} at the earliest"
        return [Wait("order", "subjects", told, before.first_dose, before.first_dose > self.today)]

    def too_early(self, group: DoseGroup, subject: str, dosed: date) -> Iterator[CohortFinding]:
        """Give the staggers that the first dose of the next subject of a group breaks."""
        for stagger, wait in self._staggered(group):
            if wait.since is None or dosed >= wait.since:
                continue
            days = (dosed - wait.since).days
            first = self.escalation.first_dose
            told = f"{subject}: {first} on {_told(dosed)} is {-days} d before {_told(wait.since)}: {wait.told}"
            yield CohortFinding("stagger", subject, stagger.id, wait.since, dosed, days, told, bool(wait.assumed))

    def _staggered(self, group: DoseGroup) -> Iterator[tuple[Stagger, Wait]]:
        dosed = [each for each in self.table.dosed(group.id) if each.first_dose is not None]
        for stagger in self.escalation.staggers:
            if stagger.group not in ("", group.id) or not stagger.subject.has(len(dosed) + 1) or not dosed:
                continue
            if stagger.after > len(dosed):
                continue
            other = dosed[stagger.after - 1]  # of 0 the one before
            assert other.first_dose is not None
            last = add(other.first_dose, stagger.at_least)
            since = opening_day(last, stagger.opens)
            until = "until the last day" if stagger.opens == "on-the-last-day" else "until the day after"
            whose = other.subject or "the subject before"
            told = f"{stagger.at_least} after the first dose of {whose} on {_told(other.first_dose)} ({until})"
            yield stagger, Wait("stagger", stagger.id, told, since, since > self.today, _why(stagger))

    # --- reviews ----------------------------------------------------------------------------------------------------

    def review_rows(self) -> Iterator[ReviewRow]:
        """Give the reviews of the groups in which somebody is, or will be."""
        groups = self.escalation.groups or (DoseGroup("", "the dose group"),)
        for group in groups:
            if not self.table.dosed(group.id):
                continue
            for review in self.escalation.reviews:
                if review.group in ("", group.id):
                    yield self.review_row(review, group)

    def review_row(self, review: Review, group: DoseGroup, upto: int | None = None) -> ReviewRow:
        """Say when a review of a group can be held at the earliest, or was.

        Of a review after everybody in the group, those at the first `upto` positions count.
        """
        counted = self.table.counted(group.id)[:upto]
        first = counted[: review.after] if review.after is not None else counted
        names = tuple(each.subject for each in first)
        held = next(
            (
                each
                for each in reversed(self.cohort.reviews)
                if each.review == review.id and each.group in ("", group.id)
            ),
            None,
        )
        if held is not None:
            return ReviewRow(review, group.id, names, held.on, held.on, f"held on {_told(held.on)}")
        if review.after is not None and len(first) < review.after:
            told = f"after {review.after} evaluable subjects of {group.name}; it has {len(first)}"
            return ReviewRow(review, group.id, names, None, None, told)
        if review.after is None and upto is None and self.table.has_places(group):
            told = f"after all evaluable subjects of {group.name}; it has {len(first)}, and places for more"
            return ReviewRow(review, group.id, names, None, None, told)
        link = observation(first, self.escalation, self.today)._replace(rule=review.id)
        ends = [each.observed_until for each in first if each.observed_until is not None]
        if len(ends) < len(first) or not first:
            return ReviewRow(review, group.id, names, None, None, link.told, (link,))
        ready = opening_day(max(ends), review.opens)
        link = link._replace(since=ready, holds=ready > self.today)
        day = add(ready, review.preparation) if review.preparation is not None else ready
        met = self.meeting(review, max(day, self.today))
        if met is None:
            told = f"the committee does not meet within {MOST_DAYS} days of {_told(day)}"
            return ReviewRow(review, group.id, names, None, None, told, (link,))
        parts = [f"from {_told(ready)} on"]
        if review.preparation is not None:
            parts.append(f"{review.preparation} of preparation, to {_told(day)}")
        stated = self.cohort.site.possible.get(review.id)
        meets = [*(stated.days if stated is not None else review.meets)]
        if meets:
            parts.append(f"meets on {' and '.join(days.told for days in meets)}")
        elif self.opening.closes:
            parts.append("on which days it meets is not stated: any open day of the site")
        else:
            parts.append("on which days it meets is not stated: any day")
        told = f"{_told(met)} at the earliest ({'; '.join(parts)})"
        return ReviewRow(review, group.id, names, met, None, told, (link,))

    def meeting(self, review: Review, day: date) -> date | None:
        """Give the first day from one on on which a committee can meet."""
        kind = review.id if review.id in self.opening.site.possible else ""
        days: Sequence[date] = [day + number * _DAY for number in range(MOST_DAYS)]
        return next((each for each in days if self.opening.day(kind, each.toordinal()).hours), None)


def _why(entry: Gate | Review | Stagger) -> str:
    return "; ".join(dict.fromkeys(entry.assumed.values()))


def _told(day: date) -> str:
    return day_told(day.toordinal())

"""Gates, staggers and reviews: what holds back a place in a dose group, and from which day on no longer.

A room of its own because these are rules that the protocol, or a site, lays over the order of dosing; where the
decision table leads is `stepping`'s. A committee's meeting days are days of the site of their own kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from trialcal.cohort import Cohort, CohortFinding, HeldReview, ReviewRow, Wait
from trialcal.days import add
from trialcal.escalation import ONE_GROUP, DoseGroup, Escalation, Gate, Review, Stagger
from trialcal.opening import opening_of
from trialcal.site import Possible
from trialcal.stepping import Table
from trialcal.taking import Taken, assumed_of, opening_day
from trialcal.telling import date_told as _told

MOST_DAYS = 400  # in which a meeting day is looked for
_DAY = timedelta(days=1)
_DATED = ("subject", "after", "at_least", "opens", "waits_for", "release", "preparation", "meets")


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
            ready: date | None  # from when on a release can be meant for this place
            if review is not None:
                row = self._row_before(review, group, position)
                found += self._reviewed(gate, row) if row is not None else ()
                ready = (row.held or row.earliest) if row is not None else None
            else:
                observed = list(self._observed(gate, group, position))
                found += observed
                ready = observed[0].since if observed else None
            if gate.release:
                found.append(self._released(gate, group, subject, ready))
        return found

    def _observed(self, gate: Gate, group: DoseGroup, position: int) -> Iterator[Wait]:
        before = self._before(group, position)
        if before:
            link = self.table.observed(before)
            yield link._replace(rule=gate.id, assumed=_why(gate) or link.assumed)

    def _before(self, group: DoseGroup, position: int) -> list[Taken]:
        """Give those who stand before a place: in its group, or before its first place in the group below."""
        counted = self.table.counted(group.id)[: position - 1]
        below = self.escalation.below(group) if not counted and group in self.escalation.groups else None
        return counted if below is None else self.table.counted(below.id)

    def _row_before(self, review: Review, group: DoseGroup, position: int) -> ReviewRow | None:
        """Give the review that a place waits for: of its own group, or of the group below before its first place."""
        about: DoseGroup | None = group
        if review.group:
            about = self.escalation.group(review.group)
        elif review.after is None or review.after >= position:
            below = self.escalation.below(group) if group in self.escalation.groups else None
            about = below if position == 1 else group
        if about is None:
            return None
        return self.review_row(review, about, before=position if about == group else None, is_whole=True)

    def _reviewed(self, gate: Gate, row: ReviewRow) -> Iterator[Wait]:
        review, assumed = row.review, _why(gate) or _why(row.review)
        if row.held is not None:
            since = opening_day(row.held, gate.opens)
            told = f"{review.name}, held on {_told(row.held)}"
            yield Wait("review", gate.id, told, since, since > self.today, assumed, is_recorded=True)
            return
        if row.earliest is None:
            yield from (wait._replace(assumed=wait.assumed or assumed) for wait in row.waits)
            yield Wait("review", gate.id, f"{review.name}: {row.told}", None, True, assumed)
            return
        since = opening_day(row.earliest, gate.opens)
        told = f"{review.name}, {row.told}; that it was held is not recorded"
        yield Wait("review", gate.id, told, since, True, assumed)

    def _released(self, gate: Gate, group: DoseGroup, subject: str, ready: date | None) -> Wait:
        """Say whether a place was released; a release from before that day was one of an earlier place."""
        found = [
            each
            for each in self.cohort.releases
            if each.gate == gate.id and each.group == group.id and each.subject in ("", subject)
        ]
        who = f" by {gate.released_by}" if gate.released_by else ""
        missing = f"release decision{who} not recorded"
        at_best = opening_day(max(self.today, ready or self.today), gate.opens)
        if not found:
            return Wait("release", gate.id, missing, None, True, _why(gate), at_best)
        release = max(found, key=lambda each: each.on)
        if ready is not None and release.on < ready:
            told = f"{missing}: that of {_told(release.on)} was before {_told(ready)}, the first day for one"
            return Wait("release", gate.id, told, None, True, _why(gate), at_best)
        release = min((each for each in found if ready is None or each.on >= ready), key=lambda each: each.on)
        since = opening_day(release.on, gate.opens)
        who = f" by {release.by}" if release.by else who
        told = f"released on {_told(release.on)}{who}"
        return Wait("release", gate.id, told, since, since > self.today, _why(gate), is_recorded=True)

    # --- staggers ---------------------------------------------------------------------------------------------------

    def staggers(self, group: DoseGroup) -> list[Wait]:
        """Give what the first dose of the next subject of a group waits for; everybody dosed counts."""
        return [wait for stagger, wait in self._staggered(group)]

    def in_order(self, before: Taken | None) -> list[Wait]:
        """Say that a first dose is not before that of the subject before, where that one is to come."""
        if before is None or before.is_actual:
            return []
        if before.first_dose is None:
            told = f"the order of dosing: {before.subject or 'the subject before'} is dosed before, and has no date"
            return [Wait("order", "subjects", told, None, True)]
        told = f"the order of dosing: {before.subject} is dosed before, on {_told(before.first_dose)} at the earliest"
        return [Wait("order", "subjects", told, before.first_dose, before.first_dose > self.today)]

    def stagger_findings(self) -> Iterator[CohortFinding]:
        """Give the staggers that were not kept, in the order in which the subjects were really dosed."""
        for group in self.escalation.groups or (ONE_GROUP,):
            actual = [each for each in self.table.dosed(group.id) if each.is_actual]
            known = sorted((each for each in actual if each.first_dose is not None), key=_first_dose)
            unknown = len(actual) - len(known)
            for number, each in enumerate(known):
                assert each.first_dose is not None
                for stagger in self._of(group, number + 1 + unknown):
                    if (unknown and stagger.after) or stagger.after > number or not number:
                        continue
                    wait = self._since(stagger, known[:number][stagger.after - 1])  # of 0 the one before
                    if wait.since is not None and each.first_dose < wait.since:
                        yield self._too_early(each, stagger, wait, wait.since)

    def _too_early(self, taken: Taken, stagger: Stagger, wait: Wait, since: date) -> CohortFinding:
        assert taken.first_dose is not None
        days = (taken.first_dose - since).days
        step = f"{taken.subject}: {self.escalation.first_dose} on {_told(taken.first_dose)}"
        told = f"{step} is {-days} d before {_told(since)}: {wait.told}"
        return CohortFinding(
            "stagger", taken.subject, stagger.id, since, taken.first_dose, days, told, bool(wait.assumed)
        )

    def _staggered(self, group: DoseGroup) -> Iterator[tuple[Stagger, Wait]]:
        """Give the staggers of the next subject: after the first doses that there are, in order of their dates."""
        dosed = self.table.dosed(group.id)
        known = sorted((each for each in dosed if each.first_dose is not None), key=_first_dose)
        unknown = [each for each in dosed if each.first_dose is None]
        for stagger in self._of(group, len(dosed) + 1):
            if dosed and stagger.after <= len(dosed):
                other = unknown[-1] if unknown else known[stagger.after - 1]  # of 0 the one before
                yield stagger, self._since(stagger, other)

    def _of(self, group: DoseGroup, position: int) -> Iterator[Stagger]:
        for stagger in self.escalation.staggers:
            if stagger.group in ("", group.id) and stagger.subject.has(position):
                yield stagger

    def _since(self, stagger: Stagger, other: Taken) -> Wait:
        """Give the link that waits until some time after the first dose of another subject."""
        whose = other.subject or "the subject before"
        if other.first_dose is None:
            why = "of which the day is not known exactly" if other.is_actual else "who is not dosed, and has no date"
            told = f"{stagger.at_least} after the first dose of {whose}, {why}"
            return Wait("stagger", stagger.id, told, None, True, _why(stagger))
        last = add(other.first_dose, stagger.at_least)
        since = opening_day(last, stagger.opens)
        until = "until the last day" if stagger.opens == "on-the-last-day" else "until the day after"
        told = f"{stagger.at_least} after the first dose of {whose} on {_told(other.first_dose)} ({until})"
        return Wait("stagger", stagger.id, told, since, since > self.today, _why(stagger))

    # --- reviews ----------------------------------------------------------------------------------------------------

    def review_rows(self) -> Iterator[ReviewRow]:
        """Give the reviews of the groups in which somebody is, or will be."""
        groups = self.escalation.groups or (ONE_GROUP,)
        for group in groups:
            if not self.table.dosed(group.id):
                continue
            for review in self.escalation.reviews:
                if review.group in ("", group.id):
                    yield self.review_row(review, group)

    def review_row(
        self, review: Review, group: DoseGroup, before: int | None = None, *, is_whole: bool = False
    ) -> ReviewRow:
        """Say when a review of a group can be held at the earliest, or was.

        Of a review after everybody in the group, those `before` a position count; else, where that `is_whole`, all
        of them, and where it is not, a review that was held is about those who were dosed by then. A review that was
        held before the observation of its subjects was complete does not count.
        """
        counted = self.table.counted(group.id)[: None if before is None else before - 1]
        first = counted[: review.after] if review.after is not None else counted
        early = ""
        for held in self._held(review, group):
            with self.table.as_of(held.on):  # who was evaluable then
                then = self.table.counted(group.id)[: None if before is None else before - 1]
            about = then[: review.after] if review.after is not None else then
            if review.after is None and not is_whole:
                about = [each for each in about if each.first_dose is not None and each.first_dose <= held.on]
            ready = self._ready(review, about)
            if ready is not None and ready <= held.on:
                names = tuple(each.subject for each in about)
                return ReviewRow(review, group.id, names, held.on, held.on, f"held on {_told(held.on)}")
            early = early or f"; the one held on {_told(held.on)} does not count: {self._early(review, about, ready)}"
        row = self._to_come(review, group, first, is_part=before is not None)
        return row._replace(told=row.told + early) if early else row

    def _early(self, review: Review, about: Sequence[Taken], ready: date | None) -> str:
        """Say why a review that was held does not count."""
        if ready is not None:
            return f"the observation of its subjects is complete from {_told(ready)} on"
        if len(about) < (review.after or 1):
            return f"it is about {review.after or 'all'} evaluable subjects, and there are {len(about)}"
        return "the dates of its subjects do not tell whether their observation was complete"

    def _held(self, review: Review, group: DoseGroup) -> Iterator[HeldReview]:
        """Give the records of a review of a group, the last one first."""
        found = [each for each in self.cohort.reviews if each.review == review.id and each.group == group.id]
        yield from sorted(found, key=lambda each: each.on, reverse=True)

    def _ready(self, review: Review, about: Sequence[Taken]) -> date | None:
        """Give the first day after the observation of some subjects; None where they are too few, or have no date."""
        ends = [each.observed_until for each in about if each.observed_until is not None]
        if not about or len(ends) < max(len(about), review.after or 0):
            return None
        return opening_day(max(ends), review.opens)

    def _to_come(self, review: Review, group: DoseGroup, first: Sequence[Taken], *, is_part: bool) -> ReviewRow:
        names = tuple(each.subject for each in first)
        if review.after is not None and len(first) < review.after:
            told = f"after {review.after} evaluable subjects of {group.name}; it has {len(first)}"
            return ReviewRow(review, group.id, names, None, None, told)
        if review.after is None and not is_part and self.table.has_places(group):
            told = f"after all evaluable subjects of {group.name}; it has {len(first)}, and places for more"
            return ReviewRow(review, group.id, names, None, None, told)
        if not first:
            return ReviewRow(review, group.id, names, None, None, f"nobody in {group.name} is evaluable")
        link = self.table.observed(first)._replace(rule=review.id)
        ready = self._ready(review, first)
        if ready is None:
            return ReviewRow(review, group.id, names, None, None, link.told, (link,))
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


def _first_dose(taken: Taken) -> date:
    return taken.first_dose or date.max


def _why(entry: Gate | Review | Stagger) -> str:
    """Give why a date that an entry leads to is assumed; that its name is does not count."""
    return assumed_of(entry.assumed, *_DATED)

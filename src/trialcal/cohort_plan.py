"""Planning a cohort: where each subject stands, what the next one waits for, and the earliest dates of what follows.

The rules across subjects are all "not before": in the order of dosing each subject waits for days that those before
it fix, so the earliest dates are found one subject after the other, each by the planning core (`admitting`). trialcal
says what the calendar rules allow; people assess toxicities and release doses. A room of its own because it joins
the decision table (`stepping`), the gates and reviews (`gating`) and the plans of single subjects.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from trialcal.admitting import first_admissible
from trialcal.cohort import Cohort, CohortFinding, CohortPlan, GateRow, GroupRow, Member, Row, State, Wait
from trialcal.cohort_facts import (
    Facts,
    about_dlt,
    about_dose,
    dlt_told,
    no_order,
    not_judged,
    observation_assumed,
    unused_rulings,
)
from trialcal.cohort_findings import before_the_gate, order_findings, stated_too_early, too_many
from trialcal.escalation import ONE_GROUP, DoseGroup, Escalation
from trialcal.gating import Gates
from trialcal.plan import plan
from trialcal.problems import Problem
from trialcal.schedule import Schedule
from trialcal.stepping import Place, Table
from trialcal.subject import Subject
from trialcal.taking import Taken
from trialcal.telling import date_told as _told

_OF_CALENDARS = ("observation", "review", "stagger", "order")  # what has no date here has none for those who wait


def lacking(escalation: Escalation | None) -> tuple[str, ...]:
    """Say what a protocol must state before a cohort can be planned: the keys that nobody has set.

    >>> lacking(Escalation("priming", "priming"))
    ('escalation.dlt_period', 'escalation.complete')
    """
    if escalation is None:
        return ("escalation",)
    keys = {"escalation.dlt_period": escalation.dlt_period, "escalation.complete": escalation.complete}
    return tuple(key for key, value in keys.items() if not value)


def cohort_plan(cohort: Cohort, today: date) -> CohortPlan:
    """Say where a cohort stands as of a day, and plan what is to come at the earliest, from that day on.

    Raises ValueError where the protocol lacks what `lacking` tells.
    """
    escalation = cohort.protocol.escalation
    if escalation is None or lacking(escalation):
        raise ValueError(f"the protocol lacks {', '.join(lacking(escalation))}")
    return _Planner(cohort, escalation, today).planned()


class _Planner:
    """One pass over the subjects, in the order of dosing."""

    def __init__(self, cohort: Cohort, escalation: Escalation, today: date) -> None:
        self.cohort = cohort
        self.escalation = escalation
        self.today = today
        self.table = Table(escalation, cohort.rulings, today, observation_assumed(cohort.protocol))
        self.gates = Gates(cohort, escalation, self.table, today)
        self.rows: list[Row] = []
        self.findings: list[CohortFinding] = []
        self.problems: list[Problem] = []
        self.assumed: dict[str, None] = {}
        groups = [group for group in escalation.groups if not group.spare]
        self.group = groups[0] if groups else ONE_GROUP
        self.is_one_group = len(groups) < 2
        self.last: Taken | None = None  # who was dosed, or will be, before the next one

    def planned(self) -> CohortPlan:
        """Plan the cohort."""
        facts = [Facts(member, self.escalation) for member in self.cohort.members]
        self.findings += order_findings(facts, self.escalation) if self.cohort.is_ordered else ()
        if not self.cohort.is_ordered:
            facts.sort(key=lambda each: (each.is_out, not each.is_in, each.dosed or each.began_by or date.max))
            waiting = [each for each in facts if not each.is_in and not each.is_out]
            self.problems += no_order(waiting)
        for each in facts:
            self.problems += about_dlt(each, self.escalation, self.today)
            self.problems += about_dose(each, self.escalation, self.today)
            if each.is_out:
                if each.began() is not None and (group := self._group_of(each)) is not None:
                    self._judge_gate(each, group)  # the gate holds the first step, whatever came of it
                why = f" ({each.why_out})" if each.why_out else ""
                self.rows.append(self._row(each, "withdrawn", None, None, f"out before the first dose{why}"))
            elif each.is_in:
                self._took_part(each)
            else:
                self._to_come(each)
        if not any(row.state in ("screening", "no-place") for row in self.rows):
            self._next()
        self.findings += self.gates.stagger_findings()
        self.findings += too_many(self.table, self.escalation)
        self.problems += unused_rulings(self.table)
        reviews = self.gates.review_rows()
        return CohortPlan(
            self.cohort,
            self.today,
            tuple(self.rows),
            tuple(self._groups()),
            tuple(reviews),
            self._next_gate(),
            tuple(self.findings),
            tuple(self.problems),
            tuple(self.assumed),
        )

    # --- those who were dosed, or committed -----------------------------------------------------------------------

    def _took_part(self, facts: Facts) -> None:
        group = self._group_of(facts)
        if group is None:
            row = self._row(facts, "committed", None, None, "in which dose group is not known")
            self.rows.append(row)
            return
        self.group = group
        taken = facts.taken(facts.schedule, self.escalation, self.today)
        self._judge_gate(facts, group)
        position = len(self.table.counted(group.id)) + 1
        self.table.take(group.id, taken)
        self.last = _later(self.last, taken)
        state, told = self._standing(facts, taken)
        number = position if taken.counts else None
        self.rows.append(self._row(facts, state, group, number, told, taken))

    def _judge_gate(self, facts: Facts, group: DoseGroup) -> None:
        """Find out whether a first step was before its gate opened, by who was evaluable then."""
        on = facts.began()
        if on is not None:
            with self.table.as_of(on):
                position = len(self.table.counted(group.id)) + 1
                place = self.table.waits_at(group, position, on)
                waits = [*place.waits, *self.gates.waits(group, position, facts.subject.id)]
            self.findings += before_the_gate(facts, group, on, waits, place, self.escalation)
            self.problems += not_judged(facts, waits)

    def _standing(self, facts: Facts, taken: Taken) -> tuple[State, str]:
        """Say where somebody stands who was dosed or committed."""
        subject = facts.subject
        if subject.not_evaluable is not None:
            why = subject.not_evaluable
            return "not-evaluable", f"not evaluable ({why.reason}), as {why.by} decided on {_told(why.on)}"
        if not facts.is_dosed:
            when = f"on {_told(facts.committed)}" if facts.committed is not None else f"in {facts.partly}"
            overdue = facts.overdue(self.today, self.escalation.first_dose)
            dose = "the dose is to come" if overdue is None else f"the dose of {_told(overdue)} is not recorded"
            return "committed", f"{self.escalation.commits} was {when}, {dose}"
        if taken.first_dose is None:
            when = f"first dose in {facts.partly}" if facts.partly else "dosed"
            return "in-observation", f"{when}: the exact day is not known, nor the end of its DLT observation"
        if taken.complete_from is None:
            return "in-observation", "in DLT observation, of which no last day is known"
        assert taken.observed_until is not None
        dlt = dlt_told(taken.dlt)
        if taken.complete_from > self.today:
            return "in-observation", f"in DLT observation until {_told(taken.observed_until)}; {dlt}"
        return "complete", f"DLT observation complete since {_told(taken.complete_from)}; {dlt}"

    # --- those to come ----------------------------------------------------------------------------------------------

    def _to_come(self, facts: Facts) -> None:
        """Plan a subject who has not begun, at the earliest; or as its own dates say."""
        place = self._place_of(facts.subject)
        if place.group is None:
            self.rows.append(self._row(facts, "no-place", None, None, place.told, waits=place.waits))
            return
        group = place.group
        waits = [*place.waits, *self.gates.waits(group, place.position, facts.subject.id)]
        staggers = [*self.gates.staggers(group), *self.gates.in_order(self.last)]
        self.assumed.update(dict.fromkeys(place.conditions))
        if any(wait.holds and not wait.is_recorded and wait.kind in ("review", "release") for wait in waits):
            self.assumed["every review is held, and every release decided, on its first possible day"] = None
        every = (*waits, *staggers)
        state: State = "screening" if facts.subject.id else "next"
        endless = [wait for wait in every if wait.holds and wait.since is None and wait.kind in _OF_CALENDARS]
        if endless and not facts.is_stated:
            told = f"no date: {self._waiting_told(every)}"
            self._place(facts, state, place, facts.without_dates(), told, every)
            return
        gate = max((wait.bound for wait in waits if wait.bound is not None), default=None)
        dose = max((wait.since for wait in staggers if wait.since is not None), default=None)
        held = self._held(facts, gate, dose)
        schedule, reason = self._admitted(facts, held)
        is_stated = schedule is facts.schedule
        if is_stated:
            self.findings += stated_too_early(facts, waits, staggers, self.escalation)
        taken = facts.without_dates()
        if schedule is not None:
            taken = facts.taken(schedule, self.escalation, self.today)
        told = f"no date: {reason}" if reason else self._waiting_told(every)
        own = self._own_calendar(schedule, held) if schedule is not None and not is_stated else ""
        self._place(facts, state, place, taken, told + own, every, gate, schedule, is_stated=is_stated)
        self.rows[-1] = self.rows[-1]._replace(own=own.removeprefix("; "))

    def _held(self, facts: Facts, gate: date | None, dose: date | None) -> dict[str, date]:
        """Give the first day of each visit that is to come: none is before today."""
        subject, protocol = facts.subject, facts.schedule.protocol
        done = {*subject.dated, *subject.partly, *subject.absent}
        held = {visit.id: self.today for visit in protocol.visits if visit.id not in done}
        for visit, day in ((self.escalation.commits, gate), (self.escalation.first_dose, dose)):
            if day is not None:
                held[visit] = max(day, held.get(visit, day))
        return held

    def _admitted(self, facts: Facts, held: Mapping[str, date]) -> tuple[Schedule | None, str]:
        """Plan a subject who has not begun: its own plan, where its dates leave no other; else none, and why."""
        if facts.is_stated:
            return facts.schedule, ""
        protocol, site = facts.schedule.protocol, facts.schedule.site
        admitted = first_admissible(protocol, facts.subject, site, held, "held back by the cohort's rules")
        if admitted.schedule is None:
            return None, admitted.reason
        on = {row.id: row.on for row in admitted.schedule.visits}
        steps = {self.escalation.commits, self.escalation.first_dose} & held.keys()
        if any((on.get(step) or date.min) < held[step] for step in steps):
            return facts.schedule, ""  # its file states a date from which the steps follow
        return admitted.schedule, ""

    def _own_calendar(self, schedule: Schedule, held: Mapping[str, date]) -> str:
        """Say why the first step is later than the others let it be, where it is."""
        on = {row.id: row.on for row in schedule.visits}
        step = self.escalation.commits
        commits, bound = on.get(step), held.get(step)
        if commits is None or bound is None or commits <= bound:
            return ""
        dose = self.escalation.first_dose
        if on.get(dose) == held.get(dose):  # the time since another dose is why
            return ""
        ready = [f"{name} {_told(day)}" for name, day in on.items() if name in held and day and day < commits]
        before = f"; before it, and not recorded as done: {', '.join(ready)}" if ready else ""
        return f"; its own calendar leaves no date before {_told(commits)}{before}"

    def _place(
        self,
        facts: Facts,
        state: State,
        place: Place,
        taken: Taken,
        told: str,
        waits: Sequence[Wait],
        gate: date | None = None,
        schedule: Schedule | None = None,
        *,
        is_stated: bool = False,
    ) -> None:
        """Add the row of a subject who is to come, who takes the next place also where it has no date."""
        group = place.group
        assert group is not None
        has_dates = taken if schedule is not None else None
        row = self._row(facts, state, group, place.position, told, has_dates, waits, gate, schedule)
        self.rows.append(row._replace(assumed=place.conditions, is_stated=is_stated))
        self.table.take(group.id, taken)
        self.group, self.last = group, _later(self.last, taken)

    def _waiting_told(self, waits: Sequence[Wait]) -> str:
        holding = [wait for wait in waits if wait.holds]
        if not holding:
            return "nothing across subjects holds it back"
        return "waits for: " + "; ".join(dict.fromkeys(wait.told for wait in holding))

    def _next(self) -> None:
        """Plan the place that the next subject would have, whoever that is."""
        nobody = plan(self.cohort.protocol, Subject(), self.cohort.site)
        self._to_come(Facts(Member(nobody), self.escalation))

    # --- groups -----------------------------------------------------------------------------------------------------

    def _group_of(self, facts: Facts) -> DoseGroup | None:
        """Give the dose group of a subject: the one that its file names, or the only one."""
        named_group = facts.subject.dose_group
        if named_group:
            return self.escalation.group(named_group)
        if self.is_one_group:
            return self.group
        message = f"{facts.subject.id} has begun, and its file does not say in which dose group"
        groups = " or ".join(group.id for group in self.escalation.groups)
        hint = f"write `dose_group:` with {groups} in {facts.file or 'its file'}"
        self.problems.append(Problem("error", "no-dose-group", message, hint))
        return None

    def _place_of(self, subject: Subject) -> Place:
        """Give the next place; in the group that the subject's file names, where it names one."""
        if not subject.dose_group:
            return self.table.next_place(self.group)
        place = self.table.next_place(self.group)
        asked = self.escalation.group(subject.dose_group)
        if asked is None or (place.group is not None and place.group.id == asked.id):
            return place
        if asked.spare and self.table.is_decided(asked):
            position = len(self.table.counted(asked.id)) + 1
            return Place(asked, position, (self.table.to_spare(asked),) if position == 1 else ())
        if asked.spare and self.table.counted(asked.id):
            return self.table.next_place(asked)
        if asked.spare:
            wait = self.table.to_spare(asked)
            return Place(None, 0, (wait,), (), wait.told)
        to = f"in {place.group.name}" if place.group is not None else f"nowhere ({place.told})"
        message = f"{subject.id} is written into {asked.name}; by the decision table the next place is {to}"
        hint = "correct `dose_group` in its file, or record what was decided"
        self.problems.append(Problem("error", "other-dose-group", message, hint))
        return Place(None, 0, place.waits, place.conditions, f"no place in {asked.name}: the next one is {to}")

    def _groups(self) -> Iterator[GroupRow]:
        groups = self.escalation.groups or (ONE_GROUP,)
        for group in groups:
            actual = [each for each in self.table.dosed(group.id) if each.is_actual]
            if group.spare and not actual:
                continue
            counted = [each for each in actual if each.counts]
            of, outcomes = self.table.outcomes(group)
            assessed = sum(each.dlt is not None for each in counted)
            dlts = sum(each.has_dlt for each in counted)
            told = f"{len(counted)} of {of} evaluable subjects dosed" if of else f"{len(counted)} dosed"
            if of and len(counted) > of:
                told = f"{len(counted)} evaluable subjects dosed, and a decision to come about the first {of}"
            yield GroupRow(group.id, group.name, len(actual), len(counted), assessed, dlts, of, outcomes, told)

    # --- rows -------------------------------------------------------------------------------------------------------

    def _row(
        self,
        facts: Facts,
        state: State,
        group: DoseGroup | None,
        position: int | None,
        told: str,
        taken: Taken | None = None,
        waits: Sequence[Wait] = (),
        gate: date | None = None,
        schedule: Schedule | None = None,
    ) -> Row:
        shown = schedule or facts.schedule
        on = {row.id: row.on for row in shown.visits}
        has_dates = taken is not None
        dlt = taken.dlt if taken is not None else facts.assessed(None)
        return Row(
            subject=facts.subject.id,
            group=group.id if group is not None else facts.subject.dose_group,
            position=position,
            state=state,
            gate=gate,
            commits=on.get(self.escalation.commits) if has_dates else facts.committed,
            commits_is_actual=facts.committed is not None,
            first_dose=taken.first_dose if taken is not None else None,
            first_dose_is_actual=facts.dosed is not None,
            is_stated=facts.is_stated,
            observed_until=taken.observed_until if taken is not None else None,
            complete_from=taken.complete_from if taken is not None else None,
            dlt=dlt.outcome if dlt is not None else "not-assessed",
            told=told,
            waits=tuple(waits),
            schedule=shown if has_dates else None,
        )

    def _next_gate(self) -> GateRow | None:
        row = next((row for row in self.rows if row.state in ("screening", "next", "no-place")), None)
        if row is None:
            return None
        gates = () if row.position is None else self.gates.of(row.group, row.position)
        return GateRow(gates, row.subject, row.group, row.position, row.gate, row.told, row.waits)


def _later(before: Taken | None, taken: Taken) -> Taken:
    """Give who of two is dosed later; the second on the same day."""
    if before is None or (taken.first_dose is None and not taken.is_actual):
        return taken
    if before.first_dose is None:
        return taken if before.is_actual else before
    return taken if taken.first_dose is not None and taken.first_dose >= before.first_dose else before

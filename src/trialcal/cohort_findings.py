"""What the dates of a cohort show against its rules: a step before its gate, the order, more subjects than planned.

A room of its own beside `cohort_plan` because a finding says what was, and moves no date. Whether one is a
deviation is for people to say.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal

from trialcal.cohort import CohortFinding, Wait
from trialcal.cohort_facts import Facts
from trialcal.escalation import DoseGroup, Escalation
from trialcal.stepping import Place, Table
from trialcal.taking import named
from trialcal.telling import date_told as _told


def before_the_gate(
    facts: Facts, group: DoseGroup, on: date, waits: Sequence[Wait], place: Place, escalation: Escalation
) -> Iterator[CohortFinding]:
    """Give what the first step of a subject did not wait for, as far as it is recorded."""
    name, step = facts.subject.id, facts.step
    exact = None if facts.partly else on  # else only the month or the year is known: `on` ends it
    was = f"on {_told(on)}" if exact is not None else f"in {facts.partly}, by {_told(on)}"
    for wait in waits:
        if wait.since is not None and on < wait.since:
            days = (on - wait.since).days
            comma = "" if exact is not None else ","
            told = f"{name}: {step} {was}{comma} is {-days} d before {_told(wait.since)}: {wait.told}"
            off = days if exact is not None else None
            yield CohortFinding("gate", name, wait.rule, wait.since, exact, off, told, bool(wait.assumed))
        elif wait.since is None:
            told = f"{name}: {step} was {was}; by what the files say it still waited: {wait.told}"
            yield CohortFinding("gate", name, wait.rule, None, exact, None, told, bool(wait.assumed))
    if place.group is None and place.told:
        told = f"{name}: {step} was {was}, and the decision table has no such place: {place.told}"
        assumed = any(row.assumed for row in escalation.rows(group.id))
        yield CohortFinding("too-many", name, "decisions", None, exact, None, told, assumed)


def stated_too_early(
    facts: Facts, waits: Sequence[Wait], staggers: Sequence[Wait], escalation: Escalation
) -> Iterator[CohortFinding]:
    """Give what the dates of a subject who is to come do not wait for."""
    for visit, several in ((escalation.commits, waits), (escalation.first_dose, staggers)):
        row = facts.rows.get(visit)
        on = row.on if row is not None else None
        for wait in several:
            if on is None or wait.since is None or on >= wait.since:
                continue
            days, name = (on - wait.since).days, facts.subject.id
            told = f"{name}: {visit} is to be on {_told(on)}, {-days} d before {_told(wait.since)}: {wait.told}"
            kind: Literal["stagger", "gate", "order"] = wait.kind if wait.kind in ("stagger", "order") else "gate"
            yield CohortFinding(kind, name, wait.rule, wait.since, on, days, told, bool(wait.assumed))


def order_findings(facts: Sequence[Facts], escalation: Escalation) -> Iterator[CohortFinding]:
    """Give the subjects who were certainly dosed before somebody who stands before them in the order of dosing."""
    for number, each in enumerate(facts):
        mine = each.dosed_within
        if mine is None:
            continue
        for other in facts[:number]:
            theirs = other.dosed_within
            if other.is_out or (theirs is not None and theirs[0] <= mine[1]):
                continue
            when = "not yet" if theirs is None else _when(theirs)
            told = f"{each.subject.id}: {escalation.first_dose} was {_when(mine)}"
            message = f"{told}; {other.subject.id} stands before it in the order of dosing, and was dosed {when}"
            days = (each.dosed - other.dosed).days if each.dosed is not None and other.dosed is not None else None
            yield CohortFinding("order", each.subject.id, "subjects", other.dosed, each.dosed, days, message, False)


def _when(within: tuple[date, date]) -> str:
    first, last = within
    return f"on {_told(first)}" if first == last else f"between {_told(first)} and {_told(last)}"


def too_many(table: Table, escalation: Escalation) -> Iterator[CohortFinding]:
    """Give the dose groups with more evaluable subjects than the protocol plans."""
    for group in escalation.groups:
        counted = [each for each in table.counted(group.id) if each.is_actual]
        most = group.subjects.most if group.subjects is not None else None
        if most is not None and len(counted) > most:
            names = named([each.subject for each in counted[most:]])
            told = f"{group.name} has {len(counted)} evaluable subjects, and the protocol plans at most {most}"
            last = counted[-1]
            assumed = "subjects" in group.assumed or "at" in group.assumed
            yield CohortFinding(
                "too-many", last.subject, group.id, None, last.first_dose, None, f"{told}: {names}", assumed
            )

"""Resolving what speaks of visits: rules, periods, timepoints and activities, once all visits are written out.

A room of its own beside `expanding`, which makes the visits: what is about a visit that the subject does not have is
left out here, and what is about one that does not exist is reported.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from trialcal.naming import Names, references_of
from trialcal.problems import Report
from trialcal.protocol import Activity, Mark, Period, Rule, Timepoints, Visit
from trialcal.timing import Reference

if TYPE_CHECKING:
    from trialcal.escalation import Escalation

MOST_GAPS = 10_000  # between two visits each: a rule about `each dose` has one for every dose
MOST_TIMEPOINTS = 10_000
ALL = "all"


def resolved_rules(rules: Iterable[Rule], names: Names, report: Report) -> Iterator[Rule]:
    """Resolve all rules between visits that the subject has."""
    gaps = 0
    for rule in rules:
        if names.is_absent(rule.visit) or names.is_absent(rule.other):
            continue
        visit, other = names.resolve(rule.visit, rule=True), names.resolve(rule.other, rule=True)
        if other.pick == "previous" and not set(visit.members) <= set(other.members or visit.members):
            message = f"`{visit}` is not one of those that `{other}` goes through"
            hint = f"write `visit: each {other.name}`, or name the visit that it comes after"
            report.error(other.place, "bad-reference", message, hint)
        if visit.pick == other.pick == "only" and visit.members and visit.members == other.members:
            message = f"a rule is between two visits, and both are `{visit}`"
            report.error(other.place, "bad-reference", message, "name another visit in one of the two places")
        gaps += len(visit.members) * (1 if other.pick == "previous" else len(other.members))
        if gaps > MOST_GAPS:
            message = f"the rules up to here are about more than {MOST_GAPS:,} pairs of visits"
            report.error(rule.place, "too-many", message, "name single visits, or `the previous` one of a series")
            return
        yield replace(rule, visit=visit, other=other)


def resolved_periods(periods: Iterable[Period], names: Names) -> Iterator[Period]:
    """Resolve all periods between visits that the subject has."""
    for period in periods:
        ends = [end for end in (period.start, period.until) if end is not None]
        if not any(names.is_absent(reference) for end in ends for reference in references_of(end)):
            yield _resolved_period(period, names)


def _resolved_period(period: Period, names: Names) -> Period:
    until = period.until
    return replace(
        period,
        ends_with=tuple(names.resolve(each) for each in period.ends_with if not names.is_absent(each)),
        start=names.resolve_timing(period.start),
        until=None if until is None else names.resolve_timing(until),
    )


def resolved_timepoints(all_of_them: Iterable[Timepoints], names: Names, report: Report) -> Iterator[Timepoints]:
    """Resolve all timepoints around visits that the subject has; report visits without a time of day."""
    total = 0
    for entry in all_of_them:
        for reference in entry.visits:
            if reference.pick == "previous" or reference.edge == "end":
                hint = "name the visit, as `dose-1` or `each dose`; before, after or after end stand in `at`"
                report.error(reference.place, "bad-reference", f"timepoints cannot be around `{reference}`", hint)
        present = [reference for reference in entry.visits if not names.is_absent(reference)]
        resolved = tuple(around(reference, names) for reference in present)
        total += sum(len(reference.members) for reference in resolved) * len(entry.at)
        if total > MOST_TIMEPOINTS:
            message = f"the timepoints up to here are more than {MOST_TIMEPOINTS:,}"
            report.error(entry.place, "too-many", message, "name single visits")
            return
        for reference in resolved:
            timeless = [name for name in reference.members if _has_no_time(names.visits[name])]
            if timeless:
                visit = names.visits[timeless[0]]
                message = f"`{timeless[0]}` lasts {visit.lasts}: it has no time of day to count from"
                hint = "name a visit that is on one day, as the dose itself"
                report.error(reference.place, "no-time", message, hint)
        if resolved:
            yield replace(entry, visits=resolved)


def _has_no_time(visit: Visit) -> bool:
    return visit.lasts is not None and not visit.lasts.needs_clock and (visit.lasts.days or 0) > 1


def around(reference: Reference, names: Names) -> Reference:
    """Resolve what timepoints are around: a series stands for all of its visits."""
    if reference.pick == "only" and reference.name not in names.visits and reference.name in names.groups:
        return replace(reference, members=names.members[reference.name])
    return names.resolve(reference, rule=True)


def resolved_activities(activities: Sequence[Activity], names: Names, report: Report) -> tuple[Activity, ...]:
    """Resolve the marks of the table: an entry stands for all of its visits."""
    members: dict[str, list[str]] = {ALL: list(names.visits)} if activities else {}
    for visit in names.visits.values() if activities else ():
        members.setdefault(visit.entry, []).append(visit.id)
        if visit.id != visit.entry:
            members.setdefault(visit.id, []).append(visit.id)
    return tuple(
        replace(
            activity,
            marks=tuple(
                Mark(mark.name, mark.text, tuple(members.get(mark.name, ())), mark.place)
                for mark in activity.marks
                if _is_mark(mark, members, names, report)
            ),
        )
        for activity in activities
    )


def _is_mark(mark: Mark, members: Mapping[str, Sequence[str]], names: Names, report: Report) -> bool:
    """Tell whether the subject has the visit of a mark; one that does not exist is reported."""
    if mark.name in members or names.unseen.may_be(mark.name):
        return True
    if mark.name not in names.unseen.absent and not names.unseen.may_come(mark.name):
        hint = report.nearest(mark.name, members)
        report.error(mark.place, "unknown-visit", f"there is no visit `{mark.name}`", hint)
    return False


def resolved_escalation(escalation: Escalation | None, names: Names, report: Report) -> Escalation | None:
    """Resolve the two visits that an escalation speaks of; "" where the subject does not have one."""
    if escalation is None or not escalation.references:
        return escalation
    commits, first_dose = (_one_visit(reference, names, report) for reference in escalation.references)
    return replace(escalation, commits=commits, first_dose=first_dose)


def _one_visit(reference: Reference, names: Names, report: Report) -> str:
    if names.is_absent(reference):
        return ""
    if reference.edge == "end" or reference.pick in ("each", "previous"):
        hint = "name one visit, as `infusion` or `first dose`"
        report.error(reference.place, "bad-reference", f"`{reference}` is not one visit", hint)
        return ""
    members = names.resolve(reference).members
    if not members:
        return ""
    return members[-1] if reference.pick == "last" else members[0]

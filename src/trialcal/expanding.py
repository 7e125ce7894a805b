"""Writing a protocol out for a subject: the arm's and cohort's visits, all cycles and repeats, references resolved.

What comes out is a protocol of single visits, which is all that the planner knows. A room of its own because the same
file is written out anew for every arm, cohort and number of cycles, without being read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from trialcal.cycling import Counted, check_cycles, chosen_cycles, count_cycles, group_of, in_cycles, windowless
from trialcal.naming import Names, Unseen
from trialcal.problems import Place, Problem, Report
from trialcal.protocol import Activity, Choices, Mark, Period, Protocol, Repeated, Rule, Timepoints, Visit
from trialcal.repeating import Occurrence, count_repeat, repeated_of, written_out
from trialcal.timing import Every, InCycles, Offset, OffsetRange, Reference

MOST_VISITS = 10_000  # after expansion
MOST_GAPS = 10_000  # between two visits each: a rule about `each dose` has one for every dose
MOST_TIMEPOINTS = 10_000
ALL = "all"


def expand(written: Protocol, choices: Choices, unseen: Unseen, report: Report) -> Protocol:
    """Write a protocol out for some choices; what is wrong is reported."""
    visits, repeated, absent = _visits(written, choices, report)
    unseen = unseen._replace(absent=absent)
    names = Names(_without_doubles(visits, report), written.anchor, written.study_days, unseen, report)
    activities = _activities(written.activities, names, report)
    done = _done_at(activities)
    resolved = tuple(_resolved(visit, done.get(visit.id, ()), names) for visit in names.visits.values())
    for visit in resolved:
        _check_present(visit, names, report)
    for cycles in written.cycles:
        names.check_visit(cycles.until, cycles.places.get("until", cycles.place))
    for each in visits:
        if each.until and each.nth <= 1:
            names.check_visit(each.until, each.at_place, "`until`: ")
    for name, key in ((written.anchor, "anchor"), (written.start, "start")):
        names.check_visit(name, written.places.get(key, Place()))
    return replace(
        written,
        visits=resolved,
        rules=tuple(_rules(written.rules, names, report)),
        periods=tuple(_resolved_period(period, names) for period in _present_periods(written.periods, names)),
        lookbacks=tuple(
            replace(lookback, before=names.resolve(lookback.before))
            for lookback in written.lookbacks
            if not names.is_absent(lookback.before)
        ),
        timepoints=tuple(_timepoints(written.timepoints, names, report)),
        activities=activities,
        repeated=repeated,
        choices=choices,
        written=written,
    )


@lru_cache(maxsize=64)
def expanded(protocol: Protocol, choices: Choices) -> tuple[Protocol, tuple[Problem, ...]]:
    """Write a protocol that was read without errors out for other choices; kept, as many subjects have the same."""
    if choices == protocol.choices or protocol.written is None:
        return protocol, ()
    report = Report()
    return expand(protocol.written, choices, Unseen(), report), tuple(report.problems)


# --- visits -------------------------------------------------------------------------------------------------------


def _visits(
    written: Protocol, choices: Choices, report: Report
) -> tuple[list[Visit], dict[str, Repeated], frozenset[str]]:
    """Write out all visits that the subject has; give what is repeated, and the names that the subject lacks."""
    counted = {cycles.id: count_cycles(cycles, choices) for cycles in written.cycles}
    cycled: dict[str, list[Visit]] = {name: [] for name in counted}
    entries: dict[str, list[Visit]] = {}
    for visit in written.visits:
        if isinstance(visit.at, InCycles):
            group = group_of(visit, counted)
            if group is None:
                _report_no_cycles(visit, counted, report)
                continue
            cycled[group.cycles.id].append(visit)
        entries.setdefault(visit.entry, []).append(visit)
    for name, group in counted.items():
        check_cycles(group, cycled[name], report)
    occurrences = {
        entry: count_repeat(visits[0], written.study_days, choices, report)
        for entry, visits in entries.items()
        if isinstance(visits[0].at, Every)
    }
    if _are_too_many(entries, counted, occurrences, report):
        return [], {}, frozenset()
    found: list[Visit] = []
    absent: set[str] = set()
    repeated = {name: group.repeated for name, group in counted.items()}
    for entry, members in entries.items():
        visits = _entry(members, counted, occurrences.get(entry, []), written, report)
        if isinstance(members[0].at, Every):
            repeated[entry] = repeated_of(members[0], len(visits), choices)
        for visit in visits:
            if _has(choices.arm, visit.arms) and _has(choices.cohort, visit.cohorts):
                found.append(visit)
            else:
                absent |= {visit.id, visit.entry, visit.type}
    return found, repeated, frozenset(absent - {""})


def _entry(
    members: Sequence[Visit],
    counted: Mapping[str, Counted],
    occurrences: list[Occurrence],
    written: Protocol,
    report: Report,
) -> list[Visit]:
    first = members[0]
    if isinstance(first.at, Every):
        return list(written_out(first, occurrences, written.study_days))
    if not isinstance(first.at, InCycles):
        return list(members)
    group = group_of(first, counted)
    assert group is not None
    return list(windowless(in_cycles(members, group, report), written.anchor, report))


def _are_too_many(
    entries: Mapping[str, Sequence[Visit]],
    counted: Mapping[str, Counted],
    occurrences: Mapping[str, Sequence[Occurrence]],
    report: Report,
) -> bool:
    total = 0
    place = Place()
    for entry, members in entries.items():
        first = members[0]
        here = len(members)
        if isinstance(first.at, Every):
            here = len(occurrences[entry])
        elif isinstance(first.at, InCycles):
            group = group_of(first, counted)
            here = 0 if group is None else sum(len(chosen_cycles(visit, group)) for visit in members)
        if total <= MOST_VISITS < total + here:
            place = first.at_place
        total += here
    if total > MOST_VISITS:
        message = f"written out these are {total:,} visits; at most {MOST_VISITS:,} are planned"
        report.error(place, "too-many", message, "check the counts, the horizons and the lists")
    return total > MOST_VISITS


def _report_no_cycles(visit: Visit, counted: Mapping[str, Counted], report: Report) -> None:
    assert isinstance(visit.at, InCycles)
    if not counted:
        hint = "declare them in the head, as `cycles: {treatment: {length: 21 d, ...}}`"
        report.error(visit.at_place, "unknown-cycles", "this file has no cycles", hint)
    elif not visit.at.group:
        hint = f"name them, as `in: {next(iter(counted))} cycle 1`"
        message = f"which cycles are meant is not said: there are {', '.join(counted)}"
        report.error(visit.at_place, "unknown-cycles", message, hint)
    else:
        message = f"there are no cycles `{visit.at.group}`"
        report.error(visit.at_place, "unknown-cycles", message, report.nearest(visit.at.group, counted))


def _has(chosen: str, listed: Sequence[str]) -> bool:
    return not chosen or not listed or chosen in listed


def _without_doubles(visits: Iterable[Visit], report: Report) -> list[Visit]:
    """Report two visits of one id, or of ids that sound the same; the first stays."""
    found: dict[str, Visit] = {}
    alike: dict[str, str] = {}
    for visit in visits:
        place, other = visit.place, found.get(visit.id)
        if other is not None:
            message, hint = _double_told(visit, other)
            report.error(place, "duplicate-visit", message, hint)
            continue
        like = alike.setdefault(without_zeros(visit.id), visit.id)
        if like != visit.id:
            hint = "choose another id; zeros before a number make no difference"
            report.error(place, "duplicate-visit", f"`{visit.id}` is too much like `{like}`", hint)
            continue
        found[visit.id] = visit
    return list(found.values())


def _double_told(visit: Visit, other: Visit) -> tuple[str, str]:
    if visit.repeats and other.repeats and visit.entry != other.entry:
        message = f"`{visit.id}` is also a visit of `{other.entry}`, in line {other.place.line}"
        return message, f"leave one of the two out of that cycle, or add `ids: entry` ({visit.entry}-...)"
    message = f"`{visit.id}` is also a visit of the series `{other.series or visit.entry}`"
    return message, "choose another id; a series has no visits apart from its list"


def without_zeros(visit: str) -> str:
    """Give an id without zeros before its numbers: `dose-01` is `dose-1` to whoever reads it aloud."""
    return re.sub("(?<![0-9])0+(?=[0-9])", "", visit)


def _check_present(visit: Visit, names: Names, report: Report) -> None:
    """Report a visit that is counted from one which the subject's arm or cohort lacks."""
    at = visit.at
    reference = at.reference if isinstance(at, (Offset, OffsetRange)) else None
    if reference is not None and names.is_absent(reference):
        message = f"`{visit.id}` is counted from `{reference}`, which this arm or cohort does not have"
        report.error(visit.at_place, "absent-visit", message, "give both the same `arms` and `cohorts`")


def _resolved(visit: Visit, done: Sequence[str], names: Names) -> Visit:
    """Resolve a visit's references, and give it the names of its activities in the order of the table."""
    at = visit.at if isinstance(visit.at, (InCycles, Every)) else names.resolve_timing(visit.at)
    if at is visit.at and not done and not visit.may_coincide_with:
        return visit
    return replace(
        visit,
        at=at,
        may_coincide_with=tuple(_around(each, names) for each in visit.may_coincide_with),
        activities=tuple(dict.fromkeys((*visit.activities, *done))) if done else visit.activities,
    )


def _done_at(activities: Sequence[Activity]) -> dict[str, list[str]]:
    """Gather the names of the activities of each visit."""
    found: dict[str, list[str]] = {}
    for activity in activities:
        for mark in activity.marks:
            told = activity.name if mark.text == "X" else f"{activity.name} ({mark.text})"
            for name in mark.members:
                found.setdefault(name, []).append(told)
    return found


# --- what speaks of visits ----------------------------------------------------------------------------------------


def _rules(rules: Iterable[Rule], names: Names, report: Report) -> Iterator[Rule]:
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


def _present_periods(periods: Iterable[Period], names: Names) -> Iterator[Period]:
    for period in periods:
        ends = [end.reference for end in (period.start, period.until) if isinstance(end, Offset)]
        if not any(names.is_absent(reference) for reference in ends):
            yield period


def _resolved_period(period: Period, names: Names) -> Period:
    until = period.until
    return replace(
        period,
        start=names.resolve_timing(period.start),
        until=None if until is None else names.resolve_timing(until),
    )


def _timepoints(all_of_them: Iterable[Timepoints], names: Names, report: Report) -> Iterator[Timepoints]:
    total = 0
    for entry in all_of_them:
        present = [reference for reference in entry.visits if not names.is_absent(reference)]
        resolved = tuple(_around(reference, names) for reference in present)
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


def _around(reference: Reference, names: Names) -> Reference:
    """Resolve what timepoints are around: a series stands for all of its visits."""
    if reference.pick == "only" and reference.name not in names.visits and reference.name in names.groups:
        return replace(reference, members=names.members[reference.name])
    return names.resolve(reference, rule=True)


def _activities(activities: Sequence[Activity], names: Names, report: Report) -> tuple[Activity, ...]:
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
                replace(mark, members=tuple(members.get(mark.name, ())))
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
    if mark.name not in names.unseen.absent:
        hint = report.nearest(mark.name, members)
        report.error(mark.place, "unknown-visit", f"there is no visit `{mark.name}`", hint)
    return False

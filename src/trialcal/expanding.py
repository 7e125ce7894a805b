"""Writing a protocol out for a subject: the arm's and cohort's visits, all cycles and repeats, references resolved.

What comes out is a protocol of single visits, which is all that the planner knows. A room of its own because the same
file is written out anew for every arm, cohort and number of cycles, without being read again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cache, lru_cache

from trialcal.cycling import (
    Counted,
    check_cycles,
    chosen_cycles,
    count_cycles,
    group_of,
    in_cycles,
    may_come,
    windowless,
)
from trialcal.naming import Names, Unseen, references_of
from trialcal.problems import Place, Problem, Report
from trialcal.protocol import Activity, Choices, Cycles, Protocol, Repeated, Visit
from trialcal.repeating import Occurrence, count_repeat, repeated_of, written_out
from trialcal.resolving import (
    around,
    resolved_activities,
    resolved_escalation,
    resolved_periods,
    resolved_rules,
    resolved_timepoints,
)
from trialcal.timing import Every, InCycles, Reference

MOST_VISITS = 10_000  # after expansion


def expand(written: Protocol, choices: Choices, unseen: Unseen, report: Report) -> Protocol:
    """Write a protocol out for some choices; what is wrong is reported."""
    visits, repeated, late, unseen = _visits(written, choices, unseen, report)
    names = Names(_without_doubles(visits, report), written.anchor, written.study_days, unseen, report)
    activities = resolved_activities(written.activities, names, report)
    done = _done_at(activities)
    resolved = tuple(_resolved(visit, done.get(visit.id, ()), names) for visit in names.visits.values())
    for visit in resolved:
        _check_present(visit, names, choices, report)
    for cycles in written.cycles:
        for name in cycles.until:
            names.check_visit(name, cycles.places.get("until", cycles.place))
    for epoch in written.epochs:
        for name in epoch.until:
            names.check_visit(name, epoch.place, "`until`: ")
    for each in written.visits:
        for name in each.until:
            names.check_visit(name, each.at_place, "`until`: ")
    for name, key in ((written.anchor, "anchor"), (written.start, "start")):
        names.check_visit(name, written.places.get(key, Place()))
        if names.is_absent(Reference(name, ())):
            who = " and ".join(f"{what} `{each}`" for what, each in _chosen(choices)) or "the plan"
            message = f"`{key}` is `{name}`, which {who} does not have"
            report.error(written.places.get(key, Place()), "absent-visit", message, "name a visit that all have")
    return replace(
        written,
        visits=resolved,
        rules=tuple(resolved_rules(written.rules, names, report)),
        periods=tuple(resolved_periods(written.periods, names)),
        lookbacks=tuple(
            replace(lookback, before=names.resolve(lookback.before))
            for lookback in written.lookbacks
            if not names.is_absent(lookback.before)
        ),
        timepoints=tuple(resolved_timepoints(written.timepoints, names, report)),
        activities=activities,
        escalation=resolved_escalation(written.escalation, names, report),
        repeated=repeated,
        choices=choices,
        not_planned=tuple(sorted(late.items())),
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
    written: Protocol, choices: Choices, unseen: Unseen, report: Report
) -> tuple[list[Visit], dict[str, Repeated], dict[str, str], Unseen]:
    """Write out all visits that the subject has; give what is repeated, what is left out, and known names."""
    ends = {epoch.id: epoch.until for epoch in written.epochs if epoch.until}
    everything = [_ending(visit, ends) for visit in written.visits]
    counted = {cycles.id: count_cycles(_ending_with(cycles, everything), choices) for cycles in written.cycles}
    cycled: dict[str, list[Visit]] = {name: [] for name in counted}
    entries: dict[str, list[Visit]] = {}
    for visit in everything:
        if isinstance(visit.at, InCycles):
            group = group_of(visit, counted)
            if group is None:
                if unseen.unread is not None:
                    _report_no_cycles(visit, counted, report)
                continue
            cycled[group.cycles.id].append(visit)
        entries.setdefault(visit.entry, []).append(visit)
    lacking = {id for name, group in counted.items() for id in check_cycles(group, cycled[name], report)}
    occurrences = {
        entry: count_repeat(visits[0], written.study_days, choices, report)
        for entry, visits in entries.items()
        if isinstance(visits[0].at, Every)
    }
    if _are_too_many(entries, counted, occurrences, report):
        return [], {}, {}, unseen._replace(unread=None)
    found: list[Visit] = []
    absent: set[str] = set()
    repeated = {name: group.repeated for name, group in counted.items()}
    for entry, members in entries.items():
        visits = _entry(members, counted, occurrences.get(entry, []), written, report)
        if isinstance(members[0].at, Every):
            repeated[entry] = repeated_of(members[0], len(visits), choices)
        if entry in counted and isinstance(members[0].at, Every):
            hint = "choose another id: `--cycles` takes both"
            report.error(members[0].place, "same-name", f"`{entry}` is also a group of cycles", hint)
        if not visits:
            absent |= {entry, members[0].type}
        for visit in visits:
            if _has(choices.arm, visit.arms) and _has(choices.cohort, visit.cohorts):
                found.append(visit)
            else:
                absent |= {visit.id, visit.entry, visit.type}
    for name, group in counted.items():
        if not any(_goes_on(visit, group, choices) for visit in cycled[name]):
            repeated[name] = replace(repeated[name], is_open=False)

    @cache
    def may_come_later(name: str) -> bool:
        return any(may_come(name, cycled[each], group) for each, group in counted.items()) or any(
            name.startswith(f"{entry}-") and name[len(entry) + 1 :].isdigit() for entry in occurrences
        )

    found, late = _without_followers(found, may_come_later, absent)
    unread = None if unseen.unread is None else unseen.unread | lacking
    return found, repeated, late, unseen._replace(unread=unread, absent=absent - {""}, may_come=may_come_later)


def _ending(visit: Visit, ends: Mapping[str, tuple[str, ...]]) -> Visit:
    """Let a visit end with its epoch, too; what ends an epoch is not ended by it."""
    until = tuple(dict.fromkeys((*visit.until, *ends.get(visit.epoch, ()))))
    return replace(visit, until=until) if until != visit.until and visit.id not in until else visit


def _ending_with(cycles: Cycles, visits: Iterable[Visit]) -> Cycles:
    """Let cycles end with what ends the epochs of all their visits, where they do not say it themselves."""
    members = [visit for visit in visits if isinstance(visit.at, InCycles) and visit.at.group in ("", cycles.id)]
    if cycles.until or not members:
        return cycles
    shared = [name for name in members[0].until if all(name in visit.until for visit in members)]
    return replace(cycles, until=tuple(shared))


def _goes_on(visit: Visit, group: Counted, choices: Choices) -> bool:
    """Tell whether a subject has a visit in more cycles than are planned."""
    assert isinstance(visit.at, InCycles)
    arms, cohorts = visit.arms or group.cycles.arms, visit.cohorts or group.cycles.cohorts
    last = group.numbers[-1]
    goes_on = any(selection.last is None or selection.last > last for selection in visit.at.selections)
    return goes_on and _has(choices.arm, arms) and _has(choices.cohort, cohorts)


def _without_followers(
    visits: list[Visit], may_come_later: Callable[[str], bool], absent: set[str]
) -> tuple[list[Visit], dict[str, str]]:
    """Leave out the visits counted from one of a cycle that is not planned; give these with what they need."""
    known = {visit.id for visit in visits}
    late: dict[str, str] = {}
    while True:
        more = {
            visit.id: reference.name
            for visit in visits
            for reference in references_of(visit.at)
            if reference.pick == "only"
            and (reference.name in late or (reference.name not in known and may_come_later(reference.name)))
        }
        if not more:
            return visits, late
        late |= more
        absent |= set(more)
        visits = [visit for visit in visits if visit.id not in more]


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
    told: set[tuple[str, str]] = set()
    for visit in visits:
        place, other = visit.place, found.get(visit.id)
        if other is not None:
            if (visit.entry, other.entry) not in told:
                message, hint = _double_told(visit, other)
                report.error(place, "duplicate-visit", message, hint)
            told.add((visit.entry, other.entry))
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


def _check_present(visit: Visit, names: Names, choices: Choices, report: Report) -> None:
    """Report a visit that is counted from one which the subject's arm or cohort lacks."""
    for reference in references_of(visit.at):
        if names.is_absent(reference):
            who = " and ".join(f"{what} `{name}`" for what, name in _chosen(choices)) or "nobody"
            message = f"`{visit.entry}` is counted from `{reference}`, which {who} does not have"
            report.error(visit.at_place, "absent-visit", message, "give both the same `arms` and `cohorts`")


def _chosen(choices: Choices) -> list[tuple[str, str]]:
    return [(what, name) for what, name in (("arm", choices.arm), ("cohort", choices.cohort)) if name]


def _resolved(visit: Visit, done: Sequence[str], names: Names) -> Visit:
    """Resolve a visit's references, and give it the names of its activities in the order of the table."""
    at = visit.at if isinstance(visit.at, (InCycles, Every)) else names.resolve_timing(visit.at)
    if at is visit.at and not done and not visit.may_coincide_with:
        return visit
    return replace(
        visit,
        at=at,
        may_coincide_with=tuple(around(each, names) for each in visit.may_coincide_with if not names.is_absent(each)),
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

"""Checking a protocol without any patient's date: what can never hold, and what is assumed.

A room of its own because it asks the planning core about every start at once, while a plan asks about one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import product
from typing import NamedTuple

from trialcal.expanding import expanded
from trialcal.model import Gap, Model
from trialcal.modelling import model_of
from trialcal.network import Conflict, Domain, bounds, conflict
from trialcal.problems import NOWHERE, Place, Problem, has_errors
from trialcal.protocol import Choices, Group, Multiple, Protocol, Texts
from trialcal.settle import usual_targets
from trialcal.standing import ANY_DAY, HORIZON, reach_of
from trialcal.telling import chain_told, conflict_told, day_told, label_told, rule_told

# Four years in a row hold every weekday of every date but one, and one leap day.
FIRST_START = date(2025, 1, 1).toordinal()
STARTS = 1461
LONGEST = 2 * 36_525  # days, twice the largest duration of the language
MOST_CHOICES = 30  # of arms and cohorts, each checked by itself
MOST_STEPS = 400_000  # in months that one check counts: some seconds


def check_protocol(protocol: Protocol) -> Iterator[Problem]:
    """Tell what of a protocol can never hold (errors), what looks odd (warnings), and what is assumed (notes).

    Every arm and cohort is checked by itself, as its subjects have no visits of the others.
    """
    told: set[Problem] = set()
    for choices in _everyone(protocol):
        one, problems = expanded(protocol, choices)
        for problem in (*problems, *(() if has_errors(problems) else _dates_of(one))):
            if problem not in told:
                told.add(problem)
                yield problem
    yield from _unknown_types(protocol)
    yield from _unused_parameters(protocol)
    yield from _unused_groups(protocol)
    yield from _assumed(protocol)


def _everyone(protocol: Protocol) -> Iterator[Choices]:
    """Give the choices whose subjects differ in their visits; just one where none do."""
    arms = _that_differ(protocol.arms, [visit.arms for visit in protocol.visits])
    cohorts = _that_differ(protocol.cohorts, [visit.cohorts for visit in protocol.visits])
    for number, (arm, cohort) in enumerate(product(arms, cohorts)):
        if number < MOST_CHOICES:
            yield Choices(arm, cohort)


def _that_differ(groups: Sequence[Group], listed: Sequence[tuple[str, ...]]) -> list[str]:
    return [group.id for group in groups] if any(listed) else [""]


def _dates_of(protocol: Protocol) -> Iterator[Problem]:
    model = model_of(protocol, None)
    starts = _starts(model)
    told: set[str] = set()  # the rules of which something is told: one mistake is one problem
    yield from _backward_rules(model, starts, told)
    broken = _broken_by_days(model, starts)
    yield from _always_broken(model, broken, starts, told)
    contradictions = list(_contradiction(model, told))
    yield from contradictions or _impossible_starts(model, starts, told)
    yield from _sometimes_broken(model, broken, starts, told)
    if len(starts) not in (1, STARTS):
        message = f"the file has so many gaps in months that {len(starts)} of {STARTS} starts in a row were tried"
        yield Problem("warning", "not-all-starts", message, place=Place(protocol.file))


# --- what can never hold --------------------------------------------------------------------------------------


def _starts(model: Model) -> Sequence[int]:
    """Give the starts to try: one is enough where no month is counted, as days do not differ in length.

    Where very many months are counted, they are spread over the four years instead of being all.
    """
    months = sum(arc.lift is not None for arc in model.arcs)
    if not months:
        return range(FIRST_START, FIRST_START + 1)
    tried = max(12, min(STARTS, MOST_STEPS // months))
    return range(FIRST_START, FIRST_START + STARTS, 1 if tried == STARTS else STARTS // tried)


def _backward_rules(model: Model, starts: Sequence[int], told: set[str]) -> Iterator[Problem]:
    """Tell rules whose minimum is more than their maximum."""
    for gap in model.gaps:
        rule, low, high = gap.rule, gap.low, gap.high
        if rule.id in told or low is None or high is None:
            continue
        if all(low.apply(day) > high.apply(day) for day in starts):
            told.add(rule.id)
            message = f"rule {rule.id}: at least {rule.least} and at most {rule.most} cannot both hold"
            yield Problem("error", "rule-backwards", message, "the smaller one goes with `at_least`", rule.place)


def _contradiction(model: Model, told: set[str]) -> Iterator[Problem]:
    """Tell rules and windows in days that contradict each other; months need a start, and are tried with each."""
    fixed = [arc for arc in model.arcs if arc.lift is None]
    free = [ANY_DAY] * len(model.counted)
    found = conflict(free, fixed, free) if bounds(free, fixed) is None else None
    if found is not None and not told & _rules(model, found):
        told |= _rules(model, found)
        message = f"this can never hold together: {conflict_told(model, found)}"
        chain = _chain_in_days(model, found)
        hint = "widen a window or a rule"
        yield Problem("error", "contradiction", message, hint, _place(model, found.labels), chain=chain)


def _chain_in_days(model: Model, found: Conflict) -> tuple[str, ...]:
    """Tell a contradiction step by step, counted from some day: no date of it means anything."""
    first, *rest = found.steps
    lines = [f"suppose that {model.visit(first.variable).id} is on some day"]
    for step in rest:
        days, side = step.bound - first.bound, "earliest" if step.kind == "raise" else "latest"
        where = f"{abs(days)} d {'after' if days > 0 else 'before'} that day" if days else "on that day"
        name, why = model.visit(step.variable).id, label_told(model, step.label)
        lines.append(f"then {name} is {where} at the {side} ({why})")
    return (*lines[:-1], f"{lines[-1]}, which cannot be")


def _impossible_starts(model: Model, starts: Sequence[int], told: set[str]) -> Iterator[Problem]:
    """Tell windows that no start, or not every start, of four years satisfies."""
    start = model.numbers[model.protocol.start]
    failing = []
    any_day = _any_day(model)
    for day in starts:
        domains = [any_day] * len(model.counted)
        domains[start] = ((day, day),)
        if bounds(domains, model.arcs) is None:
            failing.append(day)
    if not failing:
        return
    domains, free = [any_day] * len(model.counted), [any_day] * len(model.counted)
    domains[start] = free[start] = ((failing[0], failing[0]),)
    found = conflict(domains, model.arcs, free)
    assert found is not None
    if told & _rules(model, found):
        return
    told |= _rules(model, found)
    place, words = _place(model, found.labels), conflict_told(model, found)
    chain = tuple(line.replace(", as given", "") for line in chain_told(model, found, {start: failing[0]}))
    if len(failing) == len(starts):
        message = f"no start of {len(starts)} in a row can hold this: {words}"
        yield Problem("error", "no-start", message, "widen a window or a rule", place, chain=chain)
    else:
        message = f"{_some(failing, starts)} cannot hold this: {words}"
        yield Problem("warning", "some-starts", message, "months differ in length", place, chain=chain)


def _some(failing: Sequence[int], starts: Sequence[int]) -> str:
    row = " in a row" if len(starts) == STARTS else ""
    return f"{len(failing)} of {len(starts)} starts{row}, the first {day_told(failing[0])},"


def _any_day(model: Model) -> Domain:
    """Give every day that a plan of the four years' starts can need, within the longest times that can be written."""
    reach = min(reach_of([ANY_DAY], model.arcs, FIRST_START), LONGEST)
    return ((max(FIRST_START - reach, HORIZON[0]), min(FIRST_START + STARTS + reach, HORIZON[1])),)


class _Broken(NamedTuple):
    """A rule that its visits' own days break: with which starts, and how far apart the first puts them."""

    gap: Gap
    starts: list[int]
    apart: int


def _broken_by_days(model: Model, starts: Sequence[int]) -> list[_Broken]:
    """Find the rules that their visits' own days break, before any window moves them."""
    found: dict[int, _Broken] = {}
    for day in starts:
        targets = usual_targets(model, {model.numbers[model.protocol.anchor]: day})
        for label, gap in enumerate(model.gaps):
            if _is_broken(gap, targets):
                broken = found.setdefault(label, _Broken(gap, [], targets[gap.visit] - targets[gap.other]))
                broken.starts.append(day)
    return [found[label] for label in sorted(found)]


def _always_broken(model: Model, broken: list[_Broken], starts: Sequence[int], told: set[str]) -> Iterator[Problem]:
    always = [each for each in broken if len(each.starts) == len(starts) and each.gap.rule.id not in told]
    for number, each in enumerate(always):
        rule = each.gap.rule
        if rule.id in told:
            continue
        told.add(rule.id)
        more = sum(1 for other in always[number + 1 :] if other.gap.rule.id == rule.id)
        message = _broken_told(model, each) + (f"; and so for {more} more" if more else "")
        yield Problem("error", "rule-breaks-days", message, "correct the rule, or the days of its visits", rule.place)


def _sometimes_broken(
    model: Model, broken: list[_Broken], starts: Sequence[int], told: set[str]
) -> Iterator[Problem]:
    for each in broken:
        rule = each.gap.rule
        if rule.id in told:
            continue
        told.add(rule.id)
        message = f"with {_some(each.starts, starts)} {_broken_told(model, each)}"
        yield Problem("warning", "rule-breaks-some-days", message, "months differ in length", rule.place)


def _broken_told(model: Model, broken: _Broken) -> str:
    gap, apart = broken.gap, broken.apart
    visit, other = model.visit(gap.visit).id, model.visit(gap.other).id
    days = f"{abs(apart)} d {'after' if apart > 0 else 'before'}" if apart else "on the day of"
    rule = f"rule {gap.rule.id} ({rule_told(model, gap)})"
    return f"{rule} is broken by the protocol's own days: they put {visit} {days} {other}"


def _is_broken(gap: Gap, targets: Mapping[int, int]) -> bool:
    if gap.visit not in targets or gap.other not in targets:
        return False
    day, other = targets[gap.visit], targets[gap.other]
    too_early = gap.low is not None and day < gap.low.apply(other)
    return too_early or (gap.high is not None and day > gap.high.apply(other))


def _rules(model: Model, found: Conflict) -> set[str]:
    return {gap.rule.id for gap in map(model.gap_at, found.labels) if gap is not None}


def _place(model: Model, labels: tuple[int, ...]) -> Place:
    """Give the place of the first condition of a conflict."""
    for gap in map(model.gap_at, labels):
        if gap is not None:
            return gap.rule.place
    return model.visit(labels[0]).place if labels else NOWHERE


# --- what looks odd -------------------------------------------------------------------------------------------


def _unknown_types(protocol: Protocol) -> Iterator[Problem]:
    from difflib import get_close_matches

    kinds = {visit.type for visit in protocol.visits if visit.type}
    counts = {kind: sum(1 for visit in protocol.visits if visit.type == kind) for kind in kinds}
    for visit in protocol.visits:
        if visit.type in protocol.types or not visit.type or counts[visit.type] > 1:
            continue
        near = get_close_matches(visit.type, [*protocol.types, *(kinds - {visit.type})], 1, 0.75)
        if near:
            message = f"`{visit.id}` is the only visit of type `{visit.type}`"
            yield Problem("warning", "lone-type", message, f"did you mean `{near[0]}`?", visit.place)


def _unused_parameters(protocol: Protocol) -> Iterator[Problem]:
    used = {
        span.parameter for lookback in protocol.lookbacks for span in lookback.spans if isinstance(span, Multiple)
    }
    for parameter in protocol.parameters:
        if parameter.id not in used:
            message = f"the parameter `{parameter.id}` is not used"
            yield Problem(
                "warning", "unused-parameter", message, "delete it, or use it in a lookback", parameter.place
            )


def _unused_groups(protocol: Protocol) -> Iterator[Problem]:
    for what, groups, used in (
        ("arm", protocol.arms, {name for visit in protocol.visits for name in visit.arms}),
        ("cohort", protocol.cohorts, {name for visit in protocol.visits for name in visit.cohorts}),
    ):
        if groups and not used:
            message = f"there are {what}s, and no visit is for one of them only"
            hint = f"add `{what}s: {groups[0].id}` to the visits that not all have, or delete the {what}s"
            yield Problem("warning", f"unused-{what}s", message, hint, groups[0].place)


# --- what is assumed ------------------------------------------------------------------------------------------


def _assumed(protocol: Protocol) -> Iterator[Problem]:
    told: set[tuple[str, str, str]] = set()
    yield from _each("study_day", protocol.study_day_assumed, protocol.study_day_place, told)
    for visit in protocol.visits:
        yield from _each(visit.series or visit.id, visit.assumed, visit.place, told)
    for cycles in protocol.cycles:
        yield from _each(f"cycles {cycles.id}", cycles.assumed, cycles.place, told)
    for rule in protocol.rules:
        yield from _each(f"rule {rule.id}", rule.assumed, rule.place, told)
    for period in protocol.periods:
        yield from _each(f"period {period.id}", period.assumed, period.place, told)
    for lookback in protocol.lookbacks:
        yield from _each(f"lookback {lookback.id}", lookback.assumed, lookback.place, told)
    for timepoints in protocol.timepoints:
        yield from _each(f"timepoints {timepoints.id}", timepoints.assumed, timepoints.place, told)
    for activity in protocol.activities:
        yield from _each(f"activity {activity.id}", activity.assumed, activity.place, told)
    for group in (*protocol.arms, *protocol.cohorts):
        yield from _each(group.id, group.assumed, group.place, told)
    for epoch in protocol.epochs:
        yield from _each(f"epoch {epoch.id}", epoch.assumed, epoch.place, told)
    for kind in protocol.types.values():
        yield from _each(f"type {kind.id}", kind.assumed, kind.place, told)
    across = protocol.escalation
    if across is None:
        return
    yield from _each("escalation", across.assumed, across.place, told)
    for what, entry in across.entries():
        yield from _each(f"{what} {entry.id}", entry.assumed, entry.place, told)


def _each(name: str, assumed: Texts, place: Place, told: set[tuple[str, str, str]]) -> Iterator[Problem]:
    for key, reason in assumed.items():
        if (name, key, reason) not in told:
            told.add((name, key, reason))
            yield Problem("note", "assumed", f"{name}: {key} is assumed: {reason}", place=place)

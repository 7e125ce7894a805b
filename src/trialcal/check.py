"""Checking a protocol without any patient's date: what can never hold, and what is assumed.

A room of its own because it asks the planning core about every start at once, while a plan asks about one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from trialcal.model import Gap, Model, model_of
from trialcal.network import bounds, conflict
from trialcal.problems import NOWHERE, Place, Problem
from trialcal.protocol import Multiple, Protocol, Texts
from trialcal.settle import ANY_DAY
from trialcal.telling import chain_told, conflict_told, day_told, rule_told

# Four years in a row hold every weekday of every date but one, and one leap day.
FIRST_START = date(2025, 1, 1).toordinal()
STARTS = 1461


def check_protocol(protocol: Protocol) -> Iterator[Problem]:
    """Tell what of a protocol can never hold (errors), what looks odd (warnings), and what is assumed (notes)."""
    model = model_of(protocol, None)
    contradictions = list(_contradictions(model))
    yield from contradictions
    if not contradictions:
        yield from _impossible_starts(model)
    yield from _rules_against_days(model)
    yield from _unknown_types(protocol)
    yield from _unused_parameters(protocol)
    yield from _assumed(protocol)


# --- what can never hold --------------------------------------------------------------------------------------


def _contradictions(model: Model) -> Iterator[Problem]:
    """Tell rules and windows that contradict each other whatever the dates."""
    free = [ANY_DAY] * len(model.counted)
    if bounds(free, model.arcs) is not None:
        return
    found = conflict(free, model.arcs, free)
    assert found is not None
    place = _place(model, found.labels)
    message = f"this can never hold together: {conflict_told(model, found)}"
    chain = chain_told(model, found, {}, {})
    yield Problem("error", "contradiction", message, "widen a window or a rule", place, chain=chain)


def _impossible_starts(model: Model) -> Iterator[Problem]:
    """Tell windows that no start, or not every start, of four years satisfies."""
    start = model.numbers[model.protocol.start]
    failing = []
    starts = range(FIRST_START, FIRST_START + (STARTS if _depends_on_start(model) else 1))
    for day in starts:
        domains = [ANY_DAY] * len(model.counted)
        domains[start] = ((day, day),)
        if bounds(domains, model.arcs) is None:
            failing.append(day)
    if not failing:
        return
    domains = [ANY_DAY] * len(model.counted)
    free = [ANY_DAY] * len(model.counted)
    domains[start] = free[start] = ((failing[0], failing[0]),)
    found = conflict(domains, model.arcs, free)
    assert found is not None
    place, told = _place(model, found.labels), conflict_told(model, found)
    chain = chain_told(model, found, {start: failing[0]}, {})
    if len(failing) == len(starts):
        message = f"no start of {STARTS} in a row can hold this: {told}"
        yield Problem("error", "no-start", message, "widen a window or a rule", place, chain=chain)
    else:
        message = (
            f"{len(failing)} of {STARTS} starts in a row, the first {day_told(failing[0])}, cannot hold this: {told}"
        )
        yield Problem("warning", "some-starts", message, "months differ in length", place, chain=chain)


def _depends_on_start(model: Model) -> bool:
    """Tell whether one start can differ from another: months differ in length, days do not."""
    return any(arc.lift is not None for arc in model.arcs)


def _rules_against_days(model: Model) -> Iterator[Problem]:
    """Tell rules that their visits' own days break, before any window moves them."""
    starts = range(FIRST_START, FIRST_START + (STARTS if _depends_on_start(model) else 1))
    reported: set[int] = set()
    for day in starts:
        targets = _targets(model, day)
        for label, gap in enumerate(model.gaps):
            if label not in reported and _is_broken(gap, targets):
                reported.add(label)
                apart = targets[gap.visit] - targets[gap.other]
                side = "after" if apart >= 0 else "before"
                visit, other = model.visit(gap.visit).id, model.visit(gap.other).id
                message = (
                    f"rule {gap.rule.id}: {rule_told(model, gap)}, "
                    f"but the protocol's own days put {visit} {abs(apart)} d {side} {other}"
                )
                hint = "correct the rule, or the days of its visits"
                yield Problem("error", "rule-breaks-days", message, hint, gap.rule.place)


def _targets(model: Model, anchor_day: int) -> dict[int, int]:
    """Give the targets that follow from the anchor's day alone."""
    days = {model.numbers[model.protocol.anchor]: anchor_day}
    for i in model.order:
        link = model.counted[i]
        if i not in days and link is not None and link.target is not None and link.visit in days:
            days[i] = link.target.apply(days[link.visit])
    return days


def _is_broken(gap: Gap, targets: dict[int, int]) -> bool:
    if gap.visit not in targets or gap.other not in targets:
        return False
    day, other = targets[gap.visit], targets[gap.other]
    too_early = gap.low is not None and day < gap.low.apply(other)
    return too_early or (gap.high is not None and day > gap.high.apply(other))


def _place(model: Model, labels: tuple[int, ...]) -> Place:
    """Give the place of the first condition of a conflict."""
    for label in labels:
        if label < len(model.gaps):
            return model.gaps[label].rule.place
        return model.visit(label - len(model.gaps)).place
    return NOWHERE


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
            yield Problem("warning", "unused-parameter", message, place=Place(protocol.file))


# --- what is assumed ------------------------------------------------------------------------------------------


def _assumed(protocol: Protocol) -> Iterator[Problem]:
    told: set[tuple[str, str, str]] = set()
    yield from _each("study_day", protocol.study_day_assumed, Place(protocol.file), told)
    for visit in protocol.visits:
        yield from _each(visit.series or visit.id, visit.assumed, visit.place, told)
    for rule in protocol.rules:
        yield from _each(f"rule {rule.id}", rule.assumed, rule.place, told)
    for period in protocol.periods:
        yield from _each(f"period {period.id}", period.assumed, period.place, told)
    for lookback in protocol.lookbacks:
        yield from _each(f"lookback {lookback.id}", lookback.assumed, lookback.place, told)
    for epoch in protocol.epochs:
        yield from _each(f"epoch {epoch.id}", epoch.assumed, Place(protocol.file), told)
    for kind in protocol.types.values():
        yield from _each(f"type {kind.id}", kind.assumed, Place(protocol.file), told)


def _each(name: str, assumed: Texts, place: Place, told: set[tuple[str, str, str]]) -> Iterator[Problem]:
    for key, reason in assumed.items():
        if (name, key, reason) not in told:
            told.add((name, key, reason))
            yield Problem("note", "assumed", f"{name}: {key} is assumed: {reason}", place=place)

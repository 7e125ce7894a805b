"""The planner's words: dates with their weekdays, conditions, and the chain by which a conflict comes about.

It is a room of its own because the words are for coordinators and change with what they ask, not with the dates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime

from trialcal.model import Gap, Model
from trialcal.network import Conflict, Step
from trialcal.protocol import Rule, Visit
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Reference, Whichever, Written

MOST_MEMBERS = 12  # of a conflict that are named in one sentence; the chain tells the rest
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day_told(day: int) -> str:
    """Give a date with its weekday: `Sat 2025-03-01`."""
    return f"{_WEEKDAYS[(day - 1) % 7]} {date.fromordinal(day).isoformat()}"


def clock_told(clock: datetime) -> str:
    """Give a clock time with its date and weekday: `Fri 2025-03-07 16:30`."""
    return f"{_WEEKDAYS[clock.weekday()]} {clock.strftime('%Y-%m-%d %H:%M')}"


def timing_told(timing: Written) -> str:
    """Give a timing in the words of the protocol file."""
    if isinstance(timing, OnDay):
        return f"Day {timing.number}" if timing.week is None else f"Week {timing.week} (Day {timing.number})"
    if isinstance(timing, DayRange):
        return f"Day {timing.first} to Day {timing.last}"
    if isinstance(timing, Offset):
        return f"{timing.amount} {_side(timing.sign)} {timing.reference}"
    if isinstance(timing, OffsetRange):
        return f"{gap_told(timing)} {_side(timing.sign)} {timing.reference}"
    if isinstance(timing, Whichever):
        return f"the {timing.which} of {' and '.join(map(option_told, timing.options))}"
    return "pending"


def option_told(option: Offset) -> str:
    """Give one of several dates in words; the day of a visit is told by its name alone."""
    return timing_told(option) if option.amount.count else str(option.reference)


def gap_told(gap: OffsetRange | Rule) -> str:
    """Give the bounds of a range or rule: `48-72 h`, `at least 2 d`."""
    least, most = gap.least, gap.most
    if least is None or most is None:
        return f"at most {most}" if least is None else f"at least {least}"
    if least.unit == most.unit:
        return f"{least.count}-{most}" if least != most else f"exactly {most}"
    return f"{least} to {most}"


def rule_told(model: Model, gap: Gap) -> str:
    """Give a rule between two visits: `infusion 48-72 h after the end of lymphodepletion-3`."""
    visit, other = model.visit(gap.visit).id, edge_told(model, gap.other, gap.rule.other)
    return f"{visit} {gap_told(gap.rule)} {_side(gap.rule.sign)} {other}"


def edge_told(model: Model, i: int, reference: Reference) -> str:
    """Give the visit that a reference came to: `dose-8`, `the end of lymphodepletion-3`."""
    name = model.visit(i).id
    return f"the end of {name}" if reference.edge == "end" else name


def window_told(visit: Visit) -> str:
    """Give what binds a visit to its date: its timing, and its window where one is stated."""
    at = timing_told(visit.at)
    if visit.window is not None:
        return f"{at}, window {visit.window}"
    return f"{at}, no window stated" if isinstance(visit.at, (OnDay, Offset)) else at


def _side(sign: int) -> str:
    return "after" if sign > 0 else "before"


# --- a conflict as a chain --------------------------------------------------------------------------------------


def chain_told(
    model: Model, found: Conflict, given: Mapping[int, int], closed: Mapping[date, str]
) -> tuple[str, ...]:
    """Tell a conflict step by step: each line follows from the one before, the last cannot be."""
    steps = found.steps
    if not steps:
        return ()
    if len(steps) > 1 and steps[-1].variable == steps[0].variable and steps[0].variable not in given:
        return tuple(_circle_lines(model, steps))
    lines = [_first_line(model, steps[0], given, closed)] if steps[0].cause < 0 else []
    pushes = [step for step in steps if step.cause >= 0]
    at = steps[0]
    for number, step in enumerate(pushes):
        is_last = number == len(pushes) - 1
        lines.append(_line(model, at, step, given, closed, is_last))
        at = step
    return tuple(lines)


def _circle_lines(model: Model, steps: Sequence[Step]) -> Iterator[str]:
    """Tell conditions that drive each other on whatever the dates: in distances from the first visit."""
    first = model.visit(steps[0].variable).id
    side, away = ("before", "after") if steps[0].kind == "raise" else ("after", "before")
    for step in steps[1:]:
        distance = abs(step.pushed - steps[0].bound)
        name = model.visit(step.variable).id
        where = f"{distance} d {away} {first}" if distance else f"the day of {first}"
        if step is steps[-1]:
            yield f"that puts {name} not {side} {distance} d {away} itself ({_why(model, step)}), which cannot be"
        elif step is steps[1]:
            yield f"whenever {first} is, {name} is not {side} {where} ({_why(model, step)})"
        else:
            yield f"that puts {name} not {side} {where} ({_why(model, step)})"


def _first_line(model: Model, step: Step, given: Mapping[int, int], closed: Mapping[date, str]) -> str:
    name = model.visit(step.variable).id
    if step.variable in given:
        return f"{name} is on {day_told(step.bound)}, as given"
    side = "not before" if step.kind == "raise" else "not after"
    jumped = _jumped(step, closed)
    return f"{name} can be {side} {day_told(step.bound)}{jumped}"


def _line(
    model: Model,
    before: Step,
    step: Step,
    given: Mapping[int, int],
    closed: Mapping[date, str],
    is_last: bool,
) -> str:
    name, cause = model.visit(step.variable).id, model.visit(step.cause).id
    side = "not before" if step.kind == "raise" else "not after"
    at = "on" if before.variable in given else side
    told = f"{cause} {at} {day_told(before.bound)} puts {name} {side} {day_told(step.pushed)} ({_why(model, step)})"
    if step.bound != step.pushed:
        told += _jumped(step, closed)
    if is_last and step.variable in given:
        told += f", but {name} is on {day_told(given[step.variable])}, as given"
    elif is_last:
        told += ", which cannot be"
    return told


def _jumped(step: Step, closed: Mapping[date, str]) -> str:
    """Tell the closure that was jumped: ", which is closed (weekend); the next open day is Mon 2025-03-10"."""
    if step.bound == step.pushed:
        return ""
    reason = closed.get(date.fromordinal(step.pushed), "")
    which = "next" if step.kind == "raise" else "last"
    told = f" ({reason})" if reason else ""
    return f", which is closed{told}; the {which} open day is {day_told(step.bound)}"


def _why(model: Model, step: Step) -> str:
    return label_told(model, step.label)


def label_told(model: Model, label: int) -> str:
    """Tell the condition behind a label: a rule with its id, or a visit's own timing and window."""
    gap = model.gap_at(label)
    if gap is not None:
        assumed = " (assumed)" if gap.rule.assumed else ""
        return f"rule {gap.rule.id}: {rule_told(model, gap)}{assumed}"
    visit = model.visit(label)
    assumed = " (assumed)" if {"at", "window"} & set(visit.assumed) else ""
    return f"{visit.id}: {window_told(visit)}{assumed}"


def conflict_told(model: Model, found: Conflict) -> str:
    """Name the members of a conflict: the conditions and closures that cannot hold together."""
    members = [label_told(model, label) for label in sorted(found.labels, key=lambda n: model.gap_at(n) is None)]
    members += [f"the days on which {model.visit(i).id} cannot be (closed)" for i in found.own]
    if len(members) > MOST_MEMBERS:
        members[MOST_MEMBERS:] = [f"and {len(members) - MOST_MEMBERS} more"]
    return "; ".join(members)

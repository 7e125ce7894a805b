"""The planner's words: dates with their weekdays, conditions, and the chain by which a conflict comes about.

It is a room of its own because the words are for coordinators and change with what they ask, not with the dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType

from trialcal.model import Gap, Model
from trialcal.network import Conflict, Step
from trialcal.protocol import Rule, Visit
from trialcal.site import WEEKDAYS
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Reference, Whichever, Written

MOST_MEMBERS = 12  # of a conflict that are named in one sentence; the chain tells the rest
MOST_DAYS = 4  # closed days that are named one by one

NO_CLOSURES: Mapping[int, Sequence[int]] = MappingProxyType({})
WhyClosed = Callable[[int, int], str | None]
"""Says why a visit, by its index, cannot start on a day; None where the day is open for it."""


def day_told(day: int) -> str:
    """Give a date with its weekday: `Sat 2025-03-01`."""
    return f"{WEEKDAYS[(day - 1) % 7]} {date.fromordinal(day).isoformat()}"


def date_told(day: date) -> str:
    """Give a date with its weekday, as `day_told` does of an ordinal."""
    return day_told(day.toordinal())


def clock_told(clock: datetime) -> str:
    """Give a clock time with its date and weekday: `Fri 2025-03-07 16:30`."""
    return f"{WEEKDAYS[clock.weekday()]} {clock.strftime('%Y-%m-%d %H:%M')}"


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


def never_closed(visit: int, day: int) -> str | None:
    """Say of no day that it is closed."""
    return None


# --- a conflict as a chain --------------------------------------------------------------------------------------


def chain_told(
    model: Model, found: Conflict, given: Mapping[int, int], closed: WhyClosed = never_closed, asked: int = -1
) -> tuple[str, ...]:
    """Tell a conflict step by step: each line follows from the one before, the last cannot be.

    `given` are the visits with a date that is given, or `asked` about.
    """
    steps = found.steps
    if not steps:
        return ()
    if len(steps) > 1 and steps[-1].variable == steps[0].variable and steps[0].variable not in given:
        return tuple(_circle_lines(model, steps))
    teller = _Teller(model, given, closed, asked)
    lines = [teller.first_line(steps[0])] if steps[0].cause < 0 else []
    pushes = [step for step in steps if step.cause >= 0]
    at = steps[0]
    for number, step in enumerate(pushes):
        lines.append(teller.line(at, step, number == len(pushes) - 1))
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


class _Teller:
    """What is needed while one chain is told."""

    def __init__(self, model: Model, given: Mapping[int, int], closed: WhyClosed, asked: int) -> None:
        self.model = model
        self.given = given
        self.closed = closed
        self.asked = asked

    def first_line(self, step: Step) -> str:
        """Tell where the chain begins."""
        name = self.model.visit(step.variable).id
        if step.variable in self.given:
            return f"{name} is on {day_told(step.bound)}, {self._as(step.variable)}"
        side = "not before" if step.kind == "raise" else "not after"
        return f"{name} can be {side} {day_told(step.bound)}{self._jumped(step)}"

    def line(self, before: Step, step: Step, is_last: bool) -> str:
        """Tell how one bound moves another."""
        model = self.model
        name, cause = model.visit(step.variable).id, model.visit(step.cause).id
        side = "not before" if step.kind == "raise" else "not after"
        at = "on" if self.given.get(before.variable) == before.bound else side
        why = _why(model, step)
        told = f"{cause} {at} {day_told(before.bound)} puts {name} {side} {day_told(step.pushed)} ({why})"
        if step.bound != step.pushed:
            told += self._jumped(step)
        if is_last and step.variable in self.given:
            told += f", but {name} is on {day_told(self.given[step.variable])}, {self._as(step.variable)}"
        elif is_last:
            told += ", which cannot be"
        return told

    def _as(self, i: int) -> str:
        return "as asked" if i == self.asked else self.model.known.how.get(i, "as given")

    def _jumped(self, step: Step) -> str:
        """Tell the closure that was jumped: ", which is closed (weekend); the next open day is Mon 2025-03-10"."""
        if step.bound == step.pushed:
            return ""
        which = "next" if step.kind == "raise" else "last"
        reason = self.closed(step.variable, step.pushed)
        told = f" ({reason})" if reason else ""
        return f", which is closed{told}; the {which} open day is {day_told(step.bound)}"


def closures_told(name: str, days: Sequence[int], reasons: Sequence[str]) -> str:
    """Tell on which closed days a visit cannot be: `dose-3 not on Sat 2025-03-08 (closed: weekend)`."""
    why = "; ".join(dict.fromkeys(filter(None, reasons)))
    told = f" (closed: {why})" if why else " (closed)"
    if len(days) > MOST_DAYS:
        return f"{name} not on {len(days)} days from {day_told(days[0])} to {day_told(days[-1])}{told}"
    return f"{name} not on {' or '.join(map(day_told, days))}{told}"


def _why(model: Model, step: Step) -> str:
    return label_told(model, step.label)


def label_told(model: Model, label: int) -> str:
    """Tell the condition behind a label: a rule with its id, or a visit's own timing and window."""
    gap = model.gap_at(label)
    if gap is not None:
        assumed = " (assumed)" if gap.rule.assumed else ""
        in_hours = any(bound is not None and bound.needs_clock for bound in (gap.rule.least, gap.rule.most))
        while_open = ", while the site is open" if in_hours and model.opening is not None else ""
        return f"rule {gap.rule.id}: {rule_told(model, gap)}{assumed}{while_open}"
    visit = model.visit(label)
    later = model.known.later.get(label)
    delayed = f", {later} d later for this subject" if later else ""
    assumed = " (assumed)" if {"at", "window"} & set(visit.assumed) else ""
    while_open = ", while the site is open" if visit.at_hours and model.opening is not None else ""
    return f"{visit.id}: {window_told(visit)}{delayed}{assumed}{while_open}"


def conflict_told(
    model: Model,
    found: Conflict,
    closures: Mapping[int, Sequence[int]] = NO_CLOSURES,
    closed: WhyClosed = never_closed,
) -> str:
    """Name the members of a conflict: the conditions, and the closed days of each visit that cannot hold together."""
    members = [label_told(model, label) for label in sorted(found.labels, key=lambda n: model.gap_at(n) is None)]
    for i in found.own:
        days = closures.get(i, ())
        members.append(closures_told(model.visit(i).id, days, [closed(i, day) or "" for day in days]))
    if len(members) > MOST_MEMBERS:
        members[MOST_MEMBERS:] = [f"and {len(members) - MOST_MEMBERS} more"]
    return "; ".join(members)

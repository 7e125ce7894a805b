"""A protocol's entries in words: timings, rules, periods, lookbacks, with the visits that their references mean.

A room of its own because these words say what the protocol asks of everyone, without any date; the planner's own
words (`trialcal.telling`) speak of dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from trialcal.naming import references_of
from trialcal.protocol import Lookback, Period, Protocol, Rule
from trialcal.spans import spans_told
from trialcal.telling import gap_told, option_told, timing_told
from trialcal.timing import Every, InCycles, Offset, OffsetRange, Pending, Reference, Selection, Written

_LOOKBACKS = {
    "none-within": "none within {} before {}",
    "discontinued": "stopped at least {} before {}",
    "stable": "unchanged for {} before {}",
    "exposure": "taken for at least {} before {}",
}


UNCHOSEN = "nobody can choose how long it takes; --uncertain plans each duration"


def names_told(names: Sequence[str]) -> str:
    """Name several, with consecutive numbers drawn together.

    >>> names_told(["priming", "dose-1", "dose-2", "dose-3", "visit"])
    'priming, dose-1 ... dose-3, visit'
    >>> names_told(["c2d1", "c3d1", "c4d1", "c4d8"])
    'c2d1 ... c4d1, c4d8'
    """
    runs: list[tuple[list[str], int | None]] = []
    for name in names:
        run, place = runs[-1] if runs else ([], None)
        following = _following(run[-1], name) if run else None
        if following is not None and place in (None, following):
            run.append(name)
            runs[-1] = run, following
        else:
            runs.append(([name], None))
    return ", ".join(f"{run[0]} ... {run[-1]}" if len(run) > 2 else ", ".join(run) for run, _ in runs)


def _following(before: str, name: str) -> int | None:
    """Say which of its numbers is one more than before, where all else is the same; None where it is not so."""
    first, second = (re.split("([0-9]{1,6})", text) for text in (before, name))
    differing = [place for place, (one, other) in enumerate(zip(first, second, strict=False)) if one != other]
    if len(first) != len(second) or len(differing) != 1 or not differing[0] % 2:
        return None
    place = differing[0]
    return place if int(first[place]) + 1 == int(second[place]) else None


NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=4)
def uncounted(protocol: Protocol) -> frozenset[str]:
    """Give the visits of cycles and repeats of which nobody knows the number: the last of them is not known."""
    return frozenset(
        visit.id
        for visit in protocol.visits
        if visit.repeats in protocol.repeated and protocol.repeated[visit.repeats].is_open
    )


def meant(references: Iterable[Reference], unknown: frozenset[str] = NONE) -> str:
    """Say which visits the references mean: `last dose: dose-8`; nothing for a visit that is named by its id.

    Nothing either for the last of visits that are `unknown`: there may be more or fewer of these.
    """
    told: dict[str, str] = {}
    for reference in references:
        members = reference.members
        words = f"{reference.pick} {reference.name}"
        if reference.pick == "last" and not unknown.isdisjoint(members):
            continue
        if reference.pick in ("first", "last") and members:
            told[words] = members[0] if reference.pick == "first" else members[-1]
        elif reference.pick == "each" and members:
            told[words] = names_told(members)
        elif reference.pick == "previous":
            told[words] = f"the one before it among {names_told(members)}"
    return "; ".join(f"{words}: {name}" for words, name in told.items())


def when_told(timing: Written, unknown: frozenset[str] = NONE) -> str:
    """Give a timing in words, with the visit that its reference means: `30 d after last dose (last dose: dose-8)`."""
    if isinstance(timing, InCycles):
        return f"{cycle_day_told(timing)} of {cycles_told(timing)}"
    if isinstance(timing, Every):
        return repeat_told(timing, unknown)
    told = option_told(timing) if isinstance(timing, Offset) else timing_told(timing)
    named = meant(references_of(timing), unknown)
    return f"{told} ({named})" if named else told


def cycle_day_told(timing: InCycles) -> str:
    """Give the day of a cycle, or some day of a range: `Day 8`, `Day 1 to Day 7`."""
    return f"Day {timing.first}" if timing.last is None else f"Day {timing.first} to Day {timing.last}"


def cycles_told(timing: InCycles, noun: str = "") -> str:
    """Give some cycles in words: `cycle 2 and beyond`, `every 2nd treatment cycle from 3 to 13`.

    `noun` is what one of them is called; without it, it is a cycle of the group that the file names.
    """
    noun = noun or " ".join(filter(None, (timing.group, "cycle")))
    return ", ".join(_selection_told(selection, noun) for selection in timing.selections)


def _selection_told(selection: Selection, noun: str) -> str:
    first, last, step = selection.first, selection.last, selection.step
    if last == first:
        return f"{noun} {first}"
    if step == 1:
        if last is None:
            return f"every {noun}" if first == 1 else f"{noun} {first} and beyond"
        return f"{noun}s {first}-{last}"
    ordinal = f"{step}{'th' if step // 10 % 10 == 1 else {1: 'st', 2: 'nd', 3: 'rd'}.get(step % 10, 'th')}"
    return f"every {ordinal} {noun} from {first}" + (f" to {last}" if last is not None else "")


def repeat_told(timing: Every, unknown: frozenset[str] = NONE) -> str:
    """Give a repeat in words: `every 8 weeks from Day 57 for 12 months, then every 12 weeks`."""
    start = f"from Day {timing.first}" if timing.reference is None else f"after {timing.reference}"
    told = []
    for number, stage in enumerate(timing.stages):
        words = f"every {stage.every}" + (f" {start}" if not number else "")
        told.append(words + (f" for {stage.lasts}" if stage.lasts is not None else ""))
    named = meant([timing.reference], unknown) if timing.reference is not None else ""
    return ", then ".join(told) + (f" ({named})" if named else "")


def around_told(timepoints: Iterable[Offset | OffsetRange]) -> str:
    """Give times around a visit's own clock time: `30 min before, at the time itself, 1 h, 2 h after`."""
    told: list[tuple[str, list[str]]] = []
    for timepoint in timepoints:
        edge = " the end" if timepoint.reference.edge == "end" else ""
        if isinstance(timepoint, Offset) and not timepoint.amount.count:
            told.append(("", [f"at{edge}" if edge else "at the time itself"]))
            continue
        side = f" {'after' if timepoint.sign > 0 else 'before'}{edge}"
        amount = str(timepoint.amount) if isinstance(timepoint, Offset) else gap_told(timepoint)
        if told and told[-1][0] == side:
            told[-1][1].append(amount)
        else:
            told.append((side, [amount]))
    return ", ".join(", ".join(amounts) + side for side, amounts in told)


def rule_told(rule: Rule) -> str:
    """Give a rule in one phrase: `each dose at least 2 d after the previous dose`."""
    side = "after" if rule.sign > 0 else "before"
    other = f"the {rule.other}" if rule.other.pick != "only" and rule.other.edge == "start" else str(rule.other)
    if rule.least is not None and not rule.least.count and rule.most is None:
        return f"{rule.visit} on the day of {other} or {'later' if rule.sign > 0 else 'earlier'}"
    return f"{rule.visit} {gap_told(rule)} {side} {other}"


def period_told(period: Period, unknown: frozenset[str] = NONE) -> str:
    """Give a period in one phrase: `from screening until 6 months after last dose (last dose: dose-8)`."""
    words = f"from {when_told(period.start, unknown)}"
    if period.lasts is not None:
        words += f", for {period.lasts} (the first day counts)" if period.lasts.days else f", for {period.lasts}"
    has_date = period.until is not None and not isinstance(period.until, Pending)
    if period.until is not None and has_date:
        words += f" until {when_told(period.until, unknown)}"
    if period.event and (has_date or period.lasts is not None):
        words += f" or until {period.event}, whichever is {period.whichever or 'later'}"
    elif period.event:
        words += f" until {period.event} (no calendar knows when)"
    return words


def lookback_told(lookback: Lookback) -> str:
    """Give a lookback in one phrase: `none within 4 weeks before screening`."""
    return _LOOKBACKS[lookback.kind].format(spans_told(lookback), lookback.before)


def study_days_told(protocol: Protocol) -> str:
    """Say how the days are numbered: `dose-1 is on Day 1; there is no Day 0: the day before is Day -1`."""
    days = protocol.study_days
    before = days.study_day(-1)
    none = "; there is no Day 0: the day before is" if not days.day_zero else "; the day before is"
    return f"{protocol.anchor} is on Day {days.number}{none} Day {before}"

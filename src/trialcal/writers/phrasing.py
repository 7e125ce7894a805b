"""A protocol's entries in words: timings, rules, periods, lookbacks, with the visits that their references mean.

A room of its own because these words say what the protocol asks of everyone, without any date; the planner's own
words (`trialcal.telling`) speak of dates.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from trialcal.naming import references_of
from trialcal.protocol import Lookback, Period, Protocol, Rule
from trialcal.spans import spans_told
from trialcal.telling import gap_told, option_told, timing_told
from trialcal.timing import Offset, Pending, Reference, Written

_LOOKBACKS = {
    "none-within": "none within {} before {}",
    "discontinued": "stopped at least {} before {}",
    "stable": "unchanged for {} before {}",
    "exposure": "taken for at least {} before {}",
}


def names_told(names: Sequence[str]) -> str:
    """Name several, with consecutive numbers drawn together.

    >>> names_told(["priming", "dose-1", "dose-2", "dose-3", "visit"])
    'priming, dose-1 ... dose-3, visit'
    """
    runs: list[list[str]] = []
    for name in names:
        if runs and _follows(runs[-1][-1], name):
            runs[-1].append(name)
        else:
            runs.append([name])
    return ", ".join(f"{run[0]} ... {run[-1]}" if len(run) > 2 else ", ".join(run) for run in runs)


def _follows(before: str, name: str) -> bool:
    first, second = (re.fullmatch(r"(.*?)([0-9]{1,6})", text) for text in (before, name))
    return first is not None and second is not None and (first[1], int(first[2]) + 1) == (second[1], int(second[2]))


def meant(references: Iterable[Reference]) -> str:
    """Say which visits the references mean: `last dose: dose-8`; nothing for a visit that is named by its id."""
    told: dict[str, str] = {}
    for reference in references:
        members = reference.members
        words = f"{reference.pick} {reference.name}"
        if reference.pick in ("first", "last") and members:
            told[words] = members[0] if reference.pick == "first" else members[-1]
        elif reference.pick == "each":
            told[words] = names_told(members)
        elif reference.pick == "previous":
            told[words] = f"the one before it among {names_told(members)}"
    return "; ".join(f"{words}: {name}" for words, name in told.items())


def when_told(timing: Written) -> str:
    """Give a timing in words, with the visit that its reference means: `30 d after last dose (last dose: dose-8)`."""
    told = option_told(timing) if isinstance(timing, Offset) else timing_told(timing)
    named = meant(references_of(timing))
    return f"{told} ({named})" if named else told


def rule_told(rule: Rule) -> str:
    """Give a rule in one phrase: `each dose at least 2 d after the previous dose`."""
    side = "after" if rule.sign > 0 else "before"
    other = f"the {rule.other}" if rule.other.pick != "only" and rule.other.edge == "start" else str(rule.other)
    if rule.least is not None and not rule.least.count and rule.most is None:
        return f"{rule.visit} on the day of {other} or {'later' if rule.sign > 0 else 'earlier'}"
    return f"{rule.visit} {gap_told(rule)} {side} {other}"


def period_told(period: Period) -> str:
    """Give a period in one phrase: `from screening until 6 months after last dose (last dose: dose-8)`."""
    words = f"from {when_told(period.start)}"
    if period.lasts is not None:
        words += f", for {period.lasts} (the first day counts)" if period.lasts.days else f", for {period.lasts}"
    has_date = period.until is not None and not isinstance(period.until, Pending)
    if period.until is not None and has_date:
        words += f" until {when_told(period.until)}"
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

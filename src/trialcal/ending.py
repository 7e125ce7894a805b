"""What the subject's dates decide before any day is chosen: which cycles have ended, and which of two dates counts.

A room of its own because these two shape the network itself: a visit after the end falls away, and of "the later of"
two dates only one is counted from.
"""

from __future__ import annotations

from collections.abc import Mapping

from trialcal.model import End, Model
from trialcal.timing import Whichever


def ended_groups(model: Model, days: Mapping[int, int]) -> dict[str, int]:
    """Give the cycles and repeats whose ending visit has a date, given or planned, and that date."""
    repeated = [each for each in model.protocol.repeated.values() if each.until in model.numbers]
    dates = {each.id: days.get(model.numbers[each.until]) for each in repeated}
    return {name: day for name, day in dates.items() if day is not None}


def fallen_away(model: Model, pins: Mapping[int, int], ended: Mapping[str, int]) -> frozenset[int]:
    """Give the visits of ended cycles and repeats whose targets (or whole ranges) lie after the end.

    A visit on the day of the end stays, and so does one that the user has given.
    """
    days = dict(pins)
    gone: set[int] = set()
    for i in model.order:
        link, group = model.counted[i], model.visit(i).repeats
        if i in pins or link is None:
            continue
        if group in ended and link.visit in gone:
            gone.add(i)
            continue
        before = days.get(link.visit)
        step = link.target or link.low
        if before is None or step is None:
            continue
        first = step.apply(before)
        if group in ended and first > ended[group]:
            gone.add(i)
        elif link.target is not None:
            days[i] = first
    return frozenset(gone)


def decided(model: Model, days: Mapping[int, int]) -> tuple[tuple[int, int], ...]:
    """Say for every visit at the later or earlier of several dates which of them counts, once all are known.

    Of equal dates the one that the file names first counts.
    """
    found = []
    for i, options in sorted(model.options.items()):
        at = model.visit(i).at
        assert isinstance(at, Whichever)
        dates = [option_day(option, days) for option in options]
        known = [day for day in dates if day is not None]
        if len(known) == len(dates):
            found.append((i, dates.index(max(known) if at.which == "later" else min(known))))
    return tuple(found)


def option_day(option: End | None, days: Mapping[int, int]) -> int | None:
    """Give the date of one of several, or None where its visit has none."""
    if option is None or option.visit not in days:
        return None
    return option.low.apply(days[option.visit])

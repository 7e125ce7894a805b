"""What the subject's dates decide before any day is chosen: which cycles have ended, and which of two dates counts.

A room of its own because these two shape the network itself: a visit after the end falls away, and of "the later of"
two dates only one is counted from.
"""

from __future__ import annotations

from collections.abc import Mapping

from trialcal.model import End, Model
from trialcal.stopping import falls_away, is_said_of_it
from trialcal.subject import Discontinued
from trialcal.timing import Whichever


def ends_of(model: Model, days: Mapping[int, int], pins: Mapping[int, int]) -> dict[int, int]:
    """Give the visits that end with others of which one has a date, given or planned, and the first such date."""
    found: dict[int, int] = {}
    for i, visit in enumerate(model.protocol.visits):
        end = _first_date(visit.until, model, days, pins)
        if end is not None:
            found[i] = end
    return found


def ended_groups(model: Model, days: Mapping[int, int], pins: Mapping[int, int]) -> dict[str, int]:
    """Give the cycles and repeats of which an ending visit has a date, and the first such date."""
    ends = {each.id: _first_date(each.until, model, days, pins) for each in model.protocol.repeated.values()}
    return {name: day for name, day in ends.items() if day is not None}


def stopped(model: Model, stop: Discontinued | None, ends: dict[int, int]) -> dict[int, int]:
    """Add the day on which a subject was discontinued as the end of what then falls away."""
    if stop is None:
        return ends
    day = stop.day.toordinal()
    found = dict(ends)
    for i, visit in enumerate(model.protocol.visits):
        if falls_away(visit, stop):
            found[i] = min(found.get(i, day), day)
    return found


def stopped_groups(model: Model, stop: Discontinued | None, ended: dict[str, int]) -> dict[str, int]:
    """Add the cycles and repeats of which every visit falls away once a subject was discontinued."""
    if stop is None:
        return ended
    found = dict(ended)
    for each in model.protocol.repeated.values():
        members = [visit for visit in model.protocol.visits if visit.repeats == each.id]
        if members and all(falls_away(visit, stop) for visit in members):
            day = stop.day.toordinal()
            found[each.id] = min(found.get(each.id, day), day)
    return found


def undated_and_stopped(model: Model, stop: Discontinued | None, pins: Mapping[int, int]) -> frozenset[int]:
    """Give the visits without any date to count from of which it is said that they fall away.

    Of those that only their epoch, or `all`, speaks of, nobody knows whether they would have been before.
    """
    if stop is None:
        return frozenset()
    rooted: set[int] = set(pins)
    for i in model.order:
        link = model.counted[i]
        if link is not None and link.visit in rooted:
            rooted.add(i)
    visits = enumerate(model.protocol.visits)
    return frozenset(i for i, visit in visits if i not in rooted and is_said_of_it(visit, stop))


def _first_date(names: tuple[str, ...], model: Model, days: Mapping[int, int], pins: Mapping[int, int]) -> int | None:
    """Give the first date of some ending visits; one that is counted from what it ends must be given to end it."""
    known = [i for name in names if (i := model.numbers.get(name)) is not None and i in days]
    return min((days[i] for i in known if i in pins or not _follows_what_it_ends(i, model)), default=None)


def _follows_what_it_ends(i: int, model: Model) -> bool:
    name, link = model.visit(i).id, model.counted[i]
    while link is not None:
        if name in model.visit(link.visit).until:
            return True
        link = model.counted[link.visit]
    return False


def fallen_away(model: Model, pins: Mapping[int, int], ends: Mapping[int, int]) -> frozenset[int]:
    """Give the visits whose targets (or whole ranges) lie after what ends them.

    A visit on the day of the end stays, and so does one that the user has given. What is counted from a range is
    counted here from its first day: it falls away where even that is too late.
    """
    days = dict(pins)
    gone: set[int] = set()
    for i in model.order:
        link = model.counted[i]
        if i in pins or link is None:
            continue
        if i in ends and link.visit in gone and ends.get(link.visit) == ends[i]:
            gone.add(i)
            continue
        before = days.get(link.visit)
        step = link.target or link.low
        if before is None or step is None:
            continue
        days[i] = step.apply(before)
        if i in ends and days[i] > ends[i]:
            gone.add(i)
    return frozenset(gone)


def planned_too_late(pins: Mapping[int, int], days: Mapping[int, int], ends: Mapping[int, int]) -> frozenset[int]:
    """Give the visits that were planned after what ends them, though their targets are not."""
    return frozenset(i for i, end in ends.items() if i not in pins and days.get(i, end) > end)


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

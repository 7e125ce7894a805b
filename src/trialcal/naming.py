"""Resolving references: which visits `last dose`, `priming` or `each dose` name, and in which order they come.

The order of a series or a type is that of the protocol's own days, never that of the file. It is a room of its own
because it must see all visits at once, after cycles and repeats have been written out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Iterable, Mapping, Sequence
from dataclasses import replace
from graphlib import CycleError, TopologicalSorter
from typing import NamedTuple

from trialcal.days import Duration, StudyDays
from trialcal.problems import Place, Report
from trialcal.protocol import Visit
from trialcal.timing import DayRange, Offset, OffsetRange, OnDay, Reference, Timing, Whichever, Written

# Only for putting visits in order; no date is ever computed from these.
_USUAL_DAYS = {"minutes": 1 / 1440, "hours": 1 / 24, "days": 1, "weeks": 7, "months": 30.436875, "years": 365.2425}
FARTHEST = 36_525  # days: a schedule needs no more, and dates stay between the years 1600 and 2600
_LAST = 1e9  # visits without a day of their own come last


class Unseen(NamedTuple):
    """Names that are no mistake although no visit has them.

    `unread` are the ids and types of visits that stand in the file but could not be read (None: any name may be one),
    `left_out` what an overlay takes away, and where; `absent` are visits that the subject's arm or cohort lacks, and
    `may_come` tells the ids of those that come with more cycles than are planned.
    """

    unread: frozenset[str] | None = frozenset()
    left_out: Mapping[str, Place] = {}
    absent: Collection[str] = ()
    may_come: Callable[[str], bool] = lambda name: False

    def may_be(self, name: str) -> bool:
        """Tell whether a name may be that of a visit that stands in the file but could not be read."""
        if self.unread is None:
            return True
        series, _, number = name.rpartition("-")
        return name in self.unread or (number.isdigit() and series in self.unread)

    def left_out_told(self, name: str) -> str:
        """Say that an overlay leaves a visit out, where it does; else ""."""
        series, _, number = name.rpartition("-")
        place = self.left_out.get(f"visits.{name}") or self.left_out.get(
            f"visits.{series}" if number.isdigit() else ""
        )
        if place is None:
            return ""
        return f"`without` in {place.file}, line {place.line}, leaves it out: replace what speaks of it, too"


class Names:
    """The visits, series and types of one protocol, in the order of its days, for resolving references."""

    def __init__(
        self, visits: Sequence[Visit], anchor: str, study_days: StudyDays, unseen: Unseen, report: Report
    ) -> None:
        self.report = report
        self.visits = {visit.id: visit for visit in visits}
        self.unseen = unseen
        self.groups: dict[str, list[Visit]] = {}
        for key in ("series", "type"):  # where both have the name, the type is meant
            found: dict[str, list[Visit]] = {}
            for visit in visits:
                found.setdefault(getattr(visit, key), []).append(visit)
            self.groups.update(found)
        self.groups.pop("", None)
        self.anchor = anchor
        self._put_in_order(study_days)
        self.members = {name: tuple(visit.id for visit in group) for name, group in self.groups.items()}

    def is_absent(self, reference: Reference) -> bool:
        """Tell whether a reference is only to visits that the subject's arm or cohort lacks."""
        known = self.visits if reference.pick == "only" else self.groups
        name = reference.name
        return name not in known and (name in self.unseen.absent or self.unseen.may_come(name))

    def check_visit(self, name: str, place: Place, key: str = "") -> None:
        """Report the id of a visit that does not exist."""
        unseen = self.unseen
        if not name or name in self.visits or unseen.may_be(name) or name in unseen.absent or unseen.may_come(name):
            return
        hint = self.unseen.left_out_told(name) or self.report.nearest(name, self.visits)
        if name in self.groups:
            hint = f"`{name}` is a series or type: name one visit, as `{self.groups[name][0].id}`"
        self.report.error(place, "unknown-visit", f"{key}there is no visit `{name}`", hint)

    def resolve(self, reference: Reference, *, rule: bool = False) -> Reference:
        """Fill in the members of a reference; what it cannot be is reported, and its members stay empty."""
        name, pick, place = reference.name, reference.pick, reference.place
        if pick in ("each", "previous") and not rule:
            hint = f"write `last {name}`, `first {name}` or a visit's id"
            self.report.error(place, "bad-reference", f"`{pick} {name}` makes sense in rules only", hint)
            return reference
        if self.unseen.may_be(name) or self.is_absent(reference):
            return reference
        if pick == "only":
            if name in self.visits:
                return Reference(name, (name,), pick, reference.edge, place)
            if name in self.groups:
                members = self.groups[name]
                shown = f"{len(members)} visits" if len(members) > 1 else "a series or type"
                each = f"`each {name}`, " if rule else ""
                hint = f"write {each}`first {name}`, `last {name}` or a visit's id, as `{members[0].id}`"
                self.report.error(place, "bad-reference", f"`{name}` is {shown}", hint)
                return reference
        elif name in self.groups:
            return Reference(name, self.members[name], pick, reference.edge, place)
        elif name in self.visits:
            self.report.error(place, "bad-reference", f"`{name}` is one visit, not a series", f"write `{name}`")
            return reference
        elif name.endswith("s") and name[:-1] in self.groups:
            hint = f"did you mean `{pick} {name[:-1]}`?"
            self.report.error(place, "unknown-visit", f"there is no series or type `{name}`", hint)
            return reference
        what = "visit" if pick == "only" else "series or type"
        known = [*self.visits, *self.groups] if pick == "only" else [*self.groups]
        hint = self.unseen.left_out_told(name) or self.report.nearest(name, known)
        self.report.error(place, "unknown-visit", f"there is no {what} `{name}`", hint)
        return reference

    def resolve_timing(self, timing: Timing) -> Timing:
        """Fill in the members of a timing's references."""
        if isinstance(timing, Offset):
            return Offset(timing.amount, timing.sign, self.resolve(timing.reference))
        if isinstance(timing, OffsetRange):
            return OffsetRange(timing.least, timing.most, timing.sign, self.resolve(timing.reference))
        if isinstance(timing, Whichever):
            options = (replace(option, reference=self.resolve(option.reference)) for option in timing.options)
            return replace(timing, options=tuple(options))
        return timing

    def _put_in_order(self, study_days: StudyDays) -> None:
        """Sort the visits and every group by their usual days; report visits counted from one another in a circle."""
        names = {visit.id: list(self._counted_from(visit)) for visit in self.visits.values()}
        try:
            order = list(TopologicalSorter(names).static_order())
        except CycleError as error:
            self._report_circle(error.args[1])
            order = []
        day: dict[str, float] = {}
        for name in order:
            day[name] = _usual_day(self.visits[name], day, self.groups, self.anchor, study_days)

        self._report_far(day)

        def place_in_order(visit: Visit) -> tuple[float, str, int, str]:
            return day.get(visit.id, _LAST), visit.series, visit.nth, visit.id

        for members in self.groups.values():
            members.sort(key=place_in_order)
        self.visits = {visit.id: visit for visit in sorted(self.visits.values(), key=place_in_order)}

    def _report_far(self, day: Mapping[str, float]) -> None:
        """Report the first visit of a chain that leads out of the years that are understood."""
        far = {name for name, days in day.items() if FARTHEST < abs(days) < _LAST}
        for name in sorted(far, key=lambda name: abs(day[name])):
            if far.isdisjoint(self._counted_from(self.visits[name])):
                message = "this is more than a hundred years from the anchor"
                place = self.visits[name].at_place
                self.report.error(place, "too-far", message, "check the visits that it is counted from")

    def _counted_from(self, visit: Visit) -> Iterable[str]:
        if isinstance(visit.at, (OnDay, DayRange)) and visit.id != self.anchor and self.anchor in self.visits:
            return (self.anchor,)
        return [name for reference in references_of(visit.at) for name in _named(reference, self.visits, self.groups)]

    def _report_circle(self, circle: list[str]) -> None:
        """Report a circle once, at the visit that comes first in the file."""
        chain = [self.visits[name] for name in reversed(circle[1:])]  # each is counted from the one behind it
        first = min(range(len(chain)), key=lambda i: (chain[i].at_place.line, chain[i].id))
        chain = [*chain[first:], *chain[:first]]
        told = [self._counted_told(visit, chain[(i + 1) % len(chain)].id) for i, visit in enumerate(chain)]
        hint = "let one of them have a study day, or be counted from another visit"
        message = f"a circle: {', and '.join(told)}"
        self.report.error(chain[0].at_place, "circular-reference", message, hint)

    def _counted_told(self, visit: Visit, other: str) -> str:
        found = [each for each in references_of(visit.at) if other in _named(each, self.visits, self.groups)]
        if not found:
            return f"`{visit.id}` is counted from the anchor `{other}`"
        if found[0].pick == "only":
            return f"`{visit.id}` is counted from `{other}`" + (" itself" if other == visit.id else "")
        which = "itself" if other == visit.id else f"`{other}`"
        return f"`{visit.id}` is counted from `{found[0]}`, which may be {which}"


def references_of(timing: Written) -> tuple[Reference, ...]:
    """Give what a timing is counted from; nothing for study days."""
    if isinstance(timing, (Offset, OffsetRange)):
        return (timing.reference,)
    return tuple(option.reference for option in timing.options) if isinstance(timing, Whichever) else ()


def _named(reference: Reference, visits: Container[str], groups: Mapping[str, list[Visit]]) -> tuple[str, ...]:
    if reference.pick == "only":
        return (reference.name,) if reference.name in visits else ()
    return tuple(visit.id for visit in groups.get(reference.name, ()))


def _usual_day(
    visit: Visit,
    day: Mapping[str, float],
    groups: Mapping[str, list[Visit]],
    anchor: str,
    study_days: StudyDays,
) -> float:
    at = visit.at
    if isinstance(at, (OnDay, DayRange)):
        number = at.number if isinstance(at, OnDay) else at.first
        return 0.0 if visit.id == anchor else day.get(anchor, 0.0) + _distance(number, study_days)
    if isinstance(at, Whichever):
        days = [_counted_day(option, day, groups) for option in at.options]
        return _LAST if _LAST in days else (max if at.which == "later" else min)(days)
    found = _counted_day(at, day, groups) if isinstance(at, (Offset, OffsetRange)) else _LAST
    return 0.0 if visit.id == anchor and found >= _LAST else found


def _counted_day(at: Offset | OffsetRange, day: Mapping[str, float], groups: Mapping[str, list[Visit]]) -> float:
    members = _named(at.reference, day, groups)
    days = [day[name] for name in members if day.get(name, _LAST) < _LAST]
    if not days:
        return _LAST
    counted = at.amount if isinstance(at, Offset) else (at.least if at.sign > 0 else at.most or at.least)
    return (max if at.reference.pick == "last" else min)(days) + at.sign * _usual_days(counted)


def _distance(number: int, study_days: StudyDays) -> int:
    return study_days.distance(number) if number or study_days.day_zero else 0


def _usual_days(duration: Duration) -> float:
    return duration.count * _USUAL_DAYS[duration.unit]

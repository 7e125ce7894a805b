"""The open days of one subject: the site's, without the dates on which the subject's visits are on hold.

A room of its own because a hold belongs to a subject and closes days for some visits only, while all else about open
days belongs to the site and is worked out once for everybody.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from functools import lru_cache

from trialcal.network import Domain
from trialcal.opening import OpenDay, Opening, opening_of
from trialcal.protocol import Visit
from trialcal.site import Site
from trialcal.stopping import is_named
from trialcal.subject import Hold

ON_HOLD = "on hold"  # what every reason of a hold begins with
_HELD = "on hold: "  # what the kind of a visit begins with that a hold speaks of; no entry of a site's file can


def opening_for(site: Site, holds: tuple[Hold, ...], targets: tuple[tuple[str, int], ...] = ()) -> Opening:
    """Give the open days of a subject; those of the site where nothing is on hold.

    A visit whose target, by its id among the `targets`, lies in a hold is not moved to before it: when the hold was
    known, those dates were past, or the reason for it was there.
    """
    return _held(site, holds, targets) if holds else opening_of(site)


@lru_cache(maxsize=16)
def _held(site: Site, holds: tuple[Hold, ...], targets: tuple[tuple[str, int], ...]) -> Opening:
    return _Held(site, holds, dict(targets))


class _Held(Opening):
    """The open days of a site where some visits are on hold."""

    def __init__(self, site: Site, holds: tuple[Hold, ...], targets: Mapping[str, int]) -> None:
        super().__init__(site)
        self.usual = opening_of(site)  # for all that no hold speaks of
        self.holds = holds
        self.targets = targets
        self.closes = True
        self._kind_of: dict[tuple[object, ...], str] = {}  # by all of a visit that its kind depends on
        self._held: dict[tuple[str, int], OpenDay] = {}
        self._kinds: dict[str, tuple[str, tuple[Hold, ...], int | None]] = {}  # its name says all it is

    def kind_of(self, visit: Visit) -> str:
        """Give the visit's kind, one of its own where a hold speaks of it."""
        key = visit.id, visit.entry, visit.type, visit.by, visit.unchosen
        known = self._kind_of.get(key)
        if known is None:
            known = self._kind_of[key] = self._kind(visit)
        return known

    def _kind(self, visit: Visit) -> str:
        usual = super().kind_of(visit)
        named = [number for number, hold in enumerate(self.holds) if is_named(visit, hold.visits)]
        if not named:
            return usual
        kind = f"{_HELD}{visit.id} {usual} {' '.join(map(str, named))}"
        holds = tuple(self.holds[number] for number in named)
        self._kinds[kind] = (usual, holds, self.targets.get(visit.id))
        return kind

    def day(self, kind: str, day: int) -> OpenDay:
        """Give a day as it is for a kind of visit; closed where it is on hold."""
        if not kind.startswith(_HELD):
            return self.usual.day(kind, day)
        found = self._held.get((kind, day))
        if found is None:
            found = self._held[kind, day] = self._on(kind, day)
        return found

    def open_days(self, visit: Visit, first: int, last: int) -> Domain:
        """Give the days on which a visit can start; those of the site where no hold speaks of it."""
        kind = self.kind_of(visit)
        if not kind.startswith(_HELD):
            return self.usual.open_days(visit, first, last)
        if self._dates_needed(kind, visit) > 1:
            return super().open_days(visit, first, last)
        found = self.usual.open_days(visit, first, last)
        _, holds, target = self._kinds[kind]
        for hold in holds:
            begin = hold.first.toordinal()
            end = last if hold.last is None else hold.last.toordinal()
            if target is not None and begin <= target <= end:
                begin = first
            found = tuple(_cut(found, begin, end))
        return found

    def _on(self, kind: str, day: int) -> OpenDay:
        usual, holds, target = self._kinds[kind]
        for hold in holds:
            begin = hold.first.toordinal()
            if begin <= day and (hold.last is None or day <= hold.last.toordinal()):
                return OpenDay((), hold_told(hold))
            if target is not None and is_within(hold, target) and day < begin:
                return OpenDay((), f"not moved to before the hold from {hold.first.isoformat()}")
        return self.usual.day(usual, day)

    def _dates_needed(self, kind: str, visit: Visit) -> int:
        return super()._dates_needed(super().kind_of(visit) if kind.startswith(_HELD) else kind, visit)


def _cut(days: Domain, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Take the days from one to another, both inclusive, out of some."""
    for first, last in days:
        if first < begin:
            yield first, min(last, begin - 1)
        if last > end:
            yield max(first, end + 1), last


def is_within(hold: Hold, day: int) -> bool:
    """Tell whether a day is one of a hold."""
    when = date.fromordinal(day)
    return hold.first <= when and (hold.last is None or when <= hold.last)


def hold_told(hold: Hold) -> str:
    """Tell a hold in words: `on hold until 2025-03-17: ALT raised`."""
    until = f" until {hold.last.isoformat()}" if hold.last is not None else " until further notice"
    return f"{ON_HOLD}{until}" + (f": {hold.reason}" if hold.reason else "")

"""The open days of one subject: the site's, without the dates on which the subject's visits are on hold.

A room of its own because a hold belongs to a subject and closes days for some visits only, while all else about open
days belongs to the site and is worked out once for everybody.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from trialcal.opening import OpenDay, Opening, opening_of
from trialcal.protocol import Visit
from trialcal.site import Site
from trialcal.stopping import is_named
from trialcal.subject import Hold

ON_HOLD = "on hold"  # what every reason of a hold begins with
_HELD = "on hold: "  # what the kind of a visit begins with that a hold speaks of; no entry of a site's file can


def opening_for(site: Site, holds: tuple[Hold, ...]) -> Opening:
    """Give the open days of a subject; those of the site where nothing is on hold."""
    return _held(site, holds) if holds else opening_of(site)


@lru_cache(maxsize=64)
def _held(site: Site, holds: tuple[Hold, ...]) -> Opening:
    return _Held(site, holds)


class _Held(Opening):
    """The open days of a site where some visits are on hold."""

    def __init__(self, site: Site, holds: tuple[Hold, ...]) -> None:
        super().__init__(site)
        self.holds = holds
        self.closes = True
        self._kinds: dict[str, tuple[str, tuple[Hold, ...]]] = {}

    def kind_of(self, visit: Visit) -> str:
        """Give the visit's kind, one of its own where a hold speaks of it."""
        usual = super().kind_of(visit)
        holds = tuple(hold for hold in self.holds if is_named(visit, hold.visits))
        if not holds:
            return usual
        kind = f"{_HELD}{visit.id}"
        self._kinds[kind] = (usual, holds)
        return kind

    def day(self, kind: str, day: int) -> OpenDay:
        """Give a day as it is for a kind of visit; closed where it is on hold."""
        if not kind.startswith(_HELD):
            return super().day(kind, day)
        usual, holds = self._kinds[kind]
        for hold in holds:
            if is_within(hold, day):
                return OpenDay((), hold_told(hold))
        return super().day(usual, day)

    def _dates_needed(self, kind: str, visit: Visit) -> int:
        return super()._dates_needed(super().kind_of(visit) if kind.startswith(_HELD) else kind, visit)


def is_within(hold: Hold, day: int) -> bool:
    """Tell whether a day is one of a hold."""
    when = date.fromordinal(day)
    return hold.first <= when and (hold.last is None or when <= hold.last)


def hold_told(hold: Hold) -> str:
    """Tell a hold in words: `on hold until 2025-03-17: ALT raised`."""
    until = f" until {hold.last.isoformat()}" if hold.last is not None else " until further notice"
    return f"{ON_HOLD}{until}" + (f": {hold.reason}" if hold.reason else "")

"""A site: its time zone and the days on which it is closed.

Closures are holes in the dates that a visit may have; they never move a window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, tzinfo


@dataclass(frozen=True, slots=True)
class Site:
    """A site. `zone` is None where no time zone is known: daylight saving is then ignored, and the plan says so.

    `closed` maps each closed date to the reason that is shown.
    """

    name: str = ""
    zone: tzinfo | None = None
    closed: Mapping[date, str] = field(default_factory=dict)

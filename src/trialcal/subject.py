"""One subject's dates: what is given, booked or was really done. No name, no birth date, only a study number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from trialcal.days import Duration


@dataclass(frozen=True, slots=True)
class Dated:
    """The date of a visit that the user states; never moved, never dropped.

    `start` and `end` are wall-clock times at the site, where they are known. With an `end` alone, `day` is the day
    on which the visit began as far as its duration tells.
    """

    day: date
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject: the study number (or "" where none is named), the given dates by visit id, and parameters."""

    id: str = ""
    given: Mapping[str, Dated] = field(default_factory=dict)
    parameters: Mapping[str, Duration] = field(default_factory=dict)

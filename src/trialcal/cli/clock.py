"""The clock: the only place that asks what time it is, so that everything below is told.

`SOURCE_DATE_EPOCH` sets the time of writing, for output that is the same each time; it does not set today's date.
"""

from __future__ import annotations

import os
import re
from datetime import UTC, date, datetime

from trialcal.cli.output import printable, stop, tell
from trialcal.files.dates import parse_date
from trialcal.files.phrases import Mistake, parse_parameter

LONGEST_AHEAD = 366


def today(text: str | None) -> date:
    """Give the date of `--today`, or that of this machine; ends the command where it is none."""
    if text is None:
        return date.today()
    try:
        day, clock = parse_date(text)
        if clock is not None:
            raise Mistake(f"'{printable(text[:40])}' has a clock time", f"write {day.isoformat()}")
    except Mistake as mistake:
        tell(f"error: --today: {mistake.message}" + (f" ({mistake.hint})" if mistake.hint else ""))
        stop(2)
    return day


def days_ahead(text: str) -> int:
    """Read how many days `--soon` looks ahead, as 7d or 2 weeks. Raises Mistake."""
    days = parse_parameter(text).days
    if days is None:
        raise Mistake(f"'{printable(text[:40])}' is no number of days or weeks", "write 7d or 2 weeks")
    if days > LONGEST_AHEAD:
        raise Mistake(f"'{printable(text[:40])}' is too long", f"at most {LONGEST_AHEAD} d")
    return days


def now() -> datetime:
    """Give the time of writing; SOURCE_DATE_EPOCH sets it, for output that is the same each time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch:
        try:
            if not re.fullmatch("[0-9]+", epoch):
                raise ValueError
            return datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError):
            told = f"SOURCE_DATE_EPOCH, of the environment, cannot be '{printable(epoch[:40])}'"
            tell(f"error: {told} (write whole seconds since 1970, or unset it)")
            stop(2)
    return datetime.now(UTC).replace(microsecond=0)

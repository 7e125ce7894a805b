"""Who has, or will have, a place in a dose group, and from when on others may follow it.

A room of its own because the decision table, the gates and what people decided all speak of the same places.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from trialcal.cohort import Wait
from trialcal.escalation import Escalation, Opens
from trialcal.subject import Dlt
from trialcal.telling import date_told as _told

_DAY = timedelta(days=1)


class Taken(NamedTuple):
    """A place that is taken, or will be: who has it, the first dose, and when the DLT observation ends.

    `complete_from` is the first day on which the observation is complete; None where no date is known. `out` is the
    day on which people decided that the subject is not evaluable; until then it may be.
    """

    subject: str
    first_dose: date | None
    observed_until: date | None
    complete_from: date | None
    dlt: Dlt | None
    out: date | None = None
    is_actual: bool = True

    @property
    def counts(self) -> bool:
        """Whether the subject is evaluable, or may still be."""
        return self.out is None

    def counted_on(self, day: date | None) -> bool:
        """Tell whether the subject was evaluable, or might have been, on a day (None: as is known now)."""
        return self.out is None or (day is not None and self.out > day)

    @property
    def has_dlt(self) -> bool:
        """Whether a DLT was assessed."""
        return self.dlt is not None and self.dlt.outcome == "yes"

    def has_dlt_by(self, day: date) -> bool:
        """Tell whether a DLT was assessed by the end of a day."""
        return self.dlt is not None and self.dlt.outcome == "yes" and self.dlt.on <= day


def observation(first: Sequence[Taken], escalation: Escalation, today: date, assumed: str = "") -> Wait:
    """Give the link that waits until some subjects have completed the DLT observation; `assumed` is why it is so."""
    names = [each.subject or "the next subject" for each in first]
    missing = [each for each in first if each.complete_from is None]
    if missing:
        unknown = ", ".join(each.subject or "the next subject" for each in missing)
        told = f"DLT observation of {', '.join(names)}: no date is known for {unknown}"
        return Wait("observation", escalation.dlt_period, told, None, True, assumed)
    last = max(first, key=lambda each: each.complete_from or date.min)
    assert last.complete_from is not None
    assert last.observed_until is not None
    until = f"until {_told(last.observed_until)}"
    told = f"DLT observation of {named(names)}, {until if len(names) == 1 else f'the last one {until}'}"
    return Wait("observation", escalation.dlt_period, told, last.complete_from, last.complete_from > today, assumed)


def opening_day(day: date, opens: Opens) -> date:
    """Give the first day on which something may follow that waits until a day.

    >>> [str(opening_day(date(2025, 3, 24), opens)) for opens in ("on-the-last-day", "the-day-after")]
    ['2025-03-24', '2025-03-25']
    """
    return day if opens == "on-the-last-day" else day + _DAY


def named(several: Collection[str]) -> str:
    """Give names as a list in words: `GC-001, GC-002 and GC-003`."""
    names = list(several)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}" if names else ""


def assumed_of(texts: Mapping[str, str], *keys: str) -> str:
    """Give why what some keys of an entry say is assumed, or the entry as a whole; "" where it is not."""
    return "; ".join(dict.fromkeys(texts[key] for key in (*keys, "at") if key in texts))

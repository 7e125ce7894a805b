"""The phrases of timepoints and of the table of activities: `30 min before`, `2 h after end`, `±10 %`, `v1 (P)`.

A room of its own, as the small phrases are: text in, values out, and a `Mistake` says what to write instead.
"""

from __future__ import annotations

import re

from trialcal.days import Duration
from trialcal.files.phrases import ID, RANGE, Mistake, parse_duration, parse_gap, parse_window, tidy, whole
from trialcal.protocol import Mark
from trialcal.timing import Offset, OffsetRange, Percent, Reference, Window

_AROUND = r"(.+?)\s+(before|after)(?:\s+(?:the\s+)?(start|end)(?:\s+of\s+.+)?)?"
_PERCENT = r"±\s*([0-9]+)\s*%"
_MARK = rf"({ID})(?:\s*\((.+)\))?"
LONGEST_MARK = 40


def parse_around(text: str) -> Offset | OffsetRange:
    """Read a time around a visit's own: `30 min before`, `2 h after end`, `48-96 h after`. Raises Mistake."""
    plain = tidy(text)
    found = re.fullmatch(_AROUND, plain)
    if not found:
        hint = "write '30 min before', '0 h after', '15 min after end' or '48-96 h after'"
        if re.search(r"pre-?\s?dose", plain):
            hint = "write '0-4 h before' or '30 min before': how long before the dose"
        elif re.fullmatch(r"[0-9]+\s*[a-z]+", plain):
            hint = f"write '{plain} after' or '{plain} before'"
        raise Mistake(f"'{text}' does not say how long before or after", hint)
    amount, direction, edge = found.groups()
    sign = 1 if direction == "after" else -1
    reference = Reference("", (), "only", "end" if edge == "end" else "start")
    if re.fullmatch(RANGE, amount):
        least, most = parse_gap(amount)
        _check_clock(text, least, most)
        return OffsetRange(least, most, sign, reference)
    single = parse_duration(amount)
    _check_clock(text, single)
    return Offset(single, sign, reference)


def _check_clock(text: str, *durations: Duration) -> None:
    for duration in durations:
        if not duration.needs_clock:
            hint = "give it in hours or minutes; for days, write a visit with `at: 2 d after ...`"
            raise Mistake(f"'{text}': a timepoint is counted on the clock", hint)


def parse_tolerance(text: str) -> Window | Percent:
    """Read the window of a timepoint: `±15 min`, `-0/+1 h`, `±10 %` of the nominal time. Raises Mistake."""
    found = re.fullmatch(_PERCENT, tidy(text))
    if found:
        return Percent(whole(found[1], 100, f"{found[1][:12]} %", "100 %"))
    if "%" in text:
        raise Mistake(f"'{text}' is not understood", "write '±10 %' for a tenth of the nominal time to either side")
    window = parse_window(text)
    if not (window.lower.needs_clock and window.upper.needs_clock):
        raise Mistake(f"'{text}': a timepoint is counted on the clock", "write its window as ±15 min or ±10 %")
    return window


def parse_mark(text: str) -> Mark:
    """Read a mark of the table: `screening`, or `v1 (P)` where it is not an X. Raises Mistake."""
    written = " ".join(text.split())
    found = re.fullmatch(_MARK, written)
    if not found:
        raise Mistake(f"'{text}' names no visit", "write a visit's id, as 'screening', or 'v1 (P)' with its mark")
    mark = found[2] or "X"
    if len(mark) > LONGEST_MARK or not mark.isprintable():
        raise Mistake(
            f"the mark '{mark[:20]}...' is too long", f"at most {LONGEST_MARK} characters; put it into `notes`"
        )
    return Mark(found[1], mark)

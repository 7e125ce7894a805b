"""The phrases of cycles: in which cycles a visit is, how long a cycle is, how many there are.

A room of its own, as the small phrases are: text in, values out, and a `Mistake` says what to write instead.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from trialcal.days import Duration
from trialcal.files.phrases import ID, RANGE, Mistake, parse_duration, parse_gap, tidy, whole
from trialcal.timing import Selection

MOST_CYCLES = 36_525

_ORDINAL = r"(?:([0-9]+)(?:st|nd|rd|th)\s+|(second|third|fourth|sixth)\s+|)"
_WHICH = {"second": 2, "third": 3, "fourth": 4, "sixth": 6}
_GROUP = rf"(?:({ID})\s+)?cycles?"
_EVERY = rf"every\s+{_ORDINAL}{_GROUP}(?:\s+from\s+([0-9]+)(?:\s+(?:to|-|through)\s+([0-9]+))?)?"
_PARITY = rf"(odd|even)\s+{_GROUP}"
_ONE = rf"{_GROUP}\s+([0-9]+)(?:\s*(?:-|to|through)\s*([0-9]+)|\s+(and beyond|on))?"
_HINT = "write 'cycle 1', 'cycles 2-6', 'cycle 2 and beyond', 'every cycle', 'odd cycles' or 'every 2nd cycle from 3'"


class Cycling(NamedTuple):
    """Some cycles of a group; `group` is "" where it is not named."""

    group: str
    selection: Selection


class Length(NamedTuple):
    """How long a cycle is: `most` is None where there is no upper end, and `least` where it is no range."""

    least: Duration
    most: Duration | None


class Number(NamedTuple):
    """How many there are, both ends inclusive."""

    least: int
    most: int


def parse_cycles(text: str) -> Cycling:
    """Read `cycle 1`, `cycles 2-6`, `treatment cycle 2 and beyond`, `every 2nd cycle from 3`. Raises Mistake."""
    plain = tidy(text)
    if found := re.fullmatch(_EVERY, plain):
        step = int(found[1]) if found[1] else _WHICH.get(found[2] or "", 1)
        first, last = _cycle(found[4] or "1"), _cycle(found[5]) if found[5] else None
        if step < 1 or step > MOST_CYCLES:
            raise Mistake(f"'{text}' is not understood", _HINT)
        return _checked(text, found[3], Selection(first, last, step))
    if found := re.fullmatch(_PARITY, plain):
        return _checked(text, found[2], Selection(1 if found[1] == "odd" else 2, None, 2))
    if found := re.fullmatch(_ONE, plain):
        first = _cycle(found[2])
        last = _cycle(found[3]) if found[3] else None if found[4] else first
        return _checked(text, found[1], Selection(first, last))
    if re.fullmatch(r"(c?[0-9]+|all|all cycles|each cycle)", plain):
        hint = "write 'every cycle'" if plain.startswith(("a", "e")) else f"write 'cycle {plain.lstrip('c')}'"
        raise Mistake(f"'{text}' is not understood", hint)
    raise Mistake(f"'{text}' does not say in which cycles", _HINT)


def _checked(text: str, group: str | None, selection: Selection) -> Cycling:
    if selection.first < 1:
        raise Mistake(f"'{text}': cycles count from 1", _HINT)
    if selection.last is not None and selection.last < selection.first:
        raise Mistake(f"'{text}' runs backwards", "write the smaller number first")
    return Cycling(group or "", selection)


def _cycle(number: str) -> int:
    return whole(number, MOST_CYCLES, f"cycle {number[:12]}", f"cycle {MOST_CYCLES}")


def parse_length(text: str) -> Length:
    """Read the length of a cycle: `21 d`, `35-42 d`, `at least 35 d`. Raises Mistake."""
    plain = tidy(text)
    if plain.startswith("at least "):
        length = Length(parse_duration(plain.removeprefix("at least ")), None)
    elif re.fullmatch(RANGE, plain):
        length = Length(*parse_gap(text))
    else:
        same = parse_duration(text)
        length = Length(same, same)
    for duration in length:
        if duration is not None and not duration.days:
            raise Mistake(f"'{text}': a cycle is a number of days", "give it in days or weeks, as '21 d'")
    return length


def parse_count(text: str) -> Number:
    """Read how many there are: `6` or `1-6`. Raises Mistake."""
    found = re.fullmatch(r"([0-9]+)(?:\s*(?:-|to)\s*([0-9]+))?", tidy(text))
    if not found:
        hint = "write '6', or '1-6'; where nobody knows, leave `count` out and say what ends them: `until: ...`"
        raise Mistake(f"'{text}' is not a number", hint)
    least = _cycle(found[1])
    most = _cycle(found[2]) if found[2] else least
    if not 1 <= least <= most:
        raise Mistake(f"'{text}' is not a number of cycles", "write the smaller number first, at least 1")
    return Number(least, most)

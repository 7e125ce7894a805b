"""The phrases of dose groups: positions, counts, and what a row of the decision table leads to.

A room of its own, as the small phrases are: text in, values out, and a `Mistake` says what to write instead.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from trialcal.escalation import Counts, Positions, Then
from trialcal.files.phrases import Mistake, tidy

MOST = 1_000  # subjects
_NUMBER = r"([0-9]{1,4})"


class Following(NamedTuple):
    """What follows, and how many subjects are added where some are."""

    then: Then
    subjects: int = 0


def parse_positions(text: str) -> Positions:
    """Read `2`, `2-3` or `2 and on`. Raises Mistake.

    >>> str(parse_positions("4 and on"))
    '4 and on'
    """
    plain = tidy(text)
    hint = "write a position, as `2`, `2-3` or `2 and on`"
    if found := re.fullmatch(rf"{_NUMBER}\s+(?:and\s+(?:on|beyond|later)|onwards?|or\s+later)", plain):
        first, last = _whole(found[1], text, hint), None
    elif found := re.fullmatch(rf"{_NUMBER}(?:\s*(?:-|to)\s*{_NUMBER})?", plain):
        first = _whole(found[1], text, hint)
        last = first if found[2] is None else _whole(found[2], text, hint)
    else:
        raise Mistake(f"'{text}' is no position", hint)
    if first < 1 or (last is not None and last < first):
        raise Mistake(f"'{text}' is no position", hint)
    return Positions(first, last)


def parse_counts(text: str) -> Counts:
    """Read `0`, `0-1` or `2 or more`. Raises Mistake.

    >>> str(parse_counts("2 or more"))
    '2 or more'
    """
    plain = tidy(text)
    hint = "write a number, as `0`, `0-1` or `2 or more`"
    if found := re.fullmatch(rf"(?:at\s+least\s+{_NUMBER}|{_NUMBER}\s+or\s+more)", plain):
        return Counts(_whole(found[1] or found[2], text, hint), None)
    if found := re.fullmatch(rf"(?:at\s+most\s+{_NUMBER}|{_NUMBER}\s+or\s+(?:less|fewer))", plain):
        return Counts(0, _whole(found[1] or found[2], text, hint))
    found = re.fullmatch(rf"{_NUMBER}(?:\s*(?:-|to|or)\s*{_NUMBER})?", plain)
    if found is None:
        raise Mistake(f"'{text}' is no number of subjects", hint)
    least = _whole(found[1], text, hint)
    most = least if found[2] is None else _whole(found[2], text, hint)
    if most < least:
        raise Mistake(f"'{text}' runs backwards", hint)
    if " or " in plain and most != least + 1:
        raise Mistake(f"'{text}' leaves numbers out", f"write `{least}-{most}` if those in between count, too")
    return Counts(least, most)


def parse_then(text: str) -> Following:
    """Read `add 3`, `escalate`, `stop` or `discuss`. Raises Mistake.

    >>> parse_then("add 3")
    Following(then='add', subjects=3)
    """
    plain = tidy(text).lower()
    hint = "write `add 3`, `escalate`, `stop` or `discuss`"
    if plain == "escalate":
        return Following("escalate")
    if plain == "stop":
        return Following("stop")
    if plain == "discuss":
        return Following("discuss")
    found = re.fullmatch(rf"add\s+{_NUMBER}(?:\s+(?:more|subjects|more\s+subjects))?", plain)
    if found is None or not 1 <= _whole(found[1], text, hint) <= MOST:
        raise Mistake(f"'{text}' is nothing that a decision leads to", hint)
    return Following("add", int(found[1]))


def parse_number_or(text: str, words: tuple[str, ...]) -> int | str:
    """Read a whole number from 1 on, or one of some words. Raises Mistake."""
    plain = tidy(text).lower()
    if plain in words:
        return plain
    listed = " or ".join(f"`{word}`" for word in words)
    hint = f"write a whole number from 1 on, or {listed}"
    if not re.fullmatch(_NUMBER, plain) or not 1 <= _whole(plain, text, hint) <= MOST:
        raise Mistake(f"'{text}' is no number", hint)
    return int(plain)


def _whole(number: str, text: str, hint: str) -> int:
    if int(number) > MOST:
        raise Mistake(f"'{text}' is more than {MOST:,} subjects", hint)
    return int(number)

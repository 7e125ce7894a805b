"""Which visit of the protocol a table means: by its number, its id, or its name.

A room of its own because a table of another system names visits in its own way, and what it does not name clearly
must not be guessed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from trialcal.files.phrases import Mistake
from trialcal.problems import printable_line
from trialcal.protocol import Protocol, Visit

_NUMBER = re.compile("[0-9]{1,20}([.][0-9]{1,20})?")
_MOST = 6  # visits that are named in a message


class VisitNames:
    """The names of a protocol's visits, to find one by what a table says."""

    def __init__(self, protocol: Protocol) -> None:
        self.visits = protocol.visits
        numbers: dict[str, list[int]] = {}
        values: dict[str, list[int]] = {}
        ids: dict[str, list[int]] = {}
        names: dict[str, list[int]] = {}
        for i, visit in enumerate(protocol.visits):
            if visit.number:
                numbers.setdefault(visit.number.casefold(), []).append(i)
                values.setdefault(_value(visit.number), []).append(i)
            ids.setdefault(visit.id.casefold(), []).append(i)
            for name in set(_names(visit)):
                names.setdefault(name, []).append(i)
        self._numbers = numbers, values
        self._words = ids, names

    def find(self, number: str, name: str) -> int | None:
        """Give the index of the visit that a number (as VISITNUM) and a name (as VISIT) mean; None for none.

        `4.0` is the number 4; a protocol that has both 8.1 and 8.10 must have the number as it is written. Raises
        Mistake where several visits are meant, or the two do not mean the same one.
        """
        by_number = _one(number, (*self._numbers, *self._words), self.visits)
        by_name = _one(name, (*self._words, *self._numbers), self.visits)
        if by_number is not None and by_name is not None and by_number != by_name:
            one, other = (self.visits[i].id for i in (by_number, by_name))
            message = f"'{printable_line(number[:40])}' is {one}, and '{printable_line(name[:40])}' is {other}"
            raise Mistake(message, "which of the two is meant? correct the other")
        return by_name if by_number is None else by_number


def _one(text: str, every: tuple[Mapping[str, list[int]], ...], visits: tuple[Visit, ...]) -> int | None:
    """Look a text up in one list of names after the other."""
    if not text:
        return None
    plain = " ".join(text.casefold().split())
    value = _value(plain)
    for known in every:
        found = known.get(plain) or known.get(value)
        if found is not None:
            if len(found) == 1:
                return found[0]
            told = ", ".join(visits[i].id for i in found[:_MOST]) + (", ..." if len(found) > _MOST else "")
            raise Mistake(f"'{printable_line(text[:40])}' may be any of {told}", "write the id of the visit")
    return None


def _names(visit: Visit) -> Iterator[str]:
    for name in (visit.name, visit.short):
        if name:
            yield " ".join(name.casefold().split())


def _value(text: str) -> str:
    """Give a number in its one form, that of `4` for `4.0` and `004`, as no name is written; else the text."""
    if not _NUMBER.fullmatch(text):
        return text
    whole, _, part = text.partition(".")
    return "\n" + ".".join(filter(None, (whole.lstrip("0") or "0", part.rstrip("0"))))

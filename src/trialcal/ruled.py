"""What people decided where the decision table asks them to, or before it does: which record counts for which step.

A room of its own because a record may be about too many subjects, be replaced by a later one, or not know of a DLT;
none of that may be passed over in silence.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from trialcal.cohort import Ruling
from trialcal.taking import Taken, named


class Rulings:
    """The decisions that people recorded, in the order of the file, and which of them were used."""

    def __init__(self, rulings: Sequence[Ruling]) -> None:
        self.rulings = tuple(rulings)
        self._used: set[Ruling] = set()

    def next(
        self, group: str, counted: Sequence[Taken], done: int, upto: int, on: date | None = None
    ) -> Ruling | None:
        """Give the next decision that people recorded, after more than `done` subjects and at most `upto`.

        Of several after the same number the last one counts. Only who was dosed counts, and a decision to go on does
        not where a DLT among these subjects was assessed after it. For a place that was taken `on` a day, later ones
        count only where the table asks for one.
        """
        dosed = sum(each.is_actual for each in counted)
        found = [each for each in self.rulings if each.group == group and done < each.of <= min(upto, dosed)]
        found = [each for each in found if _knows(each, counted[: each.of])]
        found = [each for each in found if on is None or each.of == upto or each.on < on]
        if not found:
            return None
        first = min(each.of for each in found)
        chosen = [each for each in found if each.of == first][-1]
        self._used.add(chosen)
        return chosen

    def at_once(self, group: str, counted: Sequence[Taken]) -> Ruling | None:
        """Give the last decision that was made with all DLTs of a group known, while it still leads somewhere."""
        dosed = sum(each.is_actual for each in counted)
        found = [each for each in self.rulings if each.group == group and each.of <= dosed and _knows(each, counted)]
        chosen = found[-1] if found else None
        if chosen is None or (chosen.then == "add" and len(counted) >= chosen.of + chosen.subjects):
            return None
        self._used.add(chosen)
        return chosen

    def leading_to(self, group: str) -> Ruling | None:
        """Give the last decision that leads to a dose group by its name."""
        found = [each for each in self.rulings if each.to == group]
        self._used.update(found[-1:])
        return found[-1] if found else None

    def unused(self) -> Iterator[Ruling]:
        """Give the decisions that nobody was told of."""
        yield from (each for each in self.rulings if each not in self._used)

    def why_unused(self, ruling: Ruling, name: str, counted: Sequence[Taken]) -> tuple[str, bool]:
        """Say why a decision about the group of a name changes nothing, and whether another one took its place."""
        after = self.rulings[self.rulings.index(ruling) + 1 :]
        dosed = [each for each in counted if each.is_actual]
        if any((each.group, each.of) == (ruling.group, ruling.of) for each in after):
            return f"another decision after {ruling.of} subjects of {name} stands below it, and counts", True
        if len(dosed) < ruling.of:
            return f"{name} has {len(dosed)} evaluable subjects who were dosed, not {ruling.of}", False
        if not _knows(ruling, dosed):
            late = [each.subject for each in dosed if each.has_dlt and not each.has_dlt_by(ruling.on)]
            return f"the DLT of {named(late)} was assessed after it", False
        return f"what else is recorded of {name} does not lead to it", False


def _knows(ruling: Ruling, several: Sequence[Taken]) -> bool:
    """Tell whether a decision to go on was made with all DLTs of some subjects known; one to stop holds anyway."""
    return ruling.then == "stop" or not any(each.has_dlt and not each.has_dlt_by(ruling.on) for each in several)

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

        Of several after the same number the last one counts. A decision to go on counts where these subjects had been
        dosed, and no DLT among them was assessed after it. One to add subjects counts where the table asks for one.
        For a place that was taken `on` a day, later ones count only there.
        """
        dosed = sum(each.is_actual for each in counted)
        found = [each for each in self.rulings if each.group == group and done < each.of <= min(upto, dosed)]
        found = [each for each in found if not _why_not(each, counted[: each.of])]
        found = [each for each in found if each.of == upto or each.then != "add"]  # the table asks before that
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
        found = [each for each in self.rulings if each.group == group and each.of <= dosed]
        found = [each for each in found if not _why_not(each, counted, each.of)]
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
        why = _why_not(ruling, dosed[: ruling.of])
        if why:
            return why, False
        return f"what else is recorded of {name} does not lead to it", False


def _why_not(ruling: Ruling, several: Sequence[Taken], of: int | None = None) -> str:
    """Say why a decision does not count; "" where it does. One to stop always does.

    One to go on was made when the first `of` of some subjects (None: all of them) had been dosed, and every DLT among
    them was known.
    """
    if ruling.then == "stop":
        return ""
    late = [each.subject for each in several if each.has_dlt and not each.has_dlt_by(ruling.on)]
    if late:
        return f"the DLT of {named(late)} was assessed after it"
    undosed = [each.subject for each in several[:of] if each.first_dose is None or each.first_dose > ruling.on]
    return f"{named(undosed)} had not been dosed by then" if undosed else ""

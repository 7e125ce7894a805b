"""Which column of a table says what: found by name, or named by the user with `--columns`.

A room of its own because tables of visits and of subjects are searched alike, and a coordinator should be told at
once which names were looked for and which columns there are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from trialcal.files.phrases import Mistake
from trialcal.problems import Place, Problem, nearest, printable_line

_MOST_NAMES = 20  # columns that are told


class Wanted(NamedTuple):
    """What a column may say: its words for people, its usual names (SDTM's first), and whether it must be there."""

    told: str
    names: tuple[str, ...]
    is_needed: bool = False


VISIT_COLUMNS: Mapping[str, Wanted] = {
    "subject": Wanted("the subject", ("USUBJID", "SUBJID", "SUBJECT"), True),
    "number": Wanted("the visit's number", ("VISITNUM",)),
    "visit": Wanted("the visit", ("VISIT",)),
    "date": Wanted("the date of the visit", ("SVSTDTC", "DATE", "ACTUAL", "START"), True),
    "end": Wanted("the end of the visit", ("SVENDTC", "END")),
    "occurred": Wanted("whether it took place", ("SVOCCUR", "OCCURRED")),
    "reason": Wanted("why it did not take place", ("SVREASOC", "REASON")),
}
SUBJECT_COLUMNS: Mapping[str, Wanted] = {
    "subject": Wanted("the subject", ("USUBJID", "SUBJID", "SUBJECT"), True),
    "reference start": Wanted("SDTM's reference start date", ("RFSTDTC",)),
    "end of participation": Wanted("the end of participation", ("RFPENDTC", "RFENDTC")),
    "arm": Wanted("the arm", ("ARMCD", "ARM")),
}
_KEY = rf"(?:^|,)\s*({'|'.join(VISIT_COLUMNS)})\s*="


def columns_asked(texts: Sequence[str]) -> dict[str, str]:
    """Read `subject=PatID,visit=Visit,date=Datum`; a column's name may have commas in it. Raises Mistake.

    >>> columns_asked(["subject=PatID, date=Datum, actual", "visit=V"])
    {'subject': 'PatID', 'date': 'Datum, actual', 'visit': 'V'}
    """
    found: dict[str, str] = {}
    known = ", ".join(VISIT_COLUMNS)
    for text in texts:
        parts = re.split(_KEY, text.strip())
        shown = f"--columns {printable_line(text[:60])}"
        if parts[0].strip():
            key, equals, _ = parts[0].partition("=")
            if not equals:
                raise Mistake(f"{shown} does not say which column is which", "write --columns subject=PatID,visit=V")
            hint = nearest(key.strip(), VISIT_COLUMNS) or f"known here: {known}"
            raise Mistake(f"{shown}: there is no `{printable_line(key.strip()[:40])}`", hint)
        for key, name in zip(parts[1::2], parts[2::2], strict=True):
            if key in found:
                raise Mistake(f"--columns: {key} is given twice", "give it once")
            if not name.strip():
                raise Mistake(f"{shown}: {key} has no column", f"write {key}=NAME")
            found[key] = name.strip()
    return found


def find_columns(
    names: Sequence[str], wanted: Mapping[str, Wanted], asked: Mapping[str, str], file: str
) -> tuple[dict[str, int], list[Problem]]:
    """Give the numbers, from 0, of the columns that say something, and what is wrong with the header.

    Names are compared without regard to case. Where a column is asked for, no other one is looked for in its place.
    """
    found: dict[str, int] = {}
    problems: list[Problem] = []
    where = [name.casefold() for name in names]

    def wrong(code: str, message: str, hint: str) -> None:
        problems.append(Problem("error", code, message, hint, Place(file, 1)))

    for key, (told, usual, is_needed) in wanted.items():
        looked_for = (asked[key],) if key in asked else usual
        if key == "number" and key not in asked and "visit" in asked:
            continue  # the visit's column was named: no other one counts
        name = next((each for each in looked_for if each.casefold() in where), None)
        if name is not None:
            if where.count(name.casefold()) > 1:
                wrong("two-columns", f"the column `{name}` is there twice", "leave one of the two out")
            found[key] = where.index(name.casefold())
        elif key in asked:
            wrong("missing-column", f"there is no column `{printable_line(asked[key][:60])}`", _columns(names))
        elif is_needed:
            hint = (
                f"{_columns(names)}; name it with --columns {key}=NAME"
                if wanted is VISIT_COLUMNS
                else _columns(names)
            )
            wrong("missing-column", f"there is no column for {told}: looked for {', '.join(usual)}", hint)
    if "visit" in wanted and not {"visit", "number"} & (set(found) | set(asked)):
        looked = ", ".join((*wanted["number"].names, *wanted["visit"].names))
        hint = f"{_columns(names)}; name it with --columns visit=NAME"
        wrong("missing-column", f"there is no column for the visit: looked for {looked}", hint)
    return found, problems


def _columns(names: Sequence[str]) -> str:
    """Say which columns there are."""
    told = ", ".join(f"`{printable_line(name[:40])}`" for name in names[:_MOST_NAMES] if name)
    more = f" and {len(names) - _MOST_NAMES} more" if len(names) > _MOST_NAMES else ""
    return f"the columns are {told}{more}"

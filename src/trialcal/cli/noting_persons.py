"""What looks like a person in the texts that `record` keeps: reasons and notes. Only ever warned about.

A room of its own because a sentence is no id: most of its words are in order, and only some that stand together,
behind a title or beside a birth date are told (design, 6: privacy).
"""

from __future__ import annotations

import re

from trialcal.files.personal import looks_personal
from trialcal.problems import Problem

_TITLE = re.compile(r"\b(?:Mrs?|Ms|Miss|Dr|Prof|Professor|Doctor|Sister|Nurse|Frau|Herr)\b\.? *([^\W\d_]{2,})")
_WORD = r"[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+)?"
_RUN = re.compile(rf"(?<![\w.-]){_WORD}(?:,? {_WORD})+(?![\w-])")
_BIRTH = re.compile(r"(?i)\b(?:born|birth\w*|dob|d\.o\.b|geb\w*)\b.{0,20}?([0-9][0-9./-]{5,9}|[0-9]{4})")
_CONTACT = re.compile(r"[\w.+-]+@[\w-]+\.\w+")
# Words that are written with a capital though they name nobody.
_OF_TRIALS = """
    adverse amendment arm baseline blood bone board cohort committee consent contract coordinator cycle data day
    disease dose drug early ecg end event events follow form good grade group hospital infusion informed investigator
    investigational laboratory marrow medical medicinal monitor month no not of on part patient pharmacy phase plan
    practice principal procedure product progressive protocol public quality reaction report response safety sample
    screening serious severe site sponsor stable standard study subject subjects suspected term termination the this
    time trial treatment unexpected unit up version visit week when year
    monday tuesday wednesday thursday friday saturday sunday january february march april may june july august
    september october november december christmas easter eve new holiday bank
"""


def personal_in(text: str) -> str:
    """Give the first part of a text that looks like a person's name, birth date or address; "" where none does.

    >>> personal_in("late, no car on Good Friday"), personal_in("wish of Given Family"), personal_in("ALT raised")
    ('', 'Given Family', '')
    """
    for titled in _TITLE.finditer(text):
        if titled[1][0].isupper():
            return titled[0]
    for run in _RUN.findall(text):
        words = re.findall(r"[^\W\d_]+", run)
        if looks_personal(run) and sum(_may_name(word) for word in words) > 1:
            return str(run)
    found = _BIRTH.search(text) or _CONTACT.search(text)
    return found[0] if found else ""


def personal_problems(reason: str, note: str) -> list[Problem]:
    """Warn of what looks personal in a reason and in a note."""
    problems = []
    for what, text in (("--reason", reason), ("note", note)):
        if part := personal_in(text):
            message = f"{what}: '{part}' looks like a person"
            hint = "write a role, as the sponsor or the investigator: what is recorded stays in the history for ever"
            problems.append(Problem("warning", "looks-personal", message, hint))
    return problems


def _may_name(word: str) -> bool:
    return word.istitle() and word.casefold() not in _OF_TRIALS.split()

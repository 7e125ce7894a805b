"""What looks like a person in what should be a study number or a staff code; only ever warned about.

A room of its own because the command line, subjects' files and tables of subjects all ask it (design, 6: privacy).
"""

from __future__ import annotations

import re

LONGEST_SUBJECT = 64


def is_subject_id(text: str) -> bool:
    """Tell whether a text can be a subject's id: one line that is not empty, and at most 64 characters."""
    return bool(text.strip()) and text.isprintable() and len(text) <= LONGEST_SUBJECT


def looks_personal(text: str) -> bool:
    """Tell whether a subject's id looks like a person's name or a birth date.

    Study numbers have digits or are in capitals with hyphens; a number of site and subject is no date.

    >>> [looks_personal(text) for text in ("01-003", "S-2025-0112", "ABC-DEF", "GIVEN FAMILY", "1961-04-30")]
    [False, False, False, True, True]
    """
    digits = sum(map(text.count, "0123456789"))
    if digits:
        return digits >= _LEAST_DIGITS and _DATE.search(text) is not None
    words = _WORD.findall(text)
    apart = bool(re.search(r"[\s,]", text.strip())) and (all(len(word) > 1 for word in words) or "." in text)
    is_name = apart and len(words) > 1 and any(len(word) > 2 for word in words)
    return is_name or any(len(word) > 2 and word.istitle() for word in words)


_LEAST_DIGITS = 4  # of a date, as 1.2.61
_WORD = re.compile(r"[^\W\d_]+")
_MONTH, _DAY_OF_MONTH, _CENTURY = "(?:0?[1-9]|1[0-2])", "(?:0?[1-9]|[12][0-9]|3[01])", "(?:19|20)"
_DATE = re.compile(
    rf"(?<![0-9])(?:{_CENTURY}[0-9]{{2}}([-./ ]){_MONTH}\1{_DAY_OF_MONTH}"  # 1961-04-30
    rf"|{_CENTURY}[0-9]{{2}}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])"  # 19610430
    rf"|{_DAY_OF_MONTH}([-./ ]){_MONTH}\2{_CENTURY}[0-9]{{2}}"  # 30.04.1961
    rf"|{_MONTH}([-./ ]){_DAY_OF_MONTH}\3{_CENTURY}[0-9]{{2}}"  # 04/30/1961
    rf"|{_DAY_OF_MONTH}([./]){_MONTH}\4[0-9]{{2}})(?![0-9])"  # 30.04.61
)

"""What was probably meant by words that `record` does not understand: a visit's number or name, a clock time apart.

A room of its own because nothing here is recorded: words in one argument are taken apart where nothing else can be
meant, and for all else the answer is how to write it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from trialcal.cli.events import WORDS
from trialcal.cli.output import printable
from trialcal.files.naming_visits import VisitNames
from trialcal.files.phrases import Mistake, parse_duration
from trialcal.files.which_visit import unknown_visit
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol

_DAY = re.compile("[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_CLOCK = re.compile("([0-9]{1,2}):([0-9]{2})")
_COUNT = re.compile("[0-9]{1,4}")
_NUMBER = re.compile("[0-9]{1,3}(?:[.][0-9]{1,2})?")  # of a visit; a year has more figures
_OF_SEVERAL = ("hold", "delay")  # the words behind which several visits may be named
_MOST_WORDS = 4  # of a visit's name


def taken_apart(words: Sequence[str], visits: Collection[str]) -> list[str]:
    """Give the words without spaces around them, those in one argument apart, and lists of visits in one word.

    >>> taken_apart(["delay", "dose-2,", "dose-3", "7 d"], ["dose-2", "dose-3"]), taken_apart(["missed et"], ["et"])
    (['delay', 'dose-2,dose-3', '7 d'], ['missed', 'et'])
    """
    if words and words[0] == "note" and "note" not in visits:
        return list(words)
    found: list[str] = []
    for word in words:
        parts = word.split()
        known = [part in WORDS or part in visits for part in parts]
        is_apart = len(parts) > 1 and known[0] and all(map(_or_a_date, parts, known))
        found += parts if is_apart else [word.strip()]
    joined: list[str] = []
    for word in filter(None, found):
        if joined and (joined[-1].endswith(",") or word.startswith(",")) and not _DAY.match(word):
            joined[-1] += word
        else:
            joined.append(word)
    return joined


def meant(words: Sequence[str], protocol: Protocol) -> Problem | None:
    """Say how words that are not understood should be written, where that can be known."""
    for one, other in pairwise(words):
        clock = _CLOCK.fullmatch(other)
        if _DAY.fullmatch(one) and clock:
            hint = f"write {one}T{clock[1]:0>2}:{clock[2]}, without a space"
            return _wrong(f"the clock time {other} stands apart from its date", hint)
    for one, other in pairwise(words):
        if _COUNT.fullmatch(one) and (duration := _duration(f"{one} {other}")):
            return _wrong(f"{_shown(f'{one} {other}')} stands in two words", f"write {duration}")
    known = {visit.id for visit in protocol.visits} | {visit.series for visit in protocol.visits if visit.series}
    named = [word for word in words if word in known]
    if len(named) > 1 and any(kind in words and kind not in known for kind in _OF_SEVERAL):
        hint = f"write {','.join(named)}"
        return _wrong("several visits stand apart", f"{hint}, with commas and without spaces")
    for text, visit in _named_by_others(words, known, protocol):
        return Problem("error", "unknown-visit", f"there is no visit {_shown(text)}", f"did you mean `{visit}`?")
    number = next((word for word in words if _NUMBER.fullmatch(word)), "")
    if number and all(word[:1].isdigit() for word in words):
        return _wrong(f"{protocol.id} has no visit of the number {number}", nearest(number, protocol.by_id))
    return None


def id_meant(text: str, protocol: Protocol) -> str:
    """Give the id of the visit that a text means by another spelling, a name or a number; "" where it is not clear.

    Only what is no id itself: a series or a type is left as it is.
    """
    ids = [visit.id for visit in protocol.visits]
    slug = re.sub("[^a-z0-9]+", "-", text.casefold()).strip("-")
    if text in ids:
        return ""
    if slug in ids:
        return slug
    names = VisitNames(protocol)
    number = re.fullmatch(r"(?i)(?:visit|v)[ .-]*([0-9][0-9.]*)", text.strip())
    for each in (text, *(number.groups() if number else ())):
        try:
            found = names.find("", each)
        except Mistake:
            return ""
        if found is not None:
            return ids[found]
    return ""


def none_of_those_names(names: Sequence[str], protocol: Protocol) -> list[Problem]:
    """Say of names that are no visit, series, type or epoch which id is meant, where that is clear."""
    groups = {"all"} | {name for each in protocol.visits for name in (each.id, each.series, each.type, each.epoch)}
    ids = {name: id_meant(name, protocol) for name in names if name not in groups}
    return [
        Problem("error", "unknown-visit", f"there is no visit {_shown(name)}", f"did you mean `{visit}`?")
        for name, visit in ids.items()
        if visit
    ]


def none_of_that_name(text: str, protocol: Protocol, *, more: str) -> Mistake:
    """Say that there is no such visit, and which was probably meant."""
    visit = id_meant(text, protocol)
    mistake = unknown_visit(text, protocol, more=more)
    return (
        Mistake(mistake.message, f"did you mean `{visit}`?")
        if visit and f"`{visit}`" not in mistake.hint
        else mistake
    )


def _named_by_others(words: Sequence[str], known: Collection[str], protocol: Protocol) -> Iterator[tuple[str, str]]:
    """Give runs of words that mean a visit only together, and single words that are a visit's number or name."""
    for size in range(_MOST_WORDS, 0, -1):
        for start in range(len(words) - size + 1):
            run = words[start : start + size]
            is_plain = all(word in known or word in WORDS for word in run)
            if is_plain or any(_DAY.match(word) for word in run):
                continue
            text = " ".join(run)
            if visit := id_meant(text, protocol):
                yield text, visit


def _or_a_date(word: str, is_known: bool) -> bool:
    return is_known or _DAY.match(word) is not None or _CLOCK.fullmatch(word) is not None


def _duration(text: str) -> str:
    """Give a duration in one word; "" where it is none."""
    try:
        return str(parse_duration(text)).replace(" ", "")
    except Mistake:
        return ""


def _shown(text: str) -> str:
    return f"'{printable(text[:60])}'"


def _wrong(message: str, hint: str) -> Problem:
    return Problem("error", "bad-words", message, hint)

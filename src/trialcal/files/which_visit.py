"""Which visit a person means by a name that the protocol does not have, and which numbers of cycles there can be.

A room of its own because the command line, subjects' files and tables of visits all name visits, and all should be
answered alike.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialcal.expanding import MOST_VISITS, expanded
from trialcal.files.phrases import Mistake
from trialcal.problems import has_errors, nearest, printable_line
from trialcal.protocol import Choices, Protocol


def unknown_visit(visit: str, protocol: Protocol, *, more: str) -> Mistake:
    """Say that a visit is not there, and which was probably meant.

    `more` says how more cycles are asked for, with places for their id and number: `add --cycles {}={}`.
    """
    members = [known.id for known in protocol.visits if known.series == visit]
    if members:
        return Mistake(f"{visit} is a series of {len(members)}", f"name one of {', '.join(members[:12])}")
    message = f"there is no visit '{printable_line(visit[:60])}' in {protocol.id}"
    hint = _more_cycles(visit, protocol, more) or _not_for_them(visit, protocol) or _named(visit, protocol)
    return Mistake(message, hint or nearest(visit, protocol.by_id))


def _more_cycles(visit: str, protocol: Protocol, more: str) -> str:
    """Say how a visit that is not planned would be: with more cycles, or more visits of a repeat; else ""."""
    for name, number in _wanted(visit, protocol):
        fewer = protocol.repeated.get(name)
        if fewer is not None and number > fewer.count and (fewer.is_open or fewer.by_user):
            return f"the plan has {fewer.count} {fewer.what}: {more.format(name, number)}"
    return ""


def _wanted(visit: str, protocol: Protocol) -> Iterator[tuple[str, int]]:
    """Give the cycles or repeats that a visit's id may belong to, with the number of them that it would need."""
    for cycles in protocol.cycles:
        found = re.fullmatch(rf"(?:.*-)?{cycles.prefix}([0-9]{{1,4}})(?:d-?[0-9]+)?", visit)
        if found:
            yield cycles.id, int(found[1]) - cycles.numbered_from + 1
    series, _, number = visit.rpartition("-")
    if re.fullmatch("[0-9]{1,4}", number):
        yield series, int(number)


def _not_for_them(visit: str, protocol: Protocol) -> str:
    """Say that a visit is not one of the chosen arm or cohort, where that is so; else ""."""
    if protocol.written is None or protocol.choices == Choices():
        return ""
    counts = protocol.choices.counts
    everyone, problems = expanded(protocol, Choices(counts=counts))
    if has_errors(problems) or visit not in everyone.by_id:
        return ""
    there = everyone.by_id[visit]
    who = [f"{what} {' or '.join(ids)}" for what, ids in (("arm", there.arms), ("cohort", there.cohorts)) if ids]
    return f"only subjects of {' and '.join(who)} have it"


def _named(text: str, protocol: Protocol) -> str:
    """Say which visit has a text as its name, as `Visit 4`; else ""."""
    plain = re.sub("[^a-z0-9]+", " ", text.lower()).strip()
    for visit in protocol.visits:
        for name in (visit.name, visit.short):
            if plain == re.sub("[^a-z0-9]+", " ", name.lower()).strip():
                return f"did you mean `{visit.id}` ({visit.name})?"
    return ""


def count_of_cycles(name: str, number: str, protocol: Protocol) -> int:
    """Read how many cycles, or visits of a repeat, a subject has. Raises Mistake."""
    if not re.fullmatch("[0-9]{1,5}", number) or not 1 <= int(number) <= MOST_VISITS:
        raise Mistake(f"'{printable_line(number[:20])}' is no number of cycles", f"a number from 1 to {MOST_VISITS}")
    if name not in protocol.repeated:
        known = [each for each in protocol.repeated if " " not in each]
        hint = nearest(name, known) if known else f"{protocol.id} has no cycles"
        raise Mistake(f"there are no cycles '{printable_line(name[:60])}'", hint)
    least, most = next(((c.least_count, c.most_count) for c in protocol.cycles if c.id == name), (None, None))
    ends = protocol.repeated[name]
    if least is None and most is None and not ends.is_open and not ends.by_user:
        raise Mistake(f"the protocol says how often {name} happens", "leave it out")
    if least is not None and most is not None and not least <= int(number) <= most:
        allowed = f"{least}" if least == most else f"{least} to {most}"
        raise Mistake(f"{protocol.id} has {allowed} {ends.what}", "correct the number")
    return int(number)

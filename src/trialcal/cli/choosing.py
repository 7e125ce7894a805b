"""Which of a protocol's visits are meant: `--arm`, `--cohort` and `--cycles`, for every command that takes them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from trialcal.cli.output import printable, stop, tell_problems
from trialcal.expanding import MOST_VISITS, expanded
from trialcal.problems import Problem, has_errors, nearest
from trialcal.protocol import Choices, Group, Protocol


def chosen(protocol: Protocol, arm: str | None, cohort: str | None, cycles: Sequence[str]) -> Protocol:
    """Write a protocol out for an arm, a cohort and numbers of cycles; ends the command where they are wrong."""
    problems: list[Problem] = []
    choices = Choices(
        _group("arm", arm, protocol.arms, protocol, problems),
        _group("cohort", cohort, protocol.cohorts, protocol, problems),
        tuple(sorted(_counts(cycles, protocol, problems).items())),
    )
    if has_errors(problems):
        tell_problems(problems)
        stop(2)
    found, problems_of_it = expanded(protocol, choices)
    if has_errors(problems_of_it):
        tell_problems(problems_of_it)
        stop(1)
    return found


def unchosen(protocol: Protocol) -> Iterator[str]:
    """Say that visits of all arms or cohorts are meant, where none was chosen."""
    groups = (("arm", protocol.arms, protocol.choices.arm), ("cohort", protocol.cohorts, protocol.choices.cohort))
    for what, declared, choice in groups:
        differ = any(getattr(visit, f"{what}s") for visit in protocol.visits)
        if differ and not choice:
            names = ", ".join(group.id for group in declared)
            yield f"warning: no --{what} is given: the visits of all {what}s are here; each says who has it ({names})"


def more_cycles(visit: str, protocol: Protocol) -> str:
    """Say how a visit that is not planned would be: with more cycles, or more visits of a repeat; else ""."""
    for name, number in _wanted(visit, protocol):
        fewer = protocol.repeated.get(name)
        if fewer is not None and number > fewer.count and (fewer.is_open or fewer.by_user):
            return f"the plan has {fewer.count} {fewer.what}: add --cycles {name}={number}"
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


def not_for_them(visit: str, protocol: Protocol) -> str:
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


def named(text: str, protocol: Protocol) -> str:
    """Say which visit has a text as its name, as `Visit 4`; else ""."""
    plain = re.sub("[^a-z0-9]+", " ", text.lower()).strip()
    for visit in protocol.visits:
        for name in (visit.name, visit.short):
            if plain == re.sub("[^a-z0-9]+", " ", name.lower()).strip():
                return f"did you mean `{visit.id}` ({visit.name})?"
    return ""


def _group(
    what: str, name: str | None, declared: Sequence[Group], protocol: Protocol, problems: list[Problem]
) -> str:
    known = [group.id for group in declared]
    if name is None or name in known:
        return name or ""
    message = f"--{what}: there is no {what} '{printable(name[:60])}' in {protocol.id}"
    hint = nearest(name, known) if known else f"{protocol.id} has no {what}s"
    problems.append(Problem("error", f"unknown-{what}", message, hint))
    return ""


def _counts(texts: Sequence[str], protocol: Protocol, problems: list[Problem]) -> dict[str, int]:
    found: dict[str, int] = {}
    limits = {cycles.id: (cycles.least_count, cycles.most_count) for cycles in protocol.cycles}
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        told = f"--cycles {printable(text[:60])}"
        if not equals or not re.fullmatch("[0-9]{1,5}", number) or not 1 <= int(number) <= MOST_VISITS:
            _add(problems, "bad-count", f"{told} gives no number", "write --cycles treatment=6")
        elif name not in protocol.repeated:
            known = [each for each in protocol.repeated if " " not in each]
            hint = nearest(name, known) if known else f"{protocol.id} has no cycles"
            _add(problems, "unknown-cycles", f"{told}: there are no cycles '{printable(name[:60])}'", hint)
        elif name in found:
            _add(problems, "two-values", f"--cycles: {name} is given two numbers", "give it one")
        else:
            least, most = limits.get(name, (None, None))
            ends = protocol.repeated[name]
            if name not in limits and not ends.is_open and not ends.by_user:
                _add(problems, "fixed-count", f"{told}: the protocol says how often {name} happens", "leave it out")
            elif least is not None and most is not None and not least <= int(number) <= most:
                allowed = f"{least}" if least == most else f"{least} to {most}"
                _add(problems, "bad-count", f"{told}: {protocol.id} has {allowed} {ends.what}", "correct the number")
            found[name] = int(number)
    return found


def _add(problems: list[Problem], code: str, message: str, hint: str) -> None:
    problems.append(Problem("error", code, message, hint))

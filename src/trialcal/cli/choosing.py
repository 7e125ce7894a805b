"""Which of a protocol's visits are meant: `--arm`, `--cohort` and `--cycles`, for every command that takes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from trialcal.cli.output import printable, stop, tell_problems
from trialcal.expanding import expanded
from trialcal.files.phrases import Mistake
from trialcal.files.which_visit import count_of_cycles
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
    for text in texts:
        name, equals, number = (part.strip() for part in text.partition("="))
        told = f"--cycles {printable(text[:60])}"
        if not equals:
            _add(problems, "bad-count", f"{told} gives no number", "write --cycles treatment=6")
        elif name in found:
            _add(problems, "two-values", f"--cycles: {name} is given two numbers", "give it one")
        else:
            try:
                found[name] = count_of_cycles(name, number, protocol)
            except Mistake as mistake:
                _add(problems, "bad-count", f"{told}: {mistake.message}", mistake.hint)
    return found


def _add(problems: list[Problem], code: str, message: str, hint: str) -> None:
    problems.append(Problem("error", code, message, hint))

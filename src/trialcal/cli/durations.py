"""`--uncertain manufacturing=10..21d`: which durations of an uncertain step are to be planned."""

from __future__ import annotations

import re
from collections.abc import Iterator

from trialcal.cli.output import printable, stop, tell_problems
from trialcal.days import Duration
from trialcal.files.phrases import Mistake, parse_duration
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol
from trialcal.subject import Subject
from trialcal.uncertain import MOST_DURATIONS, known_lengths, range_of, uncertain_steps


def durations_of(protocol: Protocol, subject: Subject, text: str) -> tuple[str, list[Duration]]:
    """Give the step and its durations, the shortest first; ends the command where they are wrong."""
    name, equals, span = (part.strip() for part in text.partition("="))
    known = uncertain_steps(protocol)
    try:
        if name not in known:
            hint = nearest(name, known) if known else f"{protocol.id} marks no step with `uncertain: true`"
            raise Mistake(f"there is no uncertain step '{printable(name[:60])}'", hint)
        if name in known_lengths(protocol, subject):
            raise Mistake(f"how long {name} took is known: its end is given", "leave --uncertain out")
        low, high = range_of(known[name])
        if high is None:
            raise Mistake(f"{name} has no longest duration", "write both ends of its range in the protocol")
        if not equals:
            raise Mistake(f"'{printable(text[:60])}' gives no durations", _example(name, low, high))
        return name, _between(name, span, low, high)
    except Mistake as mistake:
        tell_problems([Problem("error", "bad-uncertain", f"--uncertain: {mistake.message}", mistake.hint)])
        stop(2)


def not_chosen(protocol: Protocol, subject: Subject) -> Iterator[str]:
    """Say which steps of a plan nobody can choose, where their durations were not asked for and are not known."""
    known = known_lengths(protocol, subject)
    for name, step in uncertain_steps(protocol).items():
        if name in known:
            continue
        low, high = range_of(step)
        example = "" if high is None else f" ({_example(name, low, high).replace('write', '--uncertain')} plans each)"
        yield f"warning: {name} is uncertain, and is planned as if its duration could be chosen{example}"


def _between(name: str, span: str, low: Duration, high: Duration) -> list[Duration]:
    found = re.fullmatch(r"([0-9]{1,4})\s*(?:\.\.|-|–|to)\s*([0-9]{1,4})\s*([a-z]+)", span) or re.fullmatch(
        r"([0-9]{1,4})()\s*([a-z]+)", span
    )
    if found is None:
        raise Mistake(f"'{printable(span[:60])}' is no range of durations", _example(name, low, high))
    first, last = int(found[1]), int(found[2] or found[1])
    unit = parse_duration(f"{first} {found[3]}").unit
    if last < first:
        raise Mistake(f"'{span}' ends before it begins", f"write {name}={last}..{first}{found[3]}")
    if last - first >= MOST_DURATIONS:
        raise Mistake(f"'{span}' are {last - first + 1} durations", f"at most {MOST_DURATIONS}")
    if unit != low.unit:
        raise Mistake(f"{name} is counted in {low.unit}, not in {unit}", _example(name, low, high))
    if first < low.count or last > high.count:
        message = f"the protocol says {low.count}-{high} for {name}, and {span} goes beyond"
        raise Mistake(message, "stay within it, or change the protocol's range")
    return [Duration(count, unit) for count in range(first, last + 1)]


def _example(name: str, low: Duration, high: Duration) -> str:
    return f"write {name}={low.count}..{str(high).replace(' ', '')}"

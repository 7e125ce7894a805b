"""What `simulate` is told of chance: how many come, how many fail, how many have a DLT; read, and never guessed."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple, get_args

from trialcal.cli.output import printable, stop, tell_problems
from trialcal.days import Duration
from trialcal.files.dates import parse_date
from trialcal.files.phrases import Mistake, parse_duration
from trialcal.problems import Problem, nearest
from trialcal.protocol import Protocol
from trialcal.simulated import Given, Onset, Rate, Time

MOST_RUNS = 1_000_000
MOST_FAILURES = 0.99
YEARS = (1900, 2200)
LONGEST = 3 * 366  # days of screening or waiting
_SHORT: Mapping[str, Time] = {"d": "day", "w": "week", "m": "month", "mo": "month", "y": "year"}
_UNITS: Mapping[str, Time] = {**_SHORT, **{word: unit for unit in get_args(Time) for word in (unit, f"{unit}s")}}


class Said(NamedTuple):
    """The options as they were given."""

    first: str
    arrival: str
    screening: str
    screen_failure: str
    dlt: Sequence[str]
    not_evaluable: str
    patience: str | None
    onset: Onset
    runs: int
    seed: int


class _Wrong:
    """Collects what is wrong, so that all of it is told at once."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def says(self, option: str, message: str, hint: str) -> None:
        """Keep a problem of an option."""
        self.problems.append(Problem("error", "bad-option", f"{option}: {message}", hint))


def chances_of(said: Said, protocol: Protocol, jobs: int | None) -> Given:
    """Read the options; ends the command with 2 where any of them is wrong or missing, with all of it told."""
    wrong = _Wrong()
    first = _day(said.first, wrong)
    rate = _rate(said.arrival, wrong)
    screening = _duration("--screening", said.screening, wrong)
    failure = _share("--screen-failure", said.screen_failure, wrong, MOST_FAILURES)
    dlt = _of_groups(said.dlt, protocol, wrong)
    out = _share("--not-evaluable", said.not_evaluable, wrong, MOST_FAILURES)
    patience = None if said.patience is None else _duration("--patience", said.patience, wrong)
    if not 1 <= said.runs <= MOST_RUNS:
        wrong.says("--runs", f"{said.runs} runs cannot be simulated", f"write a number from 1 to {MOST_RUNS:,}")
    if said.seed < 0:
        wrong.says("--seed", f"{said.seed} is below 0", "write any whole number from 0 on")
    if jobs is not None and jobs < 1:
        wrong.says("--jobs", f"{jobs} processes cannot do anything", "write 1 or more, or leave it out")
    if wrong.problems or first is None or rate is None or screening is None:
        tell_problems(wrong.problems)
        stop(2)
    return Given(
        first, rate, screening, failure, dlt, out, patience, onset=said.onset, runs=said.runs, seed=said.seed
    )


def parse_share(text: str) -> float:
    """Read a probability: `30%`, `0.3`, `0`. A number above 1 without a percent sign is refused. Raises Mistake."""
    plain = text.strip().replace(",", ".")
    found = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{0,9})?|\.[0-9]{1,9})\s*(%?)", plain)
    shown = printable(text[:60])
    if found is None:
        raise Mistake(f"'{shown}' is no probability", "write it as 30% or 0.3")
    number = float(found[1])
    if found[2]:
        number /= 100
    elif number > 1:
        hint = f"write {found[1]}%" if number <= 100 else "write it as 30% or 0.3"
        raise Mistake(f"'{shown}' is above 1, and has no percent sign", hint)
    if number > 1:
        raise Mistake(f"'{shown}' is more than 100%", "write it as 30% or 0.3")
    return number


def parse_rate(text: str) -> Rate:
    """Read how many come: `2/month`, `0.5 per week`. Raises Mistake."""
    plain = " ".join(text.lower().replace(",", ".").split())
    found = re.fullmatch(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:/|per|a|an)\s*([a-z]+)", plain)
    unit = None if found is None else _UNITS.get(found[2])
    if found is None or unit is None:
        raise Mistake(f"'{printable(text[:60])}' is no number of candidates in a time", "write it as 2/month")
    number = float(found[1])
    if number <= 0:
        raise Mistake("with 0 candidates nobody is ever dosed", "write a number above 0, as 2/month or 0.5/week")
    return Rate(number, unit)


def _day(text: str, wrong: _Wrong) -> date | None:
    try:
        day, clock = parse_date(text)
        if clock is not None:
            raise Mistake(f"'{printable(text[:60])}' has a clock time", f"write the date alone: {day}")
        if not YEARS[0] <= day.year <= YEARS[1]:
            raise Mistake(f"{day} is too far away", f"write a date from {YEARS[0]} to {YEARS[1]}")
    except Mistake as mistake:
        wrong.says("--from", mistake.message, mistake.hint)
        return None
    return day


def _rate(text: str, wrong: _Wrong) -> Rate | None:
    try:
        return parse_rate(text)
    except Mistake as mistake:
        wrong.says("--arrival", mistake.message, mistake.hint)
        return None


def _duration(option: str, text: str, wrong: _Wrong) -> Duration | None:
    try:
        found = parse_duration(text)
        if found.needs_clock:
            raise Mistake(f"{found} is elapsed time, and a simulation counts dates", "write days, as 14d")
        days = found.days if found.days is not None else found.months * 31
        if days > LONGEST:
            raise Mistake(f"{found} is longer than three years", "write a shorter time")
    except Mistake as mistake:
        wrong.says(option, mistake.message, mistake.hint)
        return None
    return found


def _share(option: str, text: str, wrong: _Wrong, most: float = 1.0) -> float:
    try:
        found = parse_share(text)
        if found > most:
            raise Mistake(f"with {printable(text[:60])} next to nobody is left", f"write {most:.0%} or less")
    except Mistake as mistake:
        wrong.says(option, mistake.message, mistake.hint)
        return 0.0
    return found


def _of_groups(said: Sequence[str], protocol: Protocol, wrong: _Wrong) -> dict[str, float]:
    """Read the probability of a DLT for each dose group; none is assumed."""
    assert protocol.escalation is not None
    groups = [group.id for group in protocol.escalation.groups if not group.spare]
    spare = [group.id for group in protocol.escalation.groups if group.spare]
    found: dict[str, float] = {}
    for text in said:
        name, equals, share = (part.strip() for part in text.partition("="))
        shown = printable(name[:60])
        if not equals:
            wrong.says("--dlt", f"'{printable(text[:60])}' names no dose group", f"write it as {groups[0]}=10%")
        elif name in spare:
            message = f"{shown} is a spare dose group, to which no row of the decision table leads"
            wrong.says("--dlt", message, "leave it out")
        elif name not in groups:
            message = f"{protocol.id} has no dose group '{shown}'"
            wrong.says("--dlt", message, nearest(name, groups) or f"its dose groups are {', '.join(groups)}")
        elif name in found:
            wrong.says("--dlt", f"{shown} is given twice", "leave one of them out")
        else:
            found[name] = _share(f"--dlt {shown}", share, wrong)
    missing = [name for name in groups if name not in found]
    if missing and len(found) == len(said):
        example = " ".join(f"--dlt {name}=20%" for name in missing)
        message = f"the probability of a DLT in {', '.join(missing)} is not given, and none is assumed"
        wrong.says("--dlt", message, f"add {example}, with your own numbers")
    return found

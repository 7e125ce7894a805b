"""What `plan` does: load, read the arguments, plan, write. Imported by the command when it runs, never for --help."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from trialcal.cli.arguments import Arguments, zone_of
from trialcal.cli.choosing import unchosen
from trialcal.cli.loading import loaded
from trialcal.cli.names import Format, Windows
from trialcal.cli.output import is_device, printable, stop, tell, tell_problems
from trialcal.cli.screen import has_colour, is_terminal, width
from trialcal.files.phrases import Mistake
from trialcal.plan import plan
from trialcal.problems import has_errors
from trialcal.protocol import Protocol
from trialcal.schedule import Schedule
from trialcal.site import Site

_SUFFIXES = {".ics": Format.ics, ".csv": Format.csv, ".json": Format.json, ".txt": Format.table}


def chosen_format(form: Format | None, output: Path | None) -> Format:
    """Choose the form: as said, else by the output's suffix, else a table on a terminal and iCalendar elsewhere."""
    if output is not None and not output.name:
        tell("error: --output: no file name is given (as visits.ics)")
        stop(2)
    if form is not None:
        return form
    if output is not None:
        by_suffix = _SUFFIXES.get(output.suffix.lower())
        if by_suffix is None and not is_device(output):
            known = ", ".join(_SUFFIXES)
            told = f"--output {printable(str(output))}: the suffix does not say the form"
            tell(f"error: {told} (use one of {known}, or --format)")
            stop(2)
        return by_suffix or Format.ics
    return Format.table if is_terminal() else Format.ics


def planned(
    name: str,
    starts: Sequence[str],
    ends: Sequence[str],
    settings: Sequence[str],
    subject: str | None,
    zone: str | None,
    choose: Callable[[Protocol], Protocol],
) -> tuple[Schedule, list[str]]:
    """Load the protocol, read the arguments and plan; ends the command where anything is wrong.

    Gives the schedule, and the remarks on the file and the arguments, which are told after the dates.
    """
    protocol, told = loaded(name)
    protocol = choose(protocol)
    told += unchosen(protocol)
    try:
        site = Site(zone=zone_of(zone))
    except Mistake as mistake:
        tell(f"error: {mistake.message} ({mistake.hint})")
        stop(2)
    arguments = Arguments(protocol, site.zone)
    who = arguments.subject(subject, starts, ends, settings)
    if has_errors(arguments.problems):
        tell_problems(arguments.problems)
        stop(2)
    return plan(protocol, who, site), [*told, *(problem.told() for problem in arguments.problems)]


def written(schedule: Schedule, form: Format, windows: Windows) -> bytes:
    """Write the plan in one of its forms."""
    if form is Format.ics:
        from trialcal.writers.ics import calendar_bytes

        return calendar_bytes(schedule, now=_now(), windows=windows.value)
    if form is Format.json:
        from trialcal.writers.rows import json_text

        return json_text(schedule).encode()
    if form is Format.csv:
        from trialcal.writers.rows import csv_text

        return csv_text([schedule]).encode()
    from trialcal.writers.table import plan_text

    return plan_text(schedule, width=width(), colour=has_colour()).encode()


def remarks(schedule: Schedule, form: Format) -> Iterator[str]:
    """Give what should be known besides the result: assumed values, missing parameters, the subject's id."""
    protocol = schedule.protocol
    if form is not Format.table:
        assumed = sum(1 for visit in schedule.visits if visit.assumed)
        if assumed:
            yield f"assumed: {assumed} of {len(schedule.visits)} visits rest on assumed values, marked in the result"
        yield f"source: {protocol.source}"
    if form is Format.ics and not schedule.subject.id:
        yield (
            "warning: no --subject is given: another patient with the same dates would get the same events (UIDs), "
            "and a change of dates gives new ones"
        )


def _now() -> datetime:
    """Give the time of writing; SOURCE_DATE_EPOCH sets it, for output that is the same each time."""
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    if epoch:
        try:
            if not re.fullmatch("[0-9]+", epoch):
                raise ValueError
            return datetime.fromtimestamp(int(epoch), UTC)
        except (ValueError, OverflowError, OSError):
            told = f"SOURCE_DATE_EPOCH, of the environment, cannot be '{printable(epoch[:40])}'"
            tell(f"error: {told} (write whole seconds since 1970, or unset it)")
            stop(2)
    return datetime.now(UTC).replace(microsecond=0)

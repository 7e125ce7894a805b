"""`trialcal plan`: one subject's dates into a calendar, a table, CSV or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialcal.cli.names import Format, Windows


def plan(
    protocol: Annotated[str, typer.Option("--protocol", "-p", help="A protocol's id or file.", metavar="ID|FILE")],
    start: Annotated[
        list[str] | None,
        typer.Option(help="The date of the protocol's start, or of a visit; several times.", metavar="[VISIT=]DATE"),
    ] = None,
    end: Annotated[
        list[str] | None, typer.Option(help="When a visit ended; several times.", metavar="VISIT=DATETHH:MM")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", help="A parameter's value, as half-life=21d.", metavar="NAME=VALUE")
    ] = None,
    arm: Annotated[str | None, typer.Option(help="The subject's arm.", metavar="ID")] = None,
    cohort: Annotated[str | None, typer.Option(help="The subject's cohort or track.", metavar="ID")] = None,
    cycles: Annotated[
        list[str] | None, typer.Option(help="How many cycles, or visits of a repeat, as treatment=6.", metavar="ID=N")
    ] = None,
    subject: Annotated[str | None, typer.Option(help="The study number; no name.", metavar="ID")] = None,
    time_zone: Annotated[
        str | None, typer.Option(help="The site's time zone, as Europe/Berlin.", metavar="NAME")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the output's suffix; else a table on a terminal, else ics."),
    ] = None,
    windows: Annotated[
        Windows, typer.Option(help="Windows in the calendar: events of their own, text, or none.")
    ] = Windows.event,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.", metavar="FILE")] = None,
) -> None:
    """Plan a subject's visits from given dates.

    trialcal plan --protocol cc312 --start 2025-03-01 > visits.ics
    """
    from functools import partial

    from trialcal.cli.choosing import chosen
    from trialcal.cli.output import printable, stop, tell, tell_problems, write_result
    from trialcal.cli.planning import chosen_format, planned, remarks, written

    in_form = chosen_format(form, output)
    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    schedule, told = planned(protocol, start or [], end or [], settings or [], subject, time_zone, choose)
    data = written(schedule, in_form, windows)
    tell(schedule.understood)
    for remark in [*told, *remarks(schedule, in_form)]:
        tell(remark)
    if in_form is not Format.table:
        tell_problems(schedule.problems)
    write_result(data, output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    if not schedule.feasible:
        stop(1)

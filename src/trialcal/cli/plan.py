"""`trialcal plan`: one subject's dates into a calendar, a table, CSV or JSON."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import Format, Windows
from trialcal.cli.options import (
    Arm,
    Closed,
    Cohort,
    Cycles,
    Ends,
    Holidays,
    Output,
    ProtocolName,
    Settings,
    SiteFile,
    Starts,
    TimeZone,
    UncertainStep,
)


def plan(
    protocol: ProtocolName,
    start: Starts = None,
    end: Ends = None,
    settings: Settings = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    subject: Annotated[str | None, typer.Option(help="The study number; no name.", metavar="ID")] = None,
    site: SiteFile = None,
    closed: Closed = None,
    holidays: Holidays = None,
    time_zone: TimeZone = None,
    uncertain: UncertainStep = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the output's suffix; else a table on a terminal, else ics."),
    ] = None,
    windows: Annotated[
        Windows, typer.Option(help="Windows in the calendar: events of their own, text, or none.")
    ] = Windows.event,
    output: Output = None,
) -> None:
    """Plan a subject's visits from given dates.

    trialcal plan --protocol cc312 --start 2025-03-01 > visits.ics
    """
    from functools import partial

    from trialcal.cli.choosing import chosen
    from trialcal.cli.output import printable, stop, tell, tell_problems, write_result
    from trialcal.cli.planning import Words, chosen_format, planned, remarks, written
    from trialcal.cli.siting import SiteWords

    in_form = chosen_format(form, output)
    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    where = SiteWords(site, closed or (), holidays, time_zone)
    schedule, told = planned(
        protocol, Words(start or (), end or (), settings or (), subject), where, choose, uncertain
    )
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

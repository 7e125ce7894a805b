"""`trialcal plan`: subjects' dates into a calendar, a table, CSV or JSON."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialcal.cli.names import Format, Summary, Windows
from trialcal.cli.options import (
    Arm,
    Closed,
    Cohort,
    Cycles,
    Ends,
    Holidays,
    Settings,
    SiteFile,
    Starts,
    TimeZone,
    UncertainStep,
)


def plan(
    files: Annotated[
        list[str] | None,
        typer.Argument(help="Subjects' files, or folders of them.", metavar="[SUBJECT_FILE|FOLDER]..."),
    ] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", "-p", help="A protocol's id or file.", metavar="ID|FILE")
    ] = None,
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
    roster: Annotated[
        Path | None, typer.Option("--roster", help="A CSV table: subject, start, further columns.", metavar="FILE")
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="Default: by the output's suffix; else a table on a terminal, else ics."),
    ] = None,
    windows: Annotated[
        Windows, typer.Option(help="Windows in the calendar: events of their own, text, or none.")
    ] = Windows.event,
    summary: Annotated[
        Summary, typer.Option(help="Titles in the calendar: neutral ones tell no protocol, product or visit.")
    ] = Summary.full,
    changes: Annotated[
        bool, typer.Option("--changes", help="Tell what moved since the last calendar; alone, write none.")
    ] = False,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            help="Write to this file, or calendars to this folder; - is standard output.",
            metavar="FILE|FOLDER/|-",
        ),
    ] = None,
) -> None:
    """Plan subjects' visits from given, booked and actual dates.

    trialcal plan --protocol cc312 --start 2025-03-01 > visits.ics
    trialcal plan GC-001.yaml
    trialcal plan --roster starts.csv --protocol cc312 > visits.csv
    """
    from functools import partial

    from trialcal.cli.choosing import chosen
    from trialcal.cli.output import stop
    from trialcal.cli.planning import Words, check_usage, plan_given
    from trialcal.cli.siting import SiteWords

    of_one = {"--start": start, "--end": end, "--subject": subject, "--uncertain": uncertain}
    of_all = {"--set": settings, "--arm": arm, "--cohort": cohort, "--cycles": cycles}
    of_all |= {"--site": site, "--closed": closed, "--holidays": holidays, "--time-zone": time_zone}
    name = check_usage(files or (), protocol, roster, of_one, of_all, changes=changes)
    where = SiteWords(site, closed or (), holidays, time_zone)
    if output == "-":  # standard output, as if it were redirected
        output, form = None, form or (Format.ics if roster is None else None)
    path = None if output is None else Path(output)
    if files:
        from trialcal.cli.many import Wanted, plan_files

        stop(plan_files(files, Wanted(form, output, windows, summary, changes)))
    if roster is not None:
        from trialcal.cli.roster import Choice, plan_roster

        stop(plan_roster(roster, name, where, Choice(arm, cohort, cycles or (), settings or ()), form, path))
    words = Words(start or (), end or (), settings or (), subject)
    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    stop(plan_given(name, words, where, choose, uncertain, form, windows, summary, path))

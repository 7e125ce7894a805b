"""`trialcal deviations`: what is out of window, missed or overdue, of subjects' files or of a table of visits."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trialcal.cli.names import TableFormat
from trialcal.cli.options import Arm, Cohort, Cycles, Output, SiteFile


def deviations(
    subjects_or_folders: Annotated[
        list[str] | None, typer.Argument(help="Subjects' files, or folders of them.", metavar="SUBJECT|FOLDER...")
    ] = None,
    visits: Annotated[
        Path | None, typer.Option("--visits", help="A table of visits instead, as SDTM's SV.", metavar="CSV")
    ] = None,
    protocol: Annotated[
        str | None, typer.Option("--protocol", "-p", help="The table's protocol.", metavar="ID|FILE")
    ] = None,
    subjects: Annotated[
        Path | None,
        typer.Option("--subjects", help="A table of its subjects, with RFSTDTC and RFENDTC.", metavar="CSV"),
    ] = None,
    columns: Annotated[
        list[str] | None,
        typer.Option(
            "--columns", help="The table's columns, as subject=PatID,visit=Visit,date=Datum.", metavar="WHAT=NAME,..."
        ),
    ] = None,
    site: SiteFile = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    today: Annotated[
        str | None, typer.Option("--today", help="As of this day; default: today.", metavar="DATE")
    ] = None,
    soon: Annotated[
        str | None, typer.Option("--soon", help="Also windows that close within so many days, as 7d.", metavar="DAYS")
    ] = None,
    every: Annotated[
        bool, typer.Option("--all", help="Also visits that are within their windows, or not judged.")
    ] = False,
    form: Annotated[
        TableFormat | None,
        typer.Option("--format", help="Default: by the output's suffix; else a table."),
    ] = None,
    output: Output = None,
) -> None:
    """List findings: visits done out of window, rules broken, visits missed or overdue. Exit 1 where there are any.

    trialcal deviations subjects/ --today 2025-03-14 --soon 7d

    trialcal deviations --visits visits.csv --protocol lzzt --subjects subjects.csv --format csv
    """
    from trialcal.cli.deviating import looked_for, looking
    from trialcal.cli.output import stop
    from trialcal.cli.tabled import TableWords

    table = TableWords(visits, protocol, subjects, columns or (), site, arm, cohort, cycles or ())
    how = looking(today, soon, every, None if form is None else form.value, output)
    stop(looked_for(subjects_or_folders or (), table, how))

"""`trialcal starts`: which start dates work, which move visits, and which are impossible."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import StartsFormat
from trialcal.cli.options import (
    Arm,
    Closed,
    Cohort,
    Cycles,
    Ends,
    Holidays,
    Output,
    ProtocolName,
    SiteFile,
    Starts,
    TimeZone,
    UncertainStep,
)


def starts(
    protocol: ProtocolName,
    first: Annotated[str, typer.Option("--from", help="The first date to look at.", metavar="DATE")],
    last: Annotated[str, typer.Option("--to", help="The last date to look at.", metavar="DATE")],
    of: Annotated[
        str | None,
        typer.Option("--of", help="Dates of this visit, instead of the protocol's start.", metavar="VISIT"),
    ] = None,
    weekdays: Annotated[
        str | None, typer.Option("--on", help="Only these weekdays, as Mondays or Mon-Thu.", metavar="WEEKDAYS")
    ] = None,
    best: Annotated[
        int | None, typer.Option("--best", help="Only so many, the best first.", metavar="N", min=1)
    ] = None,
    start: Starts = None,
    end: Ends = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    site: SiteFile = None,
    closed: Closed = None,
    holidays: Holidays = None,
    time_zone: TimeZone = None,
    uncertain: UncertainStep = None,
    form: Annotated[
        StartsFormat | None,
        typer.Option("--format", help="Default: by the output's suffix; else a table."),
    ] = None,
    output: Output = None,
) -> None:
    """Look at every start date in a range: on target, within the windows, or impossible.

    trialcal starts --protocol cc312 --from 2025-03-01 --to 2025-03-31 --closed weekends --best 5
    """
    from functools import partial

    from trialcal.cli.asking import looked_at, starts_written
    from trialcal.cli.choosing import chosen
    from trialcal.cli.output import printable, stop, tell, write_result
    from trialcal.cli.planning import Words, asked
    from trialcal.cli.siting import SiteWords

    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    where = SiteWords(site, closed or (), holidays, time_zone)
    case = asked(protocol, Words(start or (), end or ()), where, choose, needs_date=False, uncertain=uncertain)
    found, told = looked_at(case, of, (first, last), weekdays, uncertain)
    data = starts_written(found, told, form, output, best)
    for remark in [*case.told, *told, f"source: {case.protocol.source}"]:
        tell(remark)
    write_result(data, output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    if not found.any_works:
        stop(1)

"""`trialcal simulate`: how long a dose escalation takes, by chance and by the protocol's own rules."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from trialcal.cli.options import Arm, Closed, Cohort, Cycles, Holidays, Output, ProtocolName, SiteFile, TimeZone


class SimulationFormat(StrEnum):
    """The forms of a simulation's result."""

    table = "table"
    json = "json"


class OnsetDay(StrEnum):
    """When a DLT is known: on the last day of the observation, or on any of its days."""

    last_day = "last-day"
    uniform = "uniform"


def simulate(
    protocol: ProtocolName,
    first: Annotated[
        str, typer.Option("--from", help="The first day on which a candidate may consent.", metavar="DATE")
    ],
    arrival: Annotated[str, typer.Option("--arrival", help="How many consent, as 2/month.", metavar="N/TIME")],
    screening: Annotated[
        str, typer.Option("--screening", help="From consent to a place, as 14d.", metavar="DURATION")
    ],
    screen_failure: Annotated[
        str, typer.Option("--screen-failure", help="How many fail the screening, as 30%.", metavar="SHARE")
    ],
    dlt: Annotated[
        list[str] | None,
        typer.Option("--dlt", help="The probability of a DLT in a dose group; for each one.", metavar="GROUP=SHARE"),
    ] = None,
    not_evaluable: Annotated[
        str, typer.Option("--not-evaluable", help="How many of those dosed must be replaced.", metavar="SHARE")
    ] = "0%",
    patience: Annotated[
        str | None,
        typer.Option("--patience", help="Candidates wait so long for a place. Default: no end.", metavar="DURATION"),
    ] = None,
    onset: Annotated[OnsetDay, typer.Option("--onset", help="The day on which a DLT is known.")] = OnsetDay.last_day,
    runs: Annotated[int, typer.Option("--runs", help="Simulated escalations.", metavar="N")] = 10_000,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same result.", metavar="N")] = 1,
    jobs: Annotated[
        int | None, typer.Option("--jobs", help="Processes. Default: one for each core.", metavar="N")
    ] = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    site: SiteFile = None,
    closed: Closed = None,
    holidays: Holidays = None,
    time_zone: TimeZone = None,
    form: Annotated[
        SimulationFormat | None, typer.Option("--format", help="Default: by the output's suffix; else a table.")
    ] = None,
    output: Output = None,
) -> None:
    """Simulate a dose escalation: when each dose group ends, and how many subjects it takes.

    trialcal simulate --protocol cc312-site.yaml --from 2026-01-05 --arrival 2/month --screening 14d
    --screen-failure 30% --dlt group-1=10% --dlt group-2=20% --dlt group-3=30% --closed weekends
    """
    from functools import partial

    from trialcal.cli.chances import Said, chances_of
    from trialcal.cli.choosing import chosen
    from trialcal.cli.planning import Words, asked
    from trialcal.cli.simulations import check_protocol, write_simulation
    from trialcal.cli.siting import SiteWords

    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    case = asked(protocol, Words(), SiteWords(site, closed or (), holidays, time_zone), choose, needs_date=False)
    check_protocol(case.protocol)
    said = Said(
        first, arrival, screening, screen_failure, dlt or (), not_evaluable, patience, onset.value, runs, seed
    )
    write_simulation(case, chances_of(said, case.protocol, jobs), jobs, form and form.value, output)

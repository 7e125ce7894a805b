"""The options that several commands share, with one help text each."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

ProtocolName = Annotated[str, typer.Option("--protocol", "-p", help="A protocol's id or file.", metavar="ID|FILE")]
OptionalProtocol = Annotated[
    str | None, typer.Option("--protocol", "-p", help="A protocol's id or file.", metavar="ID|FILE")
]
Starts = Annotated[
    list[str] | None,
    typer.Option(
        "--start", help="The date of the protocol's start, or of a visit; several times.", metavar="[VISIT=]DATE"
    ),
]
Ends = Annotated[
    list[str] | None, typer.Option("--end", help="When a visit ended; several times.", metavar="VISIT=DATETHH:MM")
]
Settings = Annotated[
    list[str] | None, typer.Option("--set", help="A parameter's value, as half-life=21d.", metavar="NAME=VALUE")
]
Arm = Annotated[str | None, typer.Option("--arm", help="The subject's arm.", metavar="ID")]
Cohort = Annotated[str | None, typer.Option("--cohort", help="The subject's cohort or track.", metavar="ID")]
Cycles = Annotated[
    list[str] | None,
    typer.Option("--cycles", help="How many cycles, or visits of a repeat, as treatment=6.", metavar="ID=N"),
]
SiteFile = Annotated[
    str | None, typer.Option("--site", help="The site's file: closures, hours, holidays.", metavar="FILE")
]
Closed = Annotated[
    list[str] | None,
    typer.Option("--closed", help="Closed days, as weekends or 2025-12-24; several times.", metavar="DAYS"),
]
Holidays = Annotated[
    str | None, typer.Option("--holidays", help="Public holidays of a country, as CN or DE-BY.", metavar="COUNTRY")
]
TimeZone = Annotated[
    str | None, typer.Option("--time-zone", help="The site's time zone, as Europe/Berlin.", metavar="NAME")
]
UncertainStep = Annotated[
    str | None,
    typer.Option("--uncertain", help="Durations of an uncertain step, as manufacturing=10..21d.", metavar="ID=RANGE"),
]
Output = Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.", metavar="FILE")]

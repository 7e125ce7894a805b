"""`trialcal why`: why a visit cannot be on a date, or what it would cost."""

from __future__ import annotations

from typing import Annotated

import typer

from trialcal.cli.names import Plain
from trialcal.cli.options import (
    Arm,
    Closed,
    Cohort,
    Cycles,
    Ends,
    Holidays,
    OptionalProtocol,
    Output,
    SiteFile,
    Starts,
    TimeZone,
)


def why(
    visit: Annotated[str, typer.Argument(help="A visit's id.", metavar="VISIT")],
    day: Annotated[str, typer.Argument(help="The date that is asked about.", metavar="DATE")],
    subject: Annotated[
        str | None, typer.Argument(help="A subject's file, instead of the options.", metavar="[FILE]")
    ] = None,
    protocol: OptionalProtocol = None,
    start: Starts = None,
    end: Ends = None,
    arm: Arm = None,
    cohort: Cohort = None,
    cycles: Cycles = None,
    site: SiteFile = None,
    closed: Closed = None,
    holidays: Holidays = None,
    time_zone: TimeZone = None,
    form: Annotated[Plain, typer.Option("--format", help="Words, or JSON.")] = Plain.text,
    output: Output = None,
) -> None:
    """Say whether a visit can be on a date: why not, or which visits would move.

    trialcal why dose-3 2025-03-08 --protocol cc312 --start 2025-03-01 --closed weekends

    trialcal why dose-3 2025-03-08 GC-001.yaml
    """
    from functools import partial

    from trialcal.cli.asking import answer_written, answered, of_file
    from trialcal.cli.choosing import chosen
    from trialcal.cli.output import printable, stop, tell, write_result
    from trialcal.cli.planning import Words, asked
    from trialcal.cli.siting import SiteWords

    choose = partial(chosen, arm=arm, cohort=cohort, cycles=cycles or [])
    where = SiteWords(site, closed or (), holidays, time_zone)
    words = Words(start or (), end or ())
    if subject is not None:
        others = any((protocol, start, end, arm, cohort, cycles, site, closed, holidays, time_zone))
        case = of_file(subject, has_options=others)
    elif protocol is None:
        tell("error: no protocol is named (write --protocol ID, or a subject's file behind the date)")
        stop(2)
    else:
        case = asked(protocol, words, where, choose)
    answer = answered(case, visit, day)
    for remark in case.told:
        tell(remark)
    write_result(answer_written(case, answer, form), output)
    if output is not None:
        tell(f"written: {printable(str(output))}")
    if not answer.possible:
        stop(1)

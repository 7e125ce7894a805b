"""`trialcal record`: what happened to a subject goes into its file, with a trace."""

from __future__ import annotations

from typing import Annotated

import typer

By = Annotated[
    str | None,
    typer.Option("--by", help="Who records it: a staff code or role.", metavar="CODE", envvar="TRIALCAL_BY"),
]
Today = Annotated[
    str | None, typer.Option("--today", help="The date of today; default: this machine's.", metavar="DATE")
]


def record(
    subject: Annotated[
        str, typer.Argument(help="A subject's file, or a study number whose file is here.", metavar="SUBJECT")
    ],
    words: Annotated[
        list[str],
        typer.Argument(help="What happened: a visit and its date; see below.", metavar="WHAT"),
    ],
    end: Annotated[str | None, typer.Option("--end", help="When a visit ended.", metavar="DATETHH:MM")] = None,
    reason: Annotated[str, typer.Option("--reason", help="Why; required for changes.", metavar="TEXT")] = "",
    by: By = None,
    until: Annotated[str | None, typer.Option("--until", help="With hold: its last date.", metavar="DATE")] = None,
    visits: Annotated[
        str | None,
        typer.Option("--visits", help="With discontinued: what falls away, as dose,et or all.", metavar="VISITS"),
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", help="With discontinued: what of that stays.", metavar="VISITS")
    ] = None,
    onset: Annotated[
        str | None, typer.Option("--onset", help="With dlt yes: the day on which it began.", metavar="DATE")
    ] = None,
    today: Today = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change; write nothing.")] = False,
) -> None:
    """Record what happened, check it, and tell what follows. Who, when and why stay in the history.

    \b
    dose-3 2025-03-08 [--end 2025-03-08T11:30]    it took place (also 2025-03, where only that is known)
    booked dose-3 2025-03-08T10:00                the appointment is agreed
    missed | skipped | cancelled dose-3 [DATE]    it did not take place
    given infusion 2025-03-10                     it shall be planned on this date
    removed dose-3                                the record should never have been made
    unscheduled 2025-03-20                        a visit that the protocol does not have
    hold dose 2025-03-10 [--until DATE]           no dose on these dates
    delay dose-4,dose-5 7d                        these are so much later than in the protocol
    discontinued 2025-04-01 --visits dose         the visits fall away, but for those of --keep
    rescreened 2025-01-20                         a new screening begins; what was goes to earlier_attempts
    dlt none DATE | dlt yes DATE --onset DATE     a dose-limiting toxicity was assessed on this date, by --by
    not-evaluable DATE                            it was decided that the subject does not count
    parameter half-life 21d                       a value that the protocol asks for
    dose-group ID | consent DATE | rfstdtc DATE | note TEXT
    """
    from trialcal.cli.clock import now
    from trialcal.cli.clock import today as todays_date
    from trialcal.cli.events import Options
    from trialcal.cli.output import stop
    from trialcal.cli.recording import recorded, told, write_lines

    options = Options(end, until, visits, keep, reason, onset)
    found = recorded(subject, words, options, by, todays_date(today), now(), dry_run=dry_run)
    told(found)
    if found.lines:
        write_lines(found.lines, found.kept)
    if found.code:
        stop(found.code)
